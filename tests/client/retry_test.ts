import { assertEquals, assertRejects } from "@std/assert";
import { withRetries } from "../../lib/client/retry.ts";
import type { Attempt } from "../../lib/client/retry.ts";
import { ConnectionError, TimeoutError } from "../../lib/net/errors.ts";
import { ProtocolError, ServerRefusal } from "../../lib/protocol/errors.ts";

/** Nothing that the next session could do otherwise. */
const WATCHED = { commandsAhead: 0, endedByCapa: false, endedByFirstResponse: false };
const LOST = new ConnectionError("lost", "Cannot go on: lost.");

/** Fails with one error after the other, then succeeds; the waits and what each session saw. */
async function run(
  errors: readonly Error[],
  work: (attempt: Attempt) => void = () => {},
  random: () => number = () => 0.5,
): Promise<{ waits: number[]; lockSteps: boolean[]; failure: unknown }> {
  const waits: number[] = [];
  const lockSteps: boolean[] = [];
  const session = (attempt: Attempt): Promise<string> => {
    lockSteps.push(attempt.lockStep);
    work(attempt);
    const error = errors[attempt.number];
    return error === undefined ? Promise.resolve("done") : Promise.reject(error);
  };
  const wait = (seconds: number) => Promise.resolve(void waits.push(seconds));
  let failure: unknown;
  try {
    await withRetries(session, { retries: 3, random, wait });
  } catch (error) {
    failure = error;
  }
  return { waits, lockSteps, failure };
}

Deno.test("a lost connection is tried again, later and later, and not for ever", async () => {
  assertEquals(await run([LOST, LOST]), {
    waits: [0.5, 1],
    lockSteps: [false, false, false],
    failure: undefined,
  });
  const { waits, failure } = await run(Array(9).fill(LOST));
  assertEquals([waits, failure], [[0.5, 1, 2], LOST]);
});

Deno.test("waits differ by a quarter at most", async () => {
  assertEquals((await run(Array(9).fill(LOST), undefined, () => 0)).waits, [0.375, 0.75, 1.5]);
});

Deno.test("progress makes patience start anew", async () => {
  const { waits, failure } = await run(Array(6).fill(LOST), (attempt) => attempt.progress());
  assertEquals([waits, failure], [Array(6).fill(0.5), undefined]);
});

Deno.test("a server that asks to come back later is asked again", async () => {
  for (const code of ["IN-USE", "SYS/TEMP", "sys/temp/load"]) {
    assertEquals((await run([new ServerRefusal("PASS ***", "later", code)])).failure, undefined);
  }
});

Deno.test("what will not pass is not tried again", async () => {
  const errors = [
    new ConnectionError("refused", "Cannot connect: refused."),
    new ServerRefusal("PASS ***", "no", "AUTH"),
    new ServerRefusal("PASS ***", "no"),
    new ServerRefusal("PASS ***", "no", "LOGIN-DELAY"),
    new ProtocolError("Cannot understand it."),
    new TimeoutError("Cannot get it", 60),
    new Error("disk full"),
  ];
  for (const error of errors) assertEquals((await run([error])).failure, error);
});

Deno.test("a time-out is tried again where there was progress before it", async () => {
  const silent = new TimeoutError("Cannot get it", 60);
  assertEquals((await run([silent], (attempt) => attempt.progress())).failure, undefined);
});

Deno.test("where pipelining broke the rest is done in lock-step", async () => {
  for (const error of [LOST, new ProtocolError("Out of step."), new TimeoutError("Cannot", 1)]) {
    const watch = (attempt: Attempt): void => {
      attempt.watch({ ...WATCHED, commandsAhead: attempt.lockStep ? 0 : 5 });
    };
    const { lockSteps, failure } = await run([error, LOST], watch);
    assertEquals([lockSteps, failure], [[false, true, true], undefined]);
  }
});

Deno.test("where CAPA ended a session it is not asked in the next", async () => {
  for (const error of [LOST, new ProtocolError("No listing."), new TimeoutError("Cannot", 1)]) {
    const without: boolean[] = [];
    const { lockSteps, failure } = await run([error, LOST], (attempt) => {
      without.push(attempt.withoutCapa);
      attempt.watch({ ...WATCHED, endedByCapa: !attempt.withoutCapa });
    });
    assertEquals([without, lockSteps, failure], [
      [false, true, true],
      [false, false, false],
      undefined,
    ]);
  }
});

Deno.test("where AUTH with a first response ended a session it goes in two steps, once", async () => {
  const twoSteps: boolean[] = [];
  const session = (attempt: Attempt): Promise<never> => {
    twoSteps.push(attempt.twoSteps);
    attempt.watch({ ...WATCHED, endedByFirstResponse: true });
    return Promise.reject(LOST);
  };
  const wait = () => Promise.resolve();
  await assertRejects(() => withRetries(session, { retries: 0, wait }), ConnectionError);
  assertEquals(twoSteps, [false, true]);
});

Deno.test("what must not be repeated is not, and a signal ends the waiting", async () => {
  const fail = () => Promise.reject(LOST);
  await assertRejects(
    () => withRetries(fail, { retries: 3, mayRepeat: () => false }),
    ConnectionError,
  );
  const stop = new AbortController();
  const running = withRetries(fail, {
    retries: 3,
    signal: stop.signal,
    onRetry: () => queueMicrotask(() => stop.abort(new Error("stopped"))),
  });
  await assertRejects(() => running, Error, "stopped");
});

Deno.test("a busy mailbox is tried again by the server's words too, a counted sign-in is not", async () => {
  const sessions = async (text: string): Promise<number> => {
    let count = 0;
    const refused = () => {
      count++;
      return Promise.reject(new ServerRefusal("PASS ***", text));
    };
    const options = { retries: 2, wait: () => Promise.resolve() };
    await assertRejects(() => withRetries(refused, options), ServerRefusal);
    return count;
  };
  assertEquals(await sessions("lock busy! Is another session active?"), 3);
  assertEquals(await sessions("Please wait a few minutes"), 1);
  assertEquals(await sessions("invalid password"), 1);
});
