/**
 * First in, first out.
 *
 * @module
 */

/** Taken items are let go in batches: `Array.shift` moves all others, which a large window feels. */
const BATCH = 1024;

/** A queue whose ends cost the same however long it is. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  #start = 0;

  /** How many wait. */
  get length(): number {
    return this.#items.length - this.#start;
  }

  /** Adds one at the end. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first one; `undefined` when there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#start];
    this.#items[this.#start++] = undefined;
    if (this.#start >= BATCH && this.#start * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
    return item;
  }
}
