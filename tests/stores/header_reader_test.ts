import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../lib/stores/errors.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { HeaderIndex } from "../../lib/stores/header_index.ts";
import { withHeaders } from "../../lib/stores/header_reader.ts";
import { foldText } from "../../lib/stores/header_facts.ts";

/** A store that tells how it is read. */
function watched(count: number) {
  const store = new FakeStore({ count, size: 300_000 });
  const state = { reads: 0, open: 0, most: 0, octets: 0 };
  const read = store.read.bind(store);
  store.read = async function* (item, options) {
    state.reads++;
    state.most = Math.max(state.most, ++state.open);
    try {
      await new Promise<void>((resolve) => setTimeout(resolve));
      if (item.guid.endsWith("7")) throw new StoreError("corrupt", "Cannot read it");
      for await (const chunk of read(item, options)) {
        state.octets += chunk.length;
        yield chunk;
      }
    } finally {
      state.open--;
    }
  };
  return { store, state };
}

const never = new AbortController().signal;

Deno.test("headers come in order, a few are read at a time, and only their messages' beginnings", async () => {
  const { store, state } = watched(60);
  const items = await store.query();
  const index = await HeaderIndex.open();
  const first = await Array.fromAsync(withHeaders(store, items, index, never));
  assertEquals(first.map(({ item }) => item.id), items.map(({ id }) => id));
  assertEquals([state.reads, state.open], [60, 0]);
  assert(state.most > 1 && state.most <= 16, `${state.most}`);
  assert(state.octets < 60 * 150_000, `${state.octets}`);
  const failed = first.filter(({ error }) => error !== undefined);
  assertEquals(failed.map(({ item }) => item.guid.slice(-1)), ["7", "7", "7", "7", "7", "7"]);
  assert(first.some(({ facts }) => facts?.from.includes(foldText("@")) === true));
});

Deno.test("what the index knows is not read again, what could not be read is", async () => {
  const { store, state } = watched(60);
  const items = await store.query();
  const index = await HeaderIndex.open();
  await Array.fromAsync(withHeaders(store, items, index, never));
  state.reads = 0;
  const second = await Array.fromAsync(withHeaders(store, items, index, never));
  assertEquals(second.map(({ item }) => item.id), items.map(({ id }) => id));
  assertEquals(state.reads, 6);
});

Deno.test("who has enough ends the reading, and what was read ahead is not lost", async () => {
  const { store, state } = watched(1000);
  const items = await store.query();
  const index = await HeaderIndex.open();
  for await (const _ of withHeaders(store, items, index, never)) break;
  assertEquals(state.open, 0);
  assert(state.reads <= 16, `${state.reads}`);
  assert(index.size >= 1);
});

Deno.test("a signal ends the reading", async () => {
  const { store } = watched(100);
  const controller = new AbortController();
  controller.abort(new Error("stopped"));
  const items = await store.query();
  const index = await HeaderIndex.open();
  const all = await Array.fromAsync(withHeaders(store, items, index, controller.signal));
  assert(all.every(({ facts }) => facts === undefined));
  assertEquals(index.size, 0);
});
