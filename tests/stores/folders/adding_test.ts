/** Messages on their way to the disk, while others are coming. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { AddResult, NewMimeItem } from "../../../lib/stores/mime_store.ts";
import { latin1 } from "../../helpers/random.ts";
import { addAll, message } from "../conformance.ts";
import { contentsOf, forEachKind, namesIn } from "./kinds.ts";

/** A message whose end is long in coming. */
function slow(guid: string, end: Promise<void>): NewMimeItem {
  async function* octets(): AsyncGenerator<Uint8Array> {
    yield latin1("half ");
    await end;
    yield latin1("whole");
  }
  return { sourceid: "s", guid, octets: octets() };
}

async function next(results: AsyncIterator<AddResult>): Promise<string | undefined> {
  const { value, done } = await results.next();
  return done === true ? undefined : value.item.guid;
}

forEachKind({}, "a message that is long in coming keeps none from the disk", async ({ open }) => {
  await using store = await open();
  const { promise, resolve } = Promise.withResolvers<void>();
  const items = [message("1", "one"), slow("2", promise), message("3", "three")];
  const results = store.addItems(items)[Symbol.asyncIterator]();
  assertEquals(await next(results), "1");
  assertEquals(await contentsOf(store), ["1 unread one"]);
  resolve();
  assertEquals([await next(results), await next(results)], ["2", "3"]);
  assertEquals(await next(results), undefined);
  assertEquals((await contentsOf(store))[1], "2 unread half whole");
});

forEachKind({}, "who leaves while a message is coming leaves nothing of it", async (ground) => {
  await using store = await ground.open();
  const items = [message("1", "one"), slow("2", new Promise(() => {}))];
  for await (const { item } of store.addItems(items)) {
    assertEquals(item.guid, "1");
    break;
  }
  assertEquals(await contentsOf(store), ["1 unread one"]);
  assertEquals(namesIn(`${ground.path}/${ground.kind.temporary}`), []);
  assertEquals((await addAll(store, [message("2", "two")]))[0]?.outcome, "stored");
});

forEachKind({}, "an input that fails after a long time takes none along", async ({ open }) => {
  await using store = await open();
  const { promise, reject } = Promise.withResolvers<void>();
  const results = store.addItems([message("1", "one"), slow("2", promise)]);
  assertEquals(await next(results[Symbol.asyncIterator]()), "1");
  reject(new Error("the line was cut"));
  await assertRejects(() => Array.fromAsync(results), Error, "the line was cut");
  assertEquals(await contentsOf(store), ["1 unread one"]);
});

forEachKind(
  {},
  "an abort while one batch is written and another fills leaves whole messages",
  async (ground) => {
    await using store = await ground.open();
    const controller = new AbortController();
    function* many(): Generator<NewMimeItem> {
      for (let i = 0; i < 1000; i++) {
        // In the middle of the second batch, when the first is on its way.
        if (i === 100) controller.abort(new Error("enough"));
        yield message(`${i}`, `message ${i}`);
      }
    }
    const reported: string[] = [];
    await assertRejects(
      async () => {
        for await (const { item } of store.addItems(many(), { signal: controller.signal })) {
          reported.push(item.guid);
        }
      },
      Error,
      "enough",
    );
    const found = await store.query();
    assert(found.length >= reported.length && found.length < 100, `${found.length}`);
    assertEquals(found.map(({ guid }) => guid), found.map((_, i) => `${i}`));
    assertEquals(namesIn(`${ground.path}/${ground.kind.temporary}`), []);
  },
);
