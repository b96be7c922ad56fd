/**
 * Trying again, later and later, what a lost connection or a busy server broke off.
 *
 * @module
 */

import { ConnectionError, TimeoutError } from "../net/errors.ts";
import { ProtocolError, ServerRefusal } from "../protocol/errors.ts";
import { knownCode, meansLater } from "./refusal_kind.ts";
import { refusedAtSignIn } from "./sign_in.ts";

/** The first wait, in seconds; each further one is twice as long. */
const FIRST_WAIT = 0.5;
/** The longest wait, in seconds. */
const LONGEST_WAIT = 60;
/** A wait is longer or shorter by up to this part, so that many clients do not come at once. */
const JITTER = 0.25;

/** Words of servers that count sign-ins. */
const COUNTED_TEXT = /\bwait\b|\btoo (many|frequent)|\b(rate|delay)\b/i;

/** What a session that may be tried again is told, and tells. */
export interface Attempt {
  /** How many sessions there were before this one. */
  readonly number: number;
  /** Whether commands are to wait for their replies: in an earlier session pipelining broke. */
  readonly lockStep: boolean;
  /** Whether CAPA is better not asked: an earlier session ended when it was. */
  readonly withoutCapa: boolean;
  /** Whether AUTH is to bear no first response: an earlier session ended when it did. */
  readonly twoSteps: boolean;
  /** Something is done that need not be done again: patience starts anew. */
  progress(): void;
  /** Hands over the session's client, which is asked why it failed if it does. */
  watch(client: Watched): void;
}

/** What a {@linkcode Pop3Client} tells of how its session ended. */
export interface Watched {
  /** Commands that were sent and whose replies have not begun. */
  readonly commandsAhead: number;
  /** Whether the session ended while CAPA was asked. */
  readonly endedByCapa: boolean;
  /** Whether it was lost behind an AUTH that bore a first response. */
  readonly endedByFirstResponse: boolean;
}

/** What the next session does otherwise than the last one, if anything. */
export type NewManner = "lock-step" | "without CAPA" | "AUTH in two steps" | undefined;

/** Options of {@linkcode withRetries}. */
export interface RetryOptions {
  /** How often in a row, without progress in between, it is tried again. */
  readonly retries: number;
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait. */
  readonly onRetry?: (error: unknown, seconds: number, manner: NewManner) => void;
  /**
   * Whether the next session can begin with something else than what this one failed at; asked
   * after a failure. Then silence and replies that nobody understands are tried again as well.
   */
  readonly othersLeft?: () => boolean;
  /** Whether it may be tried again at all; asked after a failure. */
  readonly mayRepeat?: () => boolean;
  /** Gives 0 ≤ x < 1, for waits of different length. @default {Math.random} */
  readonly random?: () => number;
  /** Waits; rejects with the reason of the signal. @default {a timer} */
  readonly wait?: (seconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

/**
 * Does `session`, and does it again where it failed for a reason that may pass: the connection was
 * lost, the server made no progress though it had made some before, or it asks to come back later
 * (`[IN-USE]`, `[SYS/TEMP]`). Where commands were under way ahead of their replies, that may have
 * been the reason: from then on it goes in lock-step; likewise without CAPA, or with AUTH in two
 * steps, where that was the last that the server heard. Throws the last failure.
 *
 * @example What a session has not fetched, the next one does
 * ```ts
 * import { FakeStore, Pop3Client, Pop3Server, singlePassword, withRetries } from "@izyware/izypop3";
 *
 * await using server = Pop3Server.start({
 *   port: 0,
 *   authenticator: singlePassword("secret"),
 *   openStore: () => Promise.resolve(new FakeStore({ count: 3 })),
 * });
 *
 * const done = new Set<string>();
 * await withRetries(async ({ lockStep, withoutCapa, watch, progress }) => {
 *   await using client = await Pop3Client.connect({
 *     ...server.address,
 *     capa: !withoutCapa,
 *     ...(lockStep ? { pipeline: "off" } : {}),
 *   });
 *   watch(client);
 *   await client.signIn({ user: "me", password: "secret" });
 *   for (const { number, uid } of await client.uidl()) {
 *     if (done.has(uid)) continue;
 *     for await (const part of client.retr(number)) console.log(part.length);
 *     done.add(uid);
 *     progress();
 *   }
 *   await client.quit();
 * }, { retries: 3 });
 * ```
 */
export async function withRetries<T>(
  session: (attempt: Attempt) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { retries, signal, random = Math.random, wait = delay } = options;
  let inARow = 0;
  const taken = new Set<NewManner>();
  for (let number = 0;; number++) {
    let advanced = false;
    let client: Watched | undefined;
    const attempt: Attempt = {
      number,
      lockStep: taken.has("lock-step"),
      withoutCapa: taken.has("without CAPA"),
      twoSteps: taken.has("AUTH in two steps"),
      progress: () => void (advanced = true),
      watch: (watched) => void (client = watched),
    };
    try {
      return await session(attempt);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const manner = client === undefined ? undefined : newManner(client, taken);
      if (advanced) inARow = 0;
      // At most once, and not a hope that something passes: there is another way to ask.
      const isOnlyAsking = manner === "without CAPA" || manner === "AUTH in two steps";
      const isAllowed = inARow < retries || isOnlyAsking;
      const isAnother = manner !== undefined || options.othersLeft?.() === true;
      const again = mayPass(error, advanced, isAnother) && isAllowed &&
        (options.mayRepeat?.() ?? true);
      if (!again) throw error;
      if (manner !== undefined) taken.add(manner);
      const seconds = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** inARow++) *
        (1 + JITTER * (2 * random() - 1));
      options.onRetry?.(error, seconds, manner);
      await wait(seconds, signal);
    }
  }
}

function newManner(client: Watched, taken: ReadonlySet<NewManner>): NewManner {
  const reasons: readonly (readonly [NewManner, boolean])[] = [
    ["without CAPA", client.endedByCapa],
    ["AUTH in two steps", client.endedByFirstResponse],
    ["lock-step", client.commandsAhead > 0],
  ];
  return reasons.find(([manner, holds]) => holds && !taken.has(manner))?.[0];
}

/** `isAnother`: it would be tried in another way, or with other messages. */
function mayPass(error: unknown, advanced: boolean, isAnother: boolean): boolean {
  if (error instanceof ConnectionError) return error.kind === "lost";
  // A server that only ever is silent would cost the time-out over and over.
  if (error instanceof TimeoutError) return advanced || isAnother;
  if (error instanceof ProtocolError) return isAnother;
  const refusal = error instanceof Error && refusedAtSignIn(error.cause) ? error.cause : error;
  if (!(refusal instanceof ServerRefusal)) return false;
  // Who is to wait some minutes would only be told so again, and perhaps for longer.
  const counted = refusal.code === undefined ? COUNTED_TEXT.test(refusal.text) : false;
  return meansLater(refusal) && knownCode(refusal) !== "LOGIN-DELAY" && !counted;
}

function delay(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
