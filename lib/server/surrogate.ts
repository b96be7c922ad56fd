/**
 * What a client gets that did not say UTF8 (RFC 6856 §2.1): messages without UTF-8 in their header.
 *
 * @module
 */

import { isAscii } from "node:buffer";
import { AsciiHeader, bodyStart } from "../protocol/ascii_header.ts";
import type { BodyChunks } from "./message_body.ts";

/** A message for such a client. */
export interface Shown {
  readonly chunks: BodyChunks;
  /** Whether it is not the message that is stored: then its size is another one. */
  readonly isSurrogate: boolean;
}

/** The message itself, or where its header has UTF-8 a surrogate. Reads a chunk at most. */
export function inAscii(chunks: BodyChunks): Shown | Promise<Shown> {
  if (chunks instanceof Uint8Array) return whole(chunks);
  if (Symbol.asyncIterator in chunks) return begun(chunks[Symbol.asyncIterator]());
  const parts = [...chunks];
  if (parts.every((part) => isAscii(part))) return { chunks: parts, isSurrogate: false };
  const header = new AsciiHeader();
  const written = [...parts.map((part) => header.push(part)), header.finish()];
  return header.changed
    ? { chunks: written, isSurrogate: true }
    : { chunks: parts, isSurrogate: false };
}

/** Nearly all mail is ASCII: to find that out costs a fraction of a microsecond. */
function whole(message: Uint8Array): Shown {
  const body = bodyStart(message);
  const isPlain = isAscii(message) || (body !== -1 && isAscii(message.subarray(0, body)));
  if (isPlain) return { chunks: message, isSurrogate: false };
  const header = new AsciiHeader();
  const chunks = [header.push(message), header.finish()];
  return header.changed ? { chunks, isSurrogate: true } : { chunks: message, isSurrogate: false };
}

async function begun(chunks: AsyncIterator<Uint8Array>): Promise<Shown> {
  const header = new AsciiHeader();
  const first = await chunks.next();
  const written = first.done === true ? [] : [header.push(first.value)];
  const isPlain = header.inBody && !header.changed;
  const start = isPlain && first.done !== true ? [first.value] : written;
  return { chunks: new Rest(start, chunks, header), isSurrogate: header.changed };
}

/** What was read, then the rest. */
class Rest implements AsyncIterableIterator<Uint8Array> {
  readonly #start: Uint8Array[];
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #header: AsciiHeader;

  constructor(start: Uint8Array[], chunks: AsyncIterator<Uint8Array>, header: AsciiHeader) {
    this.#start = start;
    this.#chunks = chunks;
    this.#header = header;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const ready = this.#start.shift();
    if (ready !== undefined) return { done: false, value: ready };
    const next = await this.#chunks.next();
    if (next.done !== true) return { done: false, value: this.#header.push(next.value) };
    const end = this.#header.finish();
    return end.length === 0 ? next : { done: false, value: end };
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#chunks.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
