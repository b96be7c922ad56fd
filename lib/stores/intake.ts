/**
 * Taking things from whoever gives them, without waiting for him when told to stop.
 *
 * @module
 */

/** Lets waits end at once when a signal says so. */
export class Interrupt implements Disposable {
  readonly #signal: AbortSignal | undefined;
  readonly #listener = (): void => this.#reject?.(this.#signal?.reason);
  /** Of the wait that is on: there is one at a time. */
  #reject: ((reason: unknown) => void) | undefined;
  #stopped: { readonly reason: unknown } | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener("abort", this.#listener);
  }

  /** Whether the signal was given. */
  get aborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  /** Throws the signal's reason if it was given. */
  check(): void {
    this.#signal?.throwIfAborted();
    if (this.#stopped !== undefined) throw this.#stopped.reason;
  }

  /** Ends the wait that is on and all to come, as the signal would: `reason` is thrown there. */
  stop(reason: unknown): void {
    this.#stopped = { reason };
    this.#reject?.(reason);
  }

  /** What `promise` gives, or the signal's reason thrown if that comes first. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    this.check();
    // Not Promise.race: a promise that lives as long as the signal would remember every wait.
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#reject = reject;
        promise.then(resolve, reject);
      });
    } finally {
      this.#reject = undefined;
    }
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener("abort", this.#listener);
  }
}

/** An iterable, taken one by one. */
export class Intake<T> {
  readonly #iterator: Iterator<T> | AsyncIterator<T>;
  readonly #interrupt: Interrupt;
  #pending: Promise<IteratorResult<T>> | undefined;
  #ended = false;

  constructor(source: AsyncIterable<T> | Iterable<T>, interrupt: Interrupt) {
    this.#iterator = Symbol.asyncIterator in source
      ? source[Symbol.asyncIterator]()
      : source[Symbol.iterator]();
    this.#interrupt = interrupt;
  }

  /** Whether the next one is there before `limit` is reached. */
  isReady(limit: Limit): Promise<boolean> {
    return comesBefore(this.#ask(), limit);
  }

  /** The next one; `undefined` at the end. */
  async next(): Promise<T | undefined> {
    this.#interrupt.check();
    const pending = this.#ask();
    const result = await this.#interrupt.wait(pending);
    this.#pending = undefined;
    if (result.done !== true) return result.value;
    this.#ended = true;
    return undefined;
  }

  /** Tells the giver that no more is wanted; does not wait for one who is busy giving. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const busy = this.#pending !== undefined;
    const returned = Promise.resolve(this.#iterator.return?.()).then(() => {}, () => {});
    if (!busy) await returned;
  }

  #ask(): Promise<IteratorResult<T>> {
    if (this.#pending === undefined) {
      this.#pending = askIterator(this.#iterator);
      this.#pending.catch(() => this.#ended = true);
    }
    return this.#pending;
  }
}

// Asynchronous, so that an iterator that throws gives a promise that rejects.
async function askIterator<T>(
  iterator: Iterator<T> | AsyncIterator<T>,
): Promise<IteratorResult<T>> {
  return await iterator.next();
}

/** So many milliseconds, or until something else has come to its end. */
export type Limit = number | Promise<unknown>;

/** Whether `promise` comes to its end, good or bad, before `limit` is reached. */
export async function comesBefore(promise: Promise<unknown>, limit: Limit): Promise<boolean> {
  let settled = false;
  const settle = (): void => void (settled = true);
  promise.then(settle, settle);
  // What is at hand takes a few rounds of microtasks, and no timer.
  for (let round = 0; round < 8 && !settled; round++) await undefined;
  if (settled || limit === 0) return settled;
  if (typeof limit === "number") await withinTime(promise, limit);
  else {await new Promise<void>((resolve) =>
      [promise, limit].map((p) => p.then(() => resolve(), () => resolve()))
    );}
  return settled;
}

async function withinTime(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const settle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    promise.then(settle, settle);
  });
}
