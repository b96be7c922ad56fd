import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../../lib/stores/errors.ts";
import type { StoreLock } from "../../../lib/stores/mime_store.ts";
import { memoryTable, TOKEN } from "../../helpers/cloud_tables.ts";
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

permitted(
  { net: true, read: true, run: true },
  "cloud: the lock of a holder that was killed runs out",
  async () => {
    await using table = memoryTable();
    await using served = table.gateway.serve();
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--allow-net",
        decodeURIComponent(new URL("holder_program.ts", import.meta.url).pathname),
        served.url,
        TOKEN,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.getReader();
    assertEquals(new TextDecoder().decode((await reader.read()).value), "locked\n");
    const store = await table.open();
    await assertKind("in-use", () => store.lock("heir"));
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    await using lock = await lockSoon(() => store.lock("heir"));
    assertEquals(lock.owner, "heir");
  },
);
