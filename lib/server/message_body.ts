/**
 * A message on its way from a store to the wire.
 *
 * @module
 */

import { WRITE_CHUNK } from "../protocol/limits.ts";
import type { TopSlicer } from "../protocol/top_slicer.ts";
import { StoreError } from "../stores/errors.ts";

/** Octets in canonical form: a small body is there as a whole, a large one comes in parts. */
export type BodyChunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Fetches a body up to its first {@linkcode WRITE_CHUNK} octets, so that what goes wrong until
 * then can still be answered with `-ERR`: behind a `+OK` only cutting the connection is honest.
 *
 * A body of exactly `size` octets that end in CRLF is demanded, unless a `slicer` takes the top
 * of it. Whoever gets an async iterable must iterate it or call its iterator's `return`.
 *
 * @throws {StoreError} what the store throws; `corrupt` if it gives other octets than it said.
 */
export async function startBody(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  slicer?: TopSlicer,
): Promise<BodyChunks> {
  const source = new BodySource(chunks[Symbol.asyncIterator](), size, slicer);
  const start: Uint8Array[] = [];
  let octets = 0;
  while (octets < WRITE_CHUNK) {
    const chunk = await source.next();
    if (chunk === undefined) return start;
    start.push(chunk);
    octets += chunk.length;
  }
  return new RestOfBody(start, source);
}

/** Checks what the store gives, and slices it. */
class BodySource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #size: number;
  readonly #slicer: TopSlicer | undefined;
  #octets = 0;
  #last: Uint8Array | undefined;

  constructor(
    chunks: AsyncIterator<Uint8Array>,
    size: number,
    slicer: TopSlicer | undefined,
  ) {
    this.#chunks = chunks;
    this.#size = size;
    this.#slicer = slicer;
  }

  /** The next chunk to be sent, `undefined` at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#slicer?.done === true) {
      await this.stop();
      return undefined;
    }
    const result = await this.#chunks.next();
    if (result.done === true) {
      this.#checkEnd();
      return undefined;
    }
    const chunk = result.value;
    this.#octets += chunk.length;
    if (this.#octets > this.#size) {
      await this.stop();
      throw this.#corrupt(`more than ${this.#size} octets came`);
    }
    if (chunk.length > 0) this.#last = chunk;
    return this.#slicer === undefined ? chunk : this.#slicer.push(chunk);
  }

  /** Lets the store close what it opened. */
  async stop(): Promise<void> {
    await this.#chunks.return?.();
  }

  #checkEnd(): void {
    if (this.#octets !== this.#size) {
      throw this.#corrupt(`${this.#octets} octets came instead of ${this.#size}`);
    }
    // A terminator behind an unfinished line would not be seen as one.
    if (this.#last !== undefined && this.#last[this.#last.length - 1] !== 0x0a) {
      throw this.#corrupt("its last line is not finished");
    }
  }

  #corrupt(reason: string): StoreError {
    return new StoreError("corrupt", `Cannot send the message: ${reason}.`);
  }
}

/** A large body: what was fetched, then the rest. */
class RestOfBody implements AsyncIterableIterator<Uint8Array> {
  readonly #start: Uint8Array[];
  readonly #source: BodySource;

  constructor(start: Uint8Array[], source: BodySource) {
    this.#start = start;
    this.#source = source;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const value = this.#start.shift() ?? await this.#source.next();
    return value === undefined ? { done: true, value } : { done: false, value };
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#source.stop();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
