/**
 * The memory of a table of messages.
 *
 * @module
 */

/** Shared by all tables with nothing in them: eleven of their own are most of such a store. */
export const NO_NUMBERS: Float64Array = new Float64Array(0);
/** The same. */
export const NO_PLACES: Uint32Array = new Uint32Array(0);
/** The same. */
export const NO_LENGTHS: Uint16Array = new Uint16Array(0);

/** Octets of a row in all columns: five numbers, three places, a length, two octets. */
const ROW = 5 * 8 + 3 * 4 + 2 + 2;

/**
 * Room for all columns in one piece: thousands of users with a few messages each have a table
 * each. The wide columns must be taken before the narrow ones.
 */
export class Columns {
  readonly #rows: number;
  readonly #memory: ArrayBuffer;
  #at = 0;

  /** Room for so many rows. */
  constructor(rows: number) {
    this.#rows = rows;
    this.#memory = new ArrayBuffer(rows * ROW);
  }

  /** The next column, filled with what the smaller one before it held. */
  numbers(before: Float64Array): Float64Array {
    return this.#filled(new Float64Array(this.#memory, this.#at, this.#rows), before);
  }

  /** The same. */
  places(before: Uint32Array): Uint32Array {
    return this.#filled(new Uint32Array(this.#memory, this.#at, this.#rows), before);
  }

  /** The same. */
  lengths(before: Uint16Array): Uint16Array {
    return this.#filled(new Uint16Array(this.#memory, this.#at, this.#rows), before);
  }

  /** The same. */
  octets(before: Uint8Array): Uint8Array {
    return this.#filled(new Uint8Array(this.#memory, this.#at, this.#rows), before);
  }

  #filled<T extends ArrayBufferView & { set(from: T): void }>(column: T, before: T): T {
    column.set(before);
    this.#at += column.byteLength;
    return column;
  }
}
