import { assert, assertEquals, assertRejects } from "@std/assert";
import type { S3Store } from "../../../lib/stores/s3.ts";
import { MemoryS3 } from "../../helpers/memory_s3.ts";
import { openS3 } from "../../helpers/s3_places.ts";
import { addAll, message } from "../conformance.ts";

const MINUTE = 60_000;

/** A store whose requests of that kind wait until they are let go, or its process dies. */
async function held(
  memory: MemoryS3,
  isMeant: (method: string, url: string, init: RequestInit) => boolean,
): Promise<{ store: S3Store; isHeld: Promise<void>; letGo: () => void; die: () => void }> {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const store = await openS3(memory, {
    fetch: async (url, init) => {
      if (isMeant(init.method ?? "", url, init)) {
        reached.resolve();
        await released.promise;
      }
      return await memory.fetch(url, init);
    },
  });
  const die = (): void => released.reject(new Error("dead"));
  return { store, isHeld: reached.promise, letGo: released.resolve, die };
}

const confirms = (method: string, url: string, init: RequestInit): boolean =>
  method === "PUT" && url.includes("/tag/") && new Headers(init.headers).has("if-match");

async function tags(memory: MemoryS3): Promise<string[][]> {
  const store = await openS3(memory);
  const unread = await store.query({ tags: ["unread"] });
  return [(await store.query()).map((item) => item.tag), unread.map((item) => item.guid)];
}

Deno.test("s3: a writer who comes late does not bring back what was archived meanwhile", async () => {
  const memory = new MemoryS3();
  const { store, isHeld, letGo } = await held(memory, confirms);
  const adding = addAll(store, [message("1", "one")]);
  await isHeld;
  const other = await openS3(memory);
  const [found] = await addAll(other, [message("1", "one")]);
  assertEquals(found?.outcome, "duplicate");
  const items = await other.query({ tags: ["unread"] });
  assertEquals(items.length, 1);
  await other.markAs(items, "archive");
  letGo();
  assertEquals((await adding)[0]?.outcome, "stored");
  assertEquals(await tags(memory), [["archive"], []]);
});

Deno.test("s3: who ends what a writer began does not come too late either", async () => {
  const memory = new MemoryS3();
  const writer = await held(memory, confirms);
  const adding = addAll(writer.store, [message("1", "one")]);
  await writer.isHeld;
  const { store, isHeld, letGo } = await held(memory, confirms);
  const helping = addAll(store, [message("1", "one")]);
  await isHeld;
  writer.letGo();
  const [added] = await adding;
  assertEquals(added?.outcome, "stored");
  const third = await openS3(memory);
  await third.markAs(await third.query(), "archive");
  letGo();
  assertEquals((await helping)[0]?.outcome, "duplicate");
  assertEquals(await tags(memory), [["archive"], []]);
});

Deno.test("s3: what comes late does not bring back what was removed", async () => {
  const memory = new MemoryS3();
  const { store, isHeld, letGo } = await held(memory, confirms);
  const adding = addAll(store, [message("1", "one")]);
  await isHeld;
  const other = await openS3(memory);
  await addAll(other, [message("1", "one")]);
  await other.remove(await other.query());
  letGo();
  await adding;
  assertEquals(await tags(memory), [[], []]);
});

Deno.test("s3: a message whose writer died before he said so shows after a minute", async () => {
  const memory = new MemoryS3();
  const { store, isHeld, die } = await held(memory, confirms);
  const dying = addAll(store, [message("1", "one")]);
  await isHeld;
  die();
  await assertRejects(() => dying, Error, "dead");
  assertEquals(await tags(memory), [[], []]);
  memory.ahead = 2 * MINUTE;
  assertEquals(await tags(memory), [["unread"], ["1"]]);
  assert(
    [...memory.objects].every(([key, { body }]) => !key.includes("/tag/") || body.length === 0),
  );
});

Deno.test("s3: a message that never came shows nowhere, takes no place, and is forgotten", async () => {
  const memory = new MemoryS3();
  for (const guid of ["1", "2", "3"]) {
    const { store, isHeld, die } = await held(
      memory,
      (method, url) => method === "PUT" && url.includes("/mail/joe/mail/"),
    );
    const dying = addAll(store, [message(guid, guid)]);
    await isHeld;
    die();
    await assertRejects(() => dying, Error, "dead");
  }
  const store = await openS3(memory);
  await addAll(store, [message("4", "four"), message("2", "two")]);
  const entries = () => [...memory.objects.keys()].filter((key) => key.includes("/tag/")).length;
  for (const [age, left] of [[0, 5], [2 * MINUTE, 4], [25 * 60 * MINUTE, 2]] as const) {
    memory.ahead = age;
    const guids = (await store.query({ tags: ["unread"], limit: 2 })).map((item) => item.guid);
    assertEquals(guids, ["4", "2"]);
    assertEquals(entries(), left);
  }
});

Deno.test("s3: two who add the same message in the same millisecond store it once", async () => {
  const memory = new MemoryS3();
  const stores = await Promise.all([openS3(memory), openS3(memory)]);
  const now = Date.now();
  const clock = Date.now;
  try {
    Date.now = () => now;
    const results = await Promise.all(stores.map((store) => addAll(store, [message("1", "one")])));
    assertEquals(results.flat().map((each) => each.outcome).sort(), ["duplicate", "stored"]);
  } finally {
    Date.now = clock;
  }
  assertEquals(await tags(memory), [["unread"], ["1"]]);
});

Deno.test("s3: a message whose entry somebody took away gets another one when it is added", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory);
  await addAll(store, [message("1", "one")]);
  for (const key of memory.objects.keys()) if (key.includes("/tag/")) memory.objects.delete(key);
  assertEquals(await tags(memory), [[], []]);
  assertEquals((await addAll(store, [message("1", "one")]))[0]?.outcome, "duplicate");
  assertEquals(await tags(memory), [["unread"], ["1"]]);
});
