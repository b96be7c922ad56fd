/**
 * What a client gets that did not say UTF8 (RFC 6856 §2.1): messages without UTF-8 in
 * their headers.
 *
 * @module
 */

import { isAscii } from "node:buffer";
import { AsciiMessage } from "../protocol/ascii_message.ts";
import type { BodyChunks } from "./message_body.ts";

/** A message for such a client. */
export interface Shown {
  readonly chunks: BodyChunks;
  /** Whether it is not the message that is stored: then its size is another one. */
  readonly isSurrogate: boolean;
}

/**
 * The message itself, or where a header has UTF-8 a surrogate. Of a large one at most a chunk is
 * read: what a part's header has further on is written in ASCII as well, but not told.
 */
export function inAscii(chunks: BodyChunks): Shown | Promise<Shown> {
  if (chunks instanceof Uint8Array) return whole(chunks);
  if (Symbol.asyncIterator in chunks) return begun(chunks[Symbol.asyncIterator]());
  const parts = [...chunks];
  if (parts.every((part) => isAscii(part))) return { chunks: parts, isSurrogate: false };
  const message = new AsciiMessage();
  const written = [...parts.map((part) => message.push(part)), message.finish()];
  return message.changed
    ? { chunks: written, isSurrogate: true }
    : { chunks: parts, isSurrogate: false };
}

/** Nearly all mail is ASCII: to find that out costs a fraction of a microsecond. */
function whole(message: Uint8Array): Shown {
  if (isAscii(message)) return { chunks: message, isSurrogate: false };
  const writer = new AsciiMessage();
  const chunks = [writer.push(message), writer.finish()];
  return writer.changed ? { chunks, isSurrogate: true } : { chunks: message, isSurrogate: false };
}

async function begun(chunks: AsyncIterator<Uint8Array>): Promise<Shown> {
  const message = new AsciiMessage();
  const first = await chunks.next();
  const start = first.done === true ? [] : [message.push(first.value)];
  return { chunks: new Rest(start, chunks, message), isSurrogate: message.changed };
}

/** What was read, then the rest. */
class Rest implements AsyncIterableIterator<Uint8Array> {
  readonly #start: Uint8Array[];
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #message: AsciiMessage;

  constructor(start: Uint8Array[], chunks: AsyncIterator<Uint8Array>, message: AsciiMessage) {
    this.#start = start;
    this.#chunks = chunks;
    this.#message = message;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const ready = this.#start.shift();
    if (ready !== undefined) return { done: false, value: ready };
    const next = await this.#chunks.next();
    if (next.done !== true) return { done: false, value: this.#message.push(next.value) };
    const end = this.#message.finish();
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
