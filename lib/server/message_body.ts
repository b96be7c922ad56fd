/**
 * A message on its way from a store to the wire.
 *
 * @module
 */

import { WRITE_CHUNK } from "../protocol/limits.ts";
import type { TopSlicer } from "../protocol/top_slicer.ts";
import { StoreError } from "../stores/errors.ts";

/**
 * Octets in canonical form: a small body is there as a whole, in one piece even where it could be
 * read at once (and is valid until something is waited for); a large one comes in parts.
 */
export type BodyChunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array> | Uint8Array;

/**
 * Fetches a body up to its first {@linkcode WRITE_CHUNK} octets, so that what goes wrong until
 * then can still be answered with `-ERR`: behind a `+OK` only cutting the connection is honest.
 *
 * A body of exactly `size` octets that end in a line feed is demanded; with a `slicer` only its
 * top is given and read. Whoever gets an async iterable must iterate it to its end or call its
 * iterator's `return`. The chunks of `source` may share one buffer, and those of the result too: each
 * is valid until the next one is asked for.
 *
 * @throws {StoreError} what the store throws; `corrupt` if it gives other octets than it said.
 */
export async function startBody(
  source: AsyncIterable<Uint8Array>,
  size: number,
  slicer?: TopSlicer,
): Promise<BodyChunks> {
  const chunks = source[Symbol.asyncIterator]();
  const body = new BodyCheck(size, slicer);
  const start: Uint8Array[] = [];
  while (body.given < WRITE_CHUNK) {
    const result = await chunks.next();
    if (result.done === true) {
      body.end();
      return start;
    }
    try {
      const part = body.take(result.value);
      start.push(body.given < WRITE_CHUNK ? part.slice() : part);
    } catch (error) {
      await chunks.return?.();
      throw error;
    }
    if (body.complete) {
      await chunks.return?.();
      return start;
    }
  }
  return new RestOfBody(start, chunks, body);
}

/** Checks the octets that a store gives against what it said, and slices them. */
class BodyCheck {
  /** How many octets were given on. */
  given = 0;
  readonly #size: number;
  readonly #slicer: TopSlicer | undefined;
  #taken = 0;
  #last = 0x0a;

  constructor(size: number, slicer: TopSlicer | undefined) {
    this.#size = size;
    this.#slicer = slicer;
  }

  /** Whether the slicer needs no more. */
  get complete(): boolean {
    return this.#slicer !== undefined && this.#slicer.done;
  }

  /** As much of a chunk as is to be sent. */
  take(chunk: Uint8Array): Uint8Array {
    this.#taken += chunk.length;
    this.#last = chunk[chunk.length - 1] ?? this.#last;
    if (this.#taken > this.#size) throw this.#corrupt(`more than ${this.#size} octets came`);
    const part = this.#slicer === undefined ? chunk : this.#slicer.push(chunk);
    this.given += part.length;
    return part;
  }

  /** The store has no more. */
  end(): void {
    if (this.#taken !== this.#size) {
      throw this.#corrupt(`${this.#taken} octets came instead of ${this.#size}`);
    }
    // A terminator behind an unfinished line would not be seen as one.
    if (this.#last !== 0x0a) throw this.#corrupt("its last line is not finished");
  }

  #corrupt(reason: string): StoreError {
    return new StoreError("corrupt", `Cannot send the message: ${reason}.`);
  }
}

/** A large body: what was fetched, then the rest. */
class RestOfBody implements AsyncIterableIterator<Uint8Array> {
  readonly #start: Iterator<Uint8Array>;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #check: BodyCheck;

  constructor(
    start: Iterable<Uint8Array>,
    chunks: AsyncIterator<Uint8Array>,
    check: BodyCheck,
  ) {
    this.#start = start[Symbol.iterator]();
    this.#chunks = chunks;
    this.#check = check;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const fetched = this.#start.next();
    if (fetched.done !== true) return fetched;
    if (this.#check.complete) return { done: true, value: undefined };
    const result = await this.#chunks.next();
    if (result.done !== true) return { done: false, value: this.#check.take(result.value) };
    this.#check.end();
    return result;
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#chunks.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
