/**
 * Waiting that can be cut short.
 *
 * @module
 */

/** Everybody who is made to wait. */
export class Waits {
  readonly #ends = new Set<() => void>();
  #over = false;

  /** Resolves after so many milliseconds, or when there is no more waiting. */
  wait(milliseconds: number): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#ends.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#ends.add(end);
    });
  }

  /** Ends all waiting, and lets nobody wait any more. */
  end(): void {
    this.#over = true;
    for (const end of this.#ends) end();
  }
}
