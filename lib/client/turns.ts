/**
 * One command at a time.
 *
 * @module
 */

import { BusyError } from "./errors.ts";

/**
 * Lets callers take turns. A short turn (a command and its reply) waits for those before it. A long
 * one (messages that the caller reads at leisure) makes others fail at once: a caller who asked for
 * something else between two messages would wait for itself for ever.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #long: string | undefined;

  /** Waits for its turn and takes it until it is disposed; `long` names a long one. */
  async take(what: string, long = false): Promise<Disposable> {
    if (this.#long !== undefined) {
      throw new BusyError(
        `Cannot send ${what}: the reply to ${this.#long} is still being read. Read it to its end ` +
          "(or leave its loop) first.",
      );
    }
    const before = this.#last;
    let done = (): void => {};
    this.#last = new Promise((resolve) => done = resolve);
    if (long) this.#long = what;
    await before;
    return {
      [Symbol.dispose]: () => {
        if (long) this.#long = undefined;
        done();
      },
    };
  }
}
