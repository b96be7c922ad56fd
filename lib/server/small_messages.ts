/**
 * The small messages of a maildrop, each read in one piece and without a wait, and the next one
 * already while the client is busy with the one before.
 *
 * @module
 */

import { READ_AHEAD } from "../protocol/limits.ts";
import type { MimeItem, MimeStore } from "../stores/mime_store.ts";

const LF = 0x0a;

/** Reads small messages for one session. */
export class SmallMessages {
  readonly #store: MimeStore;
  readonly #items: readonly MimeItem[];
  readonly #buffer: Uint8Array;
  /** The number behind that of the message that was read last: clients go on from there. */
  #next = 1;
  #ahead: Uint8Array | undefined;

  /** The items by number - 1. The buffer is for any session's next message and says how large. */
  constructor(store: MimeStore, items: readonly MimeItem[], buffer: Uint8Array) {
    this.#store = store;
    this.#items = items;
    this.#buffer = buffer;
  }

  /**
   * The message of that number in canonical form, valid until something is waited for;
   * `undefined` where it is too large, or anything is wrong with it.
   */
  take(number: number): Uint8Array | undefined {
    const octets = this.peek(number);
    this.#next = number + 1;
    this.#ahead = undefined;
    return octets;
  }

  /** The same, but it says nothing of what will be asked for next. */
  peek(number: number): Uint8Array | undefined {
    const ahead = this.#next === number ? this.#ahead : undefined;
    return ahead ?? this.#read(number, this.#buffer.length);
  }

  /** Reads the next message, if it is a very small one. */
  prepare(): void {
    if (this.#ahead !== undefined || this.#next === 1) return;
    this.#ahead = this.#read(this.#next, READ_AHEAD)?.slice();
  }

  #read(number: number, limit: number): Uint8Array | undefined {
    const item = this.#items[number - 1];
    if (item === undefined || item.size >= limit) return undefined;
    const count = this.#store.readAtOnce?.(item, this.#buffer);
    // A terminator behind an unfinished line would not be seen as one.
    if (count !== item.size || this.#buffer[count - 1] !== LF) return undefined;
    return this.#buffer.subarray(0, count);
  }
}
