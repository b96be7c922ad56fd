/**
 * Asking a service again that may answer better the next time. For requests only that do no harm
 * when they are carried out twice.
 *
 * @module
 */
import { StoreError } from "./errors.ts";

/** How long to insist. */
export interface RetryPolicy {
  /** How often to ask, the first time included. */
  readonly attempts: number;
  /** No further attempt begins so many seconds after the first one did. */
  readonly deadlineSeconds: number;
  /** The longest wait before the second attempt, ms; it doubles from attempt to attempt. */
  readonly firstDelay: number;
}

/** Waits of 0.2, 0.4, 0.8 and 1.6 s at most, half of that at least. */
export const PATIENT: RetryPolicy = { attempts: 5, deadlineSeconds: 120, firstDelay: 200 };

/** No wait grows beyond this, ms. */
const LONGEST_DELAY = 10_000;

/** Whether the same request may well do better later. */
export function isPassing(error: unknown): boolean {
  return error instanceof StoreError && error.kind === "temporary";
}

/**
 * What `work` gives; it is called again, after growing waits, while it throws what is passing.
 * Throws what the last attempt threw, or the signal's reason.
 */
export async function retrying<T>(
  work: (attempt: number) => Promise<T>,
  policy: RetryPolicy,
  signal?: AbortSignal,
  isWorthIt: (error: unknown) => boolean = isPassing,
): Promise<T> {
  const end = performance.now() + policy.deadlineSeconds * 1000;
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= policy.attempts || !isWorthIt(error)) throw error;
      const longest = Math.min(LONGEST_DELAY, policy.firstDelay * 2 ** (attempt - 1));
      // Of many that were turned away together, not all come back together.
      const delay = longest * (0.5 + Math.random() / 2);
      if (performance.now() + delay > end) throw error;
      await sleep(delay, signal);
    }
  }
}

/** Waits; throws the signal's reason as soon as it is given. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
