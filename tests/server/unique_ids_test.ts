import { assert, assertEquals } from "@std/assert";
import { uniqueIds } from "../../lib/server/unique_ids.ts";
import type { MimeItem } from "../../lib/stores/mime_store.ts";

function item(sourceid: string, guid: string, id: string): MimeItem {
  return {
    id,
    guid,
    sourceid,
    tag: "unread",
    size: 1,
    messageUTCTimestamp: 0,
    created: 0,
    fingerprint: "",
    name: id,
    stuffing: false,
  };
}

const ITEMS = [
  item("a", "1", "x1"),
  item("b", "1", "x2"),
  item("", "", "x3"),
  item("a", "two words", "x4"),
  item("b", "x".repeat(71), "x5"),
  item("c", "1", "x6"),
  item("c", "x".repeat(70), "x7"),
];

Deno.test("unique ids are unique, and can all stand on the wire", () => {
  const ids = uniqueIds(ITEMS);
  assertEquals(new Set(ids).size, ITEMS.length);
  for (const id of ids) assert(/^[\x21-\x7e]{1,70}$/.test(id), id);
  assertEquals([ids[0], ids[6]], ["1", "x".repeat(70)]);
});

Deno.test("a message keeps its unique id whatever comes after it", () => {
  const all = uniqueIds(ITEMS);
  for (let count = 0; count <= ITEMS.length; count++) {
    assertEquals(uniqueIds(ITEMS.slice(0, count)), all.slice(0, count));
  }
});

Deno.test("a message that shares its guid with none keeps its unique id whatever goes", () => {
  const all = uniqueIds(ITEMS);
  for (let gone = 0; gone < ITEMS.length; gone++) {
    const left = uniqueIds(ITEMS.filter((_, i) => i !== gone));
    for (const i of [2, 3, 4, 6].filter((i) => i !== gone)) {
      assertEquals(left[i > gone ? i - 1 : i], all[i]);
    }
  }
});

Deno.test("of messages with the same guid the first that is left has it", () => {
  const [first, second, , , , third] = uniqueIds(ITEMS);
  assertEquals(first, "1");
  const left = uniqueIds(ITEMS.slice(1));
  assertEquals([left[0], left[4]], ["1", third]);
  assert(second !== third);
});
