import { assert, assertEquals } from "@std/assert";
import type { MimeItem } from "../../../lib/stores/mime_store.ts";
import {
  entryName,
  idOf,
  isLong,
  itemOf,
  movingTarget,
  movingTo,
  readEntry,
} from "../../../lib/stores/s3/keys.ts";
import { element, escaped, readListing } from "../../../lib/stores/s3/xml.ts";
import { TAGS } from "../../../lib/stores/mime_store.ts";

function itemWith(sourceid: string, guid: string, more: Partial<MimeItem> = {}): MimeItem {
  const id = idOf({ sourceid, guid });
  return {
    ...{ id, sourceid, guid, tag: "unread", size: 4711, messageUTCTimestamp: 1_700_000_000_000 },
    ...{ created: 1_795_440_142_638, fingerprint: "0f".repeat(32), name: `mail/${id}` },
    stuffing: true,
    ...more,
  };
}

Deno.test("an entry's name says all of an item but its tag", () => {
  const items = [
    itemWith("joe@pop.example", "1"),
    itemWith("", "", { size: 0, stuffing: false, messageUTCTimestamp: 0 }),
    itemWith("a\0b/../", 'ünï "雪" 📬\r\n', { messageUTCTimestamp: -86_400_000 }),
    itemWith("x".repeat(200), "y".repeat(200), { size: 2 ** 40 }),
    itemWith("lone \ud800", "\udfff"),
  ];
  for (const item of items) {
    const name = entryName(item);
    const entry = readEntry(name);
    assert(entry?.identity !== undefined);
    assertEquals(itemOf(entry, entry.identity, "unread"), item);
    assert(/^[\w./-]+$/.test(name), name);
    for (const part of name.split("/")) assert(part.length > 0 && part.length <= 255, name);
    assert(name.length < 800);
  }
});

Deno.test("what is too long for a name is left out of it", () => {
  const item = itemWith("x".repeat(10_000), "y");
  assert(isLong(item));
  const entry = readEntry(entryName(item));
  assertEquals([entry?.id, entry?.identity], [item.id, undefined]);
});

Deno.test("names sort by age", () => {
  const names = [5, 1_795_440_142_638, 99_999_999_999].map((created) =>
    entryName(itemWith("a", "b", { created }))
  );
  assertEquals(names.toSorted(), [names[0], names[2], names[1]]);
});

Deno.test("a name that is none of ours is not read", () => {
  const name = entryName(itemWith("a", "b"));
  const others = [
    "",
    "x",
    name.slice(1),
    name.slice(0, 60),
    name.replace(".1.", ".2."),
    `${name}!!!`,
  ];
  for (const other of others) {
    const entry = readEntry(other);
    assert(entry === undefined || entry.identity?.guid === "b", other);
  }
  assertEquals(readEntry("000000000000001.x.1.0.0.y.z"), undefined);
});

Deno.test("an entry's length tells where it moves to", () => {
  for (const tag of TAGS) assertEquals(movingTarget(movingTo(tag).length), tag);
  assertEquals(movingTarget(0), undefined);
  assertEquals(movingTarget(7), undefined);
});

const LISTING = `<?xml version="1.0"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>mail</Name>
<IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b&#x3D;&#61;</NextContinuationToken>
<Contents><Key>a&lt;&gt;&quot;&apos;</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified>
<Size>12</Size><Owner><ID>x</ID></Owner></Contents>
<Contents><Size>0</Size><Key>b</Key><LastModified>2026-01-02T03:04:05Z</LastModified></Contents>
</ListBucketResult>
`;

Deno.test("a listing is read, whatever the order of its elements", () => {
  const modified = Date.UTC(2026, 0, 2, 3, 4, 5);
  assertEquals(readListing(LISTING), {
    objects: [
      { key: `a<>"'`, size: 12, modified: modified + 678 },
      { key: "b", size: 0, modified },
    ],
    next: "a&b==",
  });
  assertEquals(readListing(LISTING.replace(">true<", ">false<"))?.next, undefined);
});

Deno.test("a listing that was cut anywhere is none", () => {
  for (let length = 0; length < LISTING.trim().length; length++) {
    assertEquals(readListing(LISTING.slice(0, length)), undefined);
  }
  assertEquals(readListing("<html></html>"), undefined);
  assertEquals(readListing(LISTING.replace(/<Next.*Token>/, "")), undefined);
});

Deno.test("text goes into an element and comes out of it", () => {
  const text = "a<b>&amp;\"'";
  assertEquals(element(`<x><Y>${escaped(text)}</Y></x>`, "Y"), text);
  assertEquals(element("<x></x>", "Y"), undefined);
  assertEquals(element("<Y>&#1114112;&nope;</Y>", "Y"), "&#1114112;&nope;");
});
