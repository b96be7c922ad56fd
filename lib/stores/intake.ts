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
  }

  /** What `promise` gives, or the signal's reason thrown if that comes first. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    if (this.#signal === undefined) return await promise;
    this.#signal.throwIfAborted();
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

  /** Whether the next one comes within so many milliseconds. */
  async isReady(milliseconds: number): Promise<boolean> {
    const pending = this.#ask();
    let settled = false;
    const settle = (): void => void (settled = true);
    pending.then(settle, settle);
    // What is at hand takes a few rounds of microtasks, and no timer.
    for (let round = 0; round < 8 && !settled; round++) await undefined;
    if (!settled && milliseconds > 0) await withinTime(pending, milliseconds);
    return settled;
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
