/** Messages on their way from the disk. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../../lib/stores/errors.ts";
import { addAll, message, onlyItem } from "../conformance.ts";
import { concat } from "../../helpers/random.ts";
import { forEachKind } from "./kinds.ts";

const OCTETS = 700_001;

/** No two blocks of it are the same, and its lines end as they should. */
function long(): Uint8Array {
  const octets = Uint8Array.from({ length: OCTETS }, (_, at) => 0x30 + (at >> 10) % 64);
  octets.set([0x0d, 0x0a], OCTETS - 2);
  return octets;
}

forEachKind({}, "chunks are the reader's own, unless it says otherwise", async ({ open }) => {
  await using store = await open();
  const octets = long();
  await addAll(store, [message("1", octets)]);
  const item = await onlyItem(store);
  const kept = await Array.fromAsync(store.read(item));
  assertEquals(concat(kept), octets);

  const buffers = new Set<ArrayBufferLike>();
  let at = 0;
  for await (const chunk of store.read(item, { reuse: true })) {
    buffers.add(chunk.buffer);
    assertEquals(chunk, octets.slice(at, at + chunk.length));
    at += chunk.length;
  }
  assertEquals(at, OCTETS);
  assert(kept.length > 2);
  assertEquals(buffers.size, 1);
});

forEachKind(
  {},
  "a file that grows or is cut while it is read shows in no message",
  async (ground) => {
    await using store = await ground.open();
    await addAll(store, [message("1", long())]);
    const item = await onlyItem(store);
    const path = `${ground.path}/${ground.kind.inbox}/${item.name}`;

    const whole: Uint8Array[] = [];
    for await (const chunk of store.read(item)) {
      if (whole.length === 0) await Deno.writeFile(path, new Uint8Array(OCTETS), { append: true });
      whole.push(chunk);
    }
    assertEquals(concat(whole), long());

    await Deno.writeFile(path, long());
    const reading = store.read(await onlyItem(store), { reuse: true })[Symbol.asyncIterator]();
    await reading.next();
    await Deno.truncate(path, OCTETS / 2 | 0);
    const error = await assertRejects(async () => {
      while ((await reading.next()).done !== true);
    }, StoreError);
    assertEquals(error.kind, "corrupt");
  },
);
