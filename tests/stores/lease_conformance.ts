/** What a maildrop's lock has to do where a service keeps it, for so long as it is renewed. */
import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../lib/stores/errors.ts";
import type { MimeStore, StoreLock } from "../../lib/stores/mime_store.ts";
import type { ServiceFetch } from "../../lib/stores/network_failure.ts";
import type { RetryPolicy } from "../../lib/stores/retry.ts";
import { lockHolder } from "../helpers/lock_holder.ts";
import { permitted } from "../helpers/permissions.ts";
import { addAll, assertKind, message } from "./conformance.ts";

/** A service in memory, with nothing in it. */
export interface LeasePlace extends AsyncDisposable {
  /** Where requests go. */
  readonly fetch: ServiceFetch;
  open(options?: {
    readonly leaseSeconds?: number;
    readonly retry?: RetryPolicy;
    readonly fetch?: ServiceFetch;
  }): Promise<MimeStore>;
  /** How often a lease was renewed. */
  renewals(): number;
  /** Whoever has the lock has had it for too long. */
  expire(): Promise<void>;
  /** Loses the answer to the next request for the lock; gives the number of such requests so far. */
  loseAnswer(): () => number;
  /** Serves it on a port; gives what the program that holds a lock has to know. */
  serve(): AsyncDisposable & { readonly words: readonly string[] };
}

/** A service. */
export interface LeaseKind {
  readonly name: string;
  /** Takes the lock for a second at a time, as `tests/helpers/lock_holder.ts` has it. */
  readonly program: URL;
  make(): LeasePlace;
}

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

/** Registers the suite for one service. */
export function leaseConformance(kind: LeaseKind): void {
  leasesEnd(kind);
  holdersMayDie(kind);
}

function leasesEnd({ name, make }: LeaseKind): void {
  Deno.test(`${name}: a lock is renewed as long as it is held`, async () => {
    await using place = make();
    const [store, other] = await Promise.all([place.open({ leaseSeconds: 2 }), place.open()]);
    const lock = await store.lock("first");
    // Three are as long as a lease, and times are told by the second.
    while (place.renewals() < 5) await pause(50);
    const error = await assertKind("in-use", () => other.lock("second"));
    assert(error.message.includes("first"), error.message);
    await lock[Symbol.asyncDispose]();
    await (await other.lock("second"))[Symbol.asyncDispose]();
  });

  Deno.test(`${name}: who lost his lock changes nothing any more, nor his heir's lock`, async () => {
    await using place = make();
    let isCutOff = false;
    const store = await place.open({
      leaseSeconds: 1,
      retry: { attempts: 1, deadlineSeconds: 1, firstDelay: 1 },
      fetch: (url, init) =>
        isCutOff ? Promise.reject(new TypeError("reset")) : place.fetch(url, init),
    });
    const other = await place.open();
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

  Deno.test(`${name}: of many who ask at once for a lock that ran out, one gets it`, async () => {
    await using place = make();
    await using _dead = await (await place.open()).lock("dead");
    await place.expire();
    const stores = await Promise.all(Array.from({ length: 8 }, () => place.open()));
    const locks = await Promise.allSettled(stores.map((store, i) => store.lock(`${i}`)));
    const got = locks.filter((each) => each.status === "fulfilled");
    assertEquals(got.length, 1);
    for (const each of got) await each.value[Symbol.asyncDispose]();
  });

  Deno.test(`${name}: a lock whose answer was lost is not lost for who asked for it`, async () => {
    await using place = make();
    const store = await place.open();
    const asked = place.loseAnswer();
    await using lock = await store.lock("first");
    assertEquals(lock.owner, "first");
    assert(asked() > 1);
  });
}

function holdersMayDie({ name, program, make }: LeaseKind): void {
  const test = (
    title: string,
    work: (
      store: MimeStore,
      hold: () => ReturnType<typeof lockHolder>,
    ) => Promise<void>,
  ): void => {
    permitted({ net: true, read: true, run: true }, `${name}: ${title}`, async () => {
      await using place = make();
      await using served = place.serve();
      await work(await place.open(), () => lockHolder(program, [...served.words]));
    });
  };

  test("the lock of a holder that was killed runs out", async (store, hold) => {
    await using holder = await hold();
    await assertKind("in-use", () => store.lock("heir"));
    await holder.kill();
    await using lock = await lockSoon(() => store.lock("heir"));
    assertEquals(lock.owner, "heir");
  });

  test("a holder that stood still past its lease changes nothing any more", async (store, hold) => {
    await addAll(store, [message("1", "one"), message("2", "two")]);
    const items = await store.query();
    await using holder = await hold();
    Deno.kill(holder.pid, "SIGSTOP");
    const lock = await lockSoon(() => store.lock("heir"));
    await holder.goOn();
    Deno.kill(holder.pid, "SIGCONT");
    assertEquals(await holder.hear(), "in-use");
    assertEquals(await store.query(), items);
    // Nor does it when the heir has gone: the lease it had is none any more.
    await lock[Symbol.asyncDispose]();
    assertEquals(await store.query(), items);
  });

  test("a holder that is told to go on within its lease does", async (store, hold) => {
    await addAll(store, [message("1", "one")]);
    await using holder = await hold();
    await holder.goOn();
    assertEquals(await holder.hear(), "marked");
    assertEquals((await store.query()).map((item) => item.tag), ["archive"]);
  });
}
