import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../../lib/stores/errors.ts";
import type { StoreLock } from "../../../lib/stores/mime_store.ts";
import { MemoryS3 } from "../../helpers/memory_s3.ts";
import { lockHolder } from "../../helpers/lock_holder.ts";
import { permitted } from "../../helpers/permissions.ts";
import { ACCESS_KEY, openS3 } from "../../helpers/s3_places.ts";
import { addAll, assertKind, message } from "../conformance.ts";

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Asks for the lock until it is given; 20 s at most. */
async function lockSoon(lock: () => Promise<StoreLock>): Promise<StoreLock> {
  for (let waited = 0;; waited += 50) {
    try {
      return await lock();
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== "in-use" || waited > 20_000) throw error;
      await pause(50);
    }
  }
}

Deno.test("s3: locking and unlocking an idle maildrop costs two requests", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory);
  const before = memory.requests.length;
  await (await store.lock("first"))[Symbol.asyncDispose]();
  assertEquals(memory.requests.slice(before).map(({ method }) => method), ["PUT", "DELETE"]);
  assertEquals([...memory.objects.keys()], ["joe/izypop3_store"]);
});

Deno.test("s3: a lock is renewed as long as it is held", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory, { leaseSeconds: 1 });
  const other = await openS3(memory);
  const lock = await store.lock("first");
  await pause(3200);
  const error = await assertKind("in-use", () => other.lock("second"));
  assert(error.message.includes("first"), error.message);
  await lock[Symbol.asyncDispose]();
  await (await other.lock("second"))[Symbol.asyncDispose]();
});

Deno.test("s3: a lock runs out by the object store's clock, whatever ours says", async () => {
  for (const ahead of [-3_600_000, 3_600_000]) {
    const memory = new MemoryS3();
    memory.ahead = ahead;
    const store = await openS3(memory);
    await using _first = await store.lock("first");
    const other = await openS3(memory);
    await assertKind("in-use", () => other.lock("second"));
    memory.ahead += 59_000;
    await assertKind("in-use", () => other.lock("second"));
    memory.ahead += 5_000;
    const lock = await other.lock("second");
    await assertKind("in-use", async () => (await openS3(memory)).lock("third"));
    await lock[Symbol.asyncDispose]();
  }
});

Deno.test("s3: of many who ask at once for a lock that ran out, one gets it", async () => {
  const memory = new MemoryS3();
  await using _dead = await (await openS3(memory)).lock("dead");
  memory.ahead = 120_000;
  const stores = await Promise.all(Array.from({ length: 8 }, () => openS3(memory)));
  const locks = await Promise.allSettled(stores.map((store, i) => store.lock(`${i}`)));
  const got = locks.filter((each) => each.status === "fulfilled");
  assertEquals(got.length, 1);
  for (const each of got) await each.value[Symbol.asyncDispose]();
});

Deno.test("s3: who lost his lock changes nothing any more, nor the lock of his heir", async () => {
  const memory = new MemoryS3();
  let isCutOff = false;
  const store = await openS3(memory, {
    leaseSeconds: 1,
    retry: { attempts: 1, deadlineSeconds: 1, firstDelay: 1 },
    fetch: (url, init) =>
      isCutOff ? Promise.reject(new TypeError("reset")) : memory.fetch(url, init),
  });
  const other = await openS3(memory);
  await addAll(store, [message("1", "one")]);
  const items = await store.query();
  const lock = await store.lock("first");
  isCutOff = true;
  await using _second = await lockSoon(() => other.lock("second"));
  await assertKind("in-use", () => store.markAs(items, "archive"));
  isCutOff = false;
  await assertKind("in-use", () => store.remove(items));
  await lock[Symbol.asyncDispose]();
  await assertKind("in-use", () => store.lock("third"));
  assertEquals(await other.query(), items);
});

Deno.test("s3: a lock whose answer was lost is not lost for who asked for it", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory);
  let losses = 0;
  memory.fault = ({ key, method }) =>
    key === "joe/lock" && method === "PUT" && losses++ === 0 ? { kind: "lost" } : undefined;
  await using lock = await store.lock("first");
  assertEquals(lock.owner, "first");
});

const PROGRAM = new URL("holder_program.ts", import.meta.url);
const RUN = { net: true, read: true, run: true } as const;

permitted(RUN, "s3: the lock of a holder that was killed runs out", async () => {
  const memory = new MemoryS3();
  await using served = memory.serve();
  await using holder = await lockHolder(PROGRAM, [
    served.url,
    ACCESS_KEY.accesskeyid,
    ACCESS_KEY.secretaccesskey,
  ]);
  const store = await openS3(memory);
  await assertKind("in-use", () => store.lock("heir"));
  await holder.kill();
  await using lock = await lockSoon(() => store.lock("heir"));
  assertEquals(lock.owner, "heir");
});

permitted(
  RUN,
  "s3: a holder that stood still past its lease changes nothing any more",
  async () => {
    const memory = new MemoryS3();
    await using served = memory.serve();
    const store = await openS3(memory);
    await addAll(store, [message("1", "one"), message("2", "two")]);
    const items = await store.query();
    await using holder = await lockHolder(PROGRAM, [
      served.url,
      ACCESS_KEY.accesskeyid,
      ACCESS_KEY.secretaccesskey,
    ]);
    Deno.kill(holder.pid, "SIGSTOP");
    const lock = await lockSoon(() => store.lock("heir"));
    await holder.goOn();
    Deno.kill(holder.pid, "SIGCONT");
    assertEquals(await holder.hear(), "in-use");
    assertEquals(await store.query(), items);
    // Nor does it when the heir has gone: the lease it had is none any more.
    await lock[Symbol.asyncDispose]();
    assertEquals(await store.query(), items);
  },
);

permitted(RUN, "s3: a holder that is told to go on within its lease does", async () => {
  const memory = new MemoryS3();
  await using served = memory.serve();
  const store = await openS3(memory);
  await addAll(store, [message("1", "one")]);
  await using holder = await lockHolder(PROGRAM, [
    served.url,
    ACCESS_KEY.accesskeyid,
    ACCESS_KEY.secretaccesskey,
  ]);
  await holder.goOn();
  assertEquals(await holder.hear(), "marked");
  assertEquals((await store.query()).map((item) => item.tag), ["archive"]);
});
