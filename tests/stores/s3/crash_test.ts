import { assert, assertEquals } from "@std/assert";
import type { S3Store } from "../../../lib/stores/s3.ts";
import { type MimeItem, TAGS } from "../../../lib/stores/mime_store.ts";
import { MemoryS3 } from "../../helpers/memory_s3.ts";
import { latin1, text } from "../../helpers/random.ts";
import { openS3 } from "../../helpers/s3_places.ts";
import { addAll, message, readAll } from "../conformance.ts";

/** A store whose process dies when it has sent so many requests; the last may arrive or not. */
async function mortal(memory: MemoryS3, requests: number, arrives: boolean): Promise<S3Store> {
  let sent = -1;
  return await openS3(memory, {
    partOctets: 100,
    retry: { attempts: 1, deadlineSeconds: 1, firstDelay: 1 },
    fetch: async (url, init) => {
      // Opening does not count.
      sent++;
      if (sent > requests || (sent === requests && !arrives)) throw new Error("dead");
      const answer = await memory.fetch(url, init);
      if (sent === requests) throw new Error("dead");
      return answer;
    },
  });
}

/** Lets it do its work, or as much as it lives to do; says whether it lived to the end. */
async function tries(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Error && error.message === "dead") return false;
    throw error;
  }
}

/** What there is by each tag alone is what there is in all; every message whole, once. */
async function checked(memory: MemoryS3): Promise<readonly MimeItem[]> {
  const store = await openS3(memory);
  const all = await store.query();
  assertEquals(new Set(all.map((item) => item.id)).size, all.length);
  for (const item of all) {
    assertEquals((await readAll(store, item)).length, item.size);
  }
  const single = await Promise.all(TAGS.map((tag) => store.query({ tags: [tag] })));
  assertEquals(single.flat().map((item) => item.guid).sort(), all.map((item) => item.guid).sort());
  const status = await store.status();
  for (const [i, tag] of TAGS.entries()) assertEquals(status[tag].count, single[i]?.length);
  return all;
}

const LONG = "x".repeat(5000);

for (
  const [name, octets] of [["small", "one\n"], ["in parts", "0123456789\n".repeat(40)]] as const
) {
  Deno.test(`s3: killed at any request of adding a message (${name}), adding again completes it`, async () => {
    let lived = false;
    for (let requests = 1; !lived; requests++) {
      for (const arrives of [false, true]) {
        const memory = new MemoryS3();
        const items = () => [message("1", octets), { ...message("2", octets), guid: LONG }];
        const reported: string[] = [];
        await openS3(memory);
        const dying = await mortal(memory, requests, arrives);
        lived = await tries(async () => {
          for await (const { item } of dying.addItems(items())) reported.push(item.guid);
        });
        const there = (await checked(memory)).map((item) => item.guid);
        assert(reported.every((guid) => there.includes(guid)));
        const again = await addAll(await openS3(memory), items());
        assertEquals(again.length, 2);
        const all = await checked(memory);
        assertEquals(all.map((item) => item.guid).sort(), ["1", LONG]);
        const store = await openS3(memory);
        for (const item of all) {
          assertEquals(text(await readAll(store, item, { form: "kept" })), octets);
        }
      }
    }
  });
}

Deno.test("s3: killed at any request of marking, each message is there once, with one tag", async () => {
  let lived = false;
  for (let requests = 1; !lived; requests++) {
    for (const arrives of [false, true]) {
      const memory = new MemoryS3();
      const store = await openS3(memory);
      await addAll(store, [message("1", "one"), message("2", "two")]);
      const items = await store.query();
      const dying = await mortal(memory, requests, arrives);
      lived = await tries(() => dying.markAs(items, "archive"));
      const at = new Map((await checkedLoosely(memory)).map((item) => [item.guid, item.tag]));
      for (const tag of at.values()) assert(tag === "unread" || tag === "archive");
      if (lived) assertEquals([...at.values()], ["archive", "archive"]);
      // What was left half done is finished by the next who looks, once its mover must be dead.
      memory.ahead = 120_000;
      const later = new Map((await checked(memory)).map((item) => [item.guid, item.tag]));
      assertEquals(later, at);
      const after = [...memory.objects].filter(([key]) => key.includes("/tag/"));
      assertEquals(after.map(([, { body }]) => body.length), [0, 0]);
      await (await openS3(memory)).markAs(items, "staged");
      assertEquals((await checked(memory)).map((item) => item.tag), ["staged", "staged"]);
    }
  }
});

/** A message that is being moved shows under its old tag's prefix until the move is finished. */
async function checkedLoosely(memory: MemoryS3): Promise<readonly MimeItem[]> {
  const all = await (await openS3(memory)).query();
  assertEquals(all.length, 2);
  assertEquals(new Set(all.map((item) => item.id)).size, 2);
  return all;
}

Deno.test("s3: killed at any request of removing, the message is there whole or gone", async () => {
  let lived = false;
  for (let requests = 1; !lived; requests++) {
    for (const arrives of [false, true]) {
      const memory = new MemoryS3();
      const store = await openS3(memory);
      await addAll(store, [message("1", "one"), message("2", "two")]);
      const items = await store.query({ limit: 1 });
      const dying = await mortal(memory, requests, arrives);
      lived = await tries(() => dying.remove(items));
      // What cannot be read any more is gone for good once somebody tried to.
      for (const item of await store.query()) {
        try {
          await readAll(store, item);
        } catch {
          assertEquals(item.guid, "1");
        }
      }
      const left = (await checked(memory)).map((item) => item.guid);
      assert(left.includes("2"));
      const [again] = await addAll(store, [message("1", "one")]);
      assertEquals(again?.outcome, left.includes("1") ? "duplicate" : "stored");
      assertEquals((await checked(memory)).length, 2);
    }
  }
});

Deno.test("s3: parts of a message that is not finished are taken back", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory, { partOctets: 100 });
  function* failing(): Generator<Uint8Array> {
    for (let i = 0; i < 5; i++) yield latin1("x".repeat(100));
    throw new Error("the line was cut");
  }
  let failure = "";
  try {
    await addAll(store, [{ sourceid: "s", guid: "1", octets: failing() }]);
  } catch (error) {
    failure = error instanceof Error ? error.message : "";
  }
  assertEquals(failure, "the line was cut");
  assertEquals([memory.uploads.size, (await store.query()).length], [0, 0]);
  const octets = Array.from({ length: 7 }, (_, i) => latin1(`${i}`.repeat(60)));
  const [added] = await addAll(store, [{ sourceid: "s", guid: "1", octets }]);
  assert(added !== undefined);
  assertEquals(text(await readAll(store, added.item, { form: "kept" })), octets.map(text).join(""));
  assertEquals((await addAll(store, [message("1", "")])).length, 1);
  const puts = memory.requests.filter(({ query }) => query.has("partNumber"));
  assert(puts.every((each) => each.octets <= 160));
});
