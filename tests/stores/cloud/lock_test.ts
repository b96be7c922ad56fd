import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../../lib/stores/errors.ts";
import type { StoreLock } from "../../../lib/stores/mime_store.ts";
import { memoryTable, TOKEN } from "../../helpers/cloud_tables.ts";
import { lockHolder } from "../../helpers/lock_holder.ts";
import { permitted } from "../../helpers/permissions.ts";
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

Deno.test("cloud: a lock is renewed as long as it is held", async () => {
  await using table = memoryTable();
  const store = await table.open({ leaseSeconds: 1 });
  const other = await table.open();
  const lock = await store.lock("first");
  await pause(2500);
  const error = await assertKind("in-use", () => other.lock("second"));
  assert(error.message.includes("first"), error.message);
  await lock[Symbol.asyncDispose]();
  await (await other.lock("second"))[Symbol.asyncDispose]();
});

Deno.test("cloud: who could not renew his lock in time changes nothing any more", async () => {
  await using table = memoryTable();
  let isCutOff = false;
  const store = await table.open({
    leaseSeconds: 1,
    retry: { attempts: 1, deadlineSeconds: 1, firstDelay: 1 },
    fetch: (url, init) =>
      isCutOff ? Promise.reject(new TypeError("reset")) : table.gateway.fetch(url, init),
  });
  const other = await table.open();
  await addAll(store, [message("1", "one")]);
  const items = await store.query();
  const lock = await store.lock("first");
  isCutOff = true;
  await using _second = await lockSoon(() => other.lock("second"));
  await assertKind("in-use", () => store.markAs(items, "archive"));
  isCutOff = false;
  await assertKind("in-use", () => store.remove(items));
  await lock[Symbol.asyncDispose]();
  // What the first gives back is not what the second has.
  await assertKind("in-use", () => store.lock("third"));
  assertEquals(await other.query(), items);
});

Deno.test("cloud: of many who ask at once for a lock that ran out, one gets it", async () => {
  await using table = memoryTable();
  await table.execute("insert into izypop3_lock values (0, x'00', 'dead', 1)");
  const stores = await Promise.all(Array.from({ length: 8 }, () => table.open()));
  const locks = await Promise.allSettled(stores.map((store, i) => store.lock(`${i}`)));
  const got = locks.filter((each) => each.status === "fulfilled");
  assertEquals(got.length, 1);
  for (const each of got) await each.value[Symbol.asyncDispose]();
});

Deno.test("cloud: a lock whose SUCCESS was lost is not lost for who asked for it", async () => {
  await using table = memoryTable();
  const store = await table.open();
  let losses = 0;
  table.gateway.fault = ({ statements: [sql = ""] }) =>
    sql.startsWith("insert into") && losses++ === 0 ? { kind: "lost" } : undefined;
  await using lock = await store.lock("first");
  assertEquals([lock.owner, losses], ["first", 2]);
});

const PROGRAM = new URL("holder_program.ts", import.meta.url);
const RUN = { net: true, read: true, run: true } as const;

permitted(RUN, "cloud: the lock of a holder that was killed runs out", async () => {
  await using table = memoryTable();
  await using served = table.gateway.serve();
  await using holder = await lockHolder(PROGRAM, [served.url, TOKEN]);
  const store = await table.open();
  await assertKind("in-use", () => store.lock("heir"));
  await holder.kill();
  await using lock = await lockSoon(() => store.lock("heir"));
  assertEquals(lock.owner, "heir");
});

permitted(
  RUN,
  "cloud: a holder that stood still past its lease changes nothing any more",
  async () => {
    await using table = memoryTable();
    await using served = table.gateway.serve();
    const store = await table.open();
    await addAll(store, [message("1", "one"), message("2", "two")]);
    const items = await store.query();
    await using holder = await lockHolder(PROGRAM, [served.url, TOKEN]);
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

permitted(RUN, "cloud: a holder that is told to go on within its lease does", async () => {
  await using table = memoryTable();
  await using served = table.gateway.serve();
  const store = await table.open();
  await addAll(store, [message("1", "one")]);
  await using holder = await lockHolder(PROGRAM, [served.url, TOKEN]);
  await holder.goOn();
  assertEquals(await holder.hear(), "marked");
  assertEquals((await store.query()).map((item) => item.tag), ["archive"]);
});

/** Whether a request in plain encoding changes tags. */
function isChange({ body }: RequestInit): boolean {
  return body instanceof Uint8Array &&
    new TextDecoder().decode(body).includes("update izypop3 set status");
}

Deno.test("cloud: a change that arrives when its lease has run out changes nothing", async () => {
  await using table = memoryTable();
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const store = await table.open({
    encoding: "plain",
    fetch: async (url, init) => {
      if (isChange(init)) {
        arrived.resolve();
        await released.promise;
      }
      return await table.gateway.fetch(url, init);
    },
  });
  await addAll(store, [message("1", "one")]);
  const items = await store.query();
  const other = await table.open();
  const lock = await store.lock("first");
  const marking = assertKind("in-use", () => store.markAs(items, "archive"));
  await arrived.promise;
  await table.execute("update izypop3_lock set expires = 1");
  await using _heir = await other.lock("heir");
  released.resolve();
  await marking;
  assertEquals(await other.query(), items);
  await lock[Symbol.asyncDispose]();
});

Deno.test("cloud: a session that finds nothing costs four statements", async () => {
  await using table = memoryTable();
  const store = await table.open();
  const before = table.gateway.requests.length;
  const lock = await store.lock("first");
  await store.query({ tags: ["unread"] });
  await lock[Symbol.asyncDispose]();
  assertEquals(table.gateway.requests.length - before, 4);
});
