/**
 * Buffers that connections borrow while there is traffic, so that an idle one holds none.
 *
 * @module
 */

/** More than this many spare buffers are left to the garbage collector. */
const SPARE_LIMIT = 64;

/** Equal buffers to borrow. */
export class BufferPool {
  readonly #size: number;
  readonly #spare: Uint8Array[] = [];

  /** `size` of each buffer in octets. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Lends a buffer; what it holds is undefined. */
  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(this.#size);
  }

  /** Takes a buffer back that nobody uses any more. */
  give(buffer: Uint8Array): void {
    if (this.#spare.length < SPARE_LIMIT) this.#spare.push(buffer);
  }
}
