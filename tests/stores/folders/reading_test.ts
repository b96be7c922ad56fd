/** Messages on their way from the disk. */
import { assert, assertEquals } from "@std/assert";
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
