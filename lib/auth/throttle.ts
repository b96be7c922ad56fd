/**
 * Guessing passwords gets slower: a growing delay per address and per user after failed sign-ins.
 *
 * @module
 */

import { saslprepOrAsIs } from "../protocol/sasl/saslprep.ts";
import { networkOf } from "../net/network.ts";

/** Options of {@linkcode SignInThrottle}. */
export interface SignInThrottleOptions {
  /** The delay stops growing there; 0 means no delays. @default {15} */
  readonly mostSeconds?: number;
  /** Failures are forgotten when no other came for so long. @default {600} */
  readonly forgetSeconds?: number;
  /** How many addresses, users and pairs of both are remembered: the latest. @default {10000} */
  readonly remembered?: number;
  /** Milliseconds that only go forward. @default {performance.now} */
  readonly now?: () => number;
}

/**
 * Counts failed sign-ins. The answer to the first attempt is not delayed, whatever it is, the one
 * after a failure by 1 second, then 2, 4, 8, and so on; what counts is the longer delay of the
 * address and the user. It has no timers: the server waits.
 *
 * How to use it, so that neither connections at the same time nor hanging up early make guessing
 * faster: check the credentials, ask {@linkcode delayFor}, then say what came of it by
 * {@linkcode failed} or {@linkcode succeeded}, then wait that long, then answer.
 *
 * @example
 * ```ts
 * import { SignInThrottle } from "./throttle.ts";
 *
 * const throttle = new SignInThrottle();
 * throttle.delayFor("192.0.2.1", "alice"); // 0
 * throttle.failed("192.0.2.1", "alice");
 * throttle.delayFor("192.0.2.1", "bob"); // 1000
 * ```
 */
export class SignInThrottle {
  readonly #most: number;
  readonly #addresses: FailureCounts;
  readonly #users: FailureCounts;
  readonly #pairs: FailureCounts;

  /** Remembers nothing yet. */
  constructor(options: SignInThrottleOptions = {}) {
    const { mostSeconds = 15, forgetSeconds = 600, remembered = 10_000 } = options;
    const now = options.now ?? (() => performance.now());
    this.#most = mostSeconds * 1000;
    const counts = () => new FailureCounts(forgetSeconds * 1000, remembered, now);
    this.#addresses = counts();
    this.#users = counts();
    this.#pairs = counts();
  }

  /**
   * Milliseconds to wait before the answer to an attempt from `address`, an IP address, to sign in
   * as `user` (`undefined` if it did not come so far as to tell).
   */
  delayFor(address: string, user: string | undefined): number {
    const ofUser = user === undefined ? 0 : this.#users.of(userKey(user));
    const failures = Math.max(this.#addresses.of(networkOf(address)), ofUser);
    return failures === 0 ? 0 : Math.min(this.#most, 1000 * 2 ** (failures - 1));
  }

  /** How many addresses, users and pairs of both are remembered just now. */
  get remembered(): number {
    return this.#addresses.size + this.#users.size + this.#pairs.size;
  }

  /** An attempt failed. */
  failed(address: string, user: string | undefined): void {
    const network = networkOf(address);
    this.#addresses.add(network);
    if (user === undefined) return;
    this.#users.add(userKey(user));
    this.#pairs.add(pairKey(network, user));
  }

  /**
   * An attempt succeeded. The user starts anew; the address only loses the failures with this user:
   * who has a mailbox of their own could make it forget all others otherwise.
   */
  succeeded(address: string, user: string): void {
    const network = networkOf(address);
    const pair = pairKey(network, user);
    this.#addresses.takeOff(network, this.#pairs.of(pair));
    this.#pairs.forget(pair);
    this.#users.forget(userKey(user));
  }
}

/** Counts by key that are forgotten with time, and when there are too many. */
class FailureCounts {
  readonly #forgetAfter: number;
  readonly #most: number;
  readonly #now: () => number;
  /** The one that was changed last is last. */
  readonly #counts = new Map<string, { readonly count: number; readonly since: number }>();

  constructor(forgetAfter: number, most: number, now: () => number) {
    this.#forgetAfter = forgetAfter;
    this.#most = most;
    this.#now = now;
  }

  get size(): number {
    return this.#counts.size;
  }

  of(key: string): number {
    const entry = this.#counts.get(key);
    if (entry === undefined || this.#now() - entry.since >= this.#forgetAfter) return 0;
    return entry.count;
  }

  add(key: string): void {
    const count = this.of(key) + 1;
    // Put at the end anew: the front is where the next one is dropped.
    this.#counts.delete(key);
    this.#counts.set(key, { count, since: this.#now() });
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= this.#most) break;
      this.#counts.delete(oldest);
    }
  }

  takeOff(key: string, failures: number): void {
    const entry = this.#counts.get(key);
    if (entry === undefined) return;
    const count = this.of(key) - failures;
    if (count > 0) this.#counts.set(key, { ...entry, count });
    else this.#counts.delete(key);
  }

  forget(key: string): void {
    this.#counts.delete(key);
  }
}

/** Names have a length that is worth remembering; a peer's need not have. */
const NAME_KEPT = 64;

/**
 * Prepared, or every way to write a name would have a first attempt of its own. The beginning of a
 * long name stands for all that begin so; copied, or all of it would be kept.
 */
function userKey(user: string): string {
  const name = saslprepOrAsIs(user);
  return name.length <= NAME_KEPT ? name : [...name.slice(0, NAME_KEPT)].join("");
}

function pairKey(network: string, user: string): string {
  return `${network} ${userKey(user)}`;
}
