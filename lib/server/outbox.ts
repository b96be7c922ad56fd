/**
 * Replies on their way to the client: they gather and go out in as few writes as possible.
 *
 * @module
 */

import { DotEncoder, TERMINATOR } from "../protocol/dot_encoder.ts";
import { WRITE_CHUNK } from "../protocol/limits.ts";
import { encodeLines, encodeStatusLine, type Reply } from "../protocol/reply.ts";
import type { BufferPool } from "./buffer_pool.ts";

type LinesReply = Reply & { readonly kind: "lines" };
type MessageReply = Reply & { readonly kind: "message" };

/** Writes all octets; resolves when the buffer may be used again. */
export type Write = (octets: Uint8Array) => Promise<void>;

/**
 * Gathers replies in one borrowed buffer. Each method that returns a promise has had to write and
 * must be awaited before the next one; `undefined` means that everything is done already.
 */
export class Outbox {
  readonly #write: Write;
  readonly #pool: BufferPool;
  #buffer: Uint8Array | undefined;
  #used = 0;

  /** The buffers of `pool` must be of {@linkcode WRITE_CHUNK} octets. */
  constructor(write: Write, pool: BufferPool) {
    this.#write = write;
    this.#pool = pool;
  }

  /**
   * Takes a reply in. It rejects with what the write or the body throws; then the reply may have
   * been sent in part, and only closing the connection is honest.
   */
  send(reply: Reply): Promise<void> | undefined {
    switch (reply.kind) {
      case "ok":
      case "err":
      case "challenge":
        return this.#add(encodeStatusLine(reply));
      case "lines":
        return this.#addAll(partsOfLines(reply));
      case "message":
        return Symbol.asyncIterator in reply.chunks
          ? this.#sendLarge(reply, reply.chunks[Symbol.asyncIterator]())
          : this.#addAll(partsOfMessage(reply, reply.chunks));
    }
  }

  /** Writes what has gathered and gives the buffer back. */
  flush(): Promise<void> | undefined {
    return this.#used === 0 ? undefined : this.#flush();
  }

  /** Adds parts for as long as they fit without waiting, the others after the writes. */
  #addAll(parts: Iterator<Uint8Array>): Promise<void> | undefined {
    for (let part = parts.next(); part.done !== true; part = parts.next()) {
      const written = this.#add(part.value);
      if (written !== undefined) return this.#addRest(written, parts);
    }
    return undefined;
  }

  async #addRest(written: Promise<void>, parts: Iterator<Uint8Array>): Promise<void> {
    await written;
    for (let part = parts.next(); part.done !== true; part = parts.next()) {
      await this.#add(part.value);
    }
  }

  async #sendLarge(reply: MessageReply, chunks: AsyncIterator<Uint8Array>): Promise<void> {
    const encoder = reply.stuffing ? new DotEncoder() : undefined;
    try {
      await this.#add(encodeStatusLine(reply));
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
        await this.#add(encoder === undefined ? next.value : encoder.push(next.value));
      }
      await this.#add(encoder?.finish() ?? TERMINATOR);
    } finally {
      await chunks.return?.();
    }
  }

  #add(octets: Uint8Array): Promise<void> | undefined {
    const buffer = this.#buffer ??= this.#pool.take();
    if (octets.length > buffer.length - this.#used) return this.#addBeyond(octets);
    buffer.set(octets, this.#used);
    this.#used += octets.length;
    return undefined;
  }

  /** What does not fit: first what has gathered, then large octets without copying them. */
  async #addBeyond(octets: Uint8Array): Promise<void> {
    await this.flush();
    let start = 0;
    // Not in one piece: each write that gets through is a sign of life from a slow reader.
    for (; octets.length - start >= WRITE_CHUNK; start += WRITE_CHUNK) {
      await this.#write(octets.subarray(start, start + WRITE_CHUNK));
    }
    if (start < octets.length) this.#add(octets.subarray(start));
  }

  async #flush(): Promise<void> {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    const used = this.#used;
    this.#used = 0;
    this.#buffer = undefined;
    // After a failed write the system may still hold on to the buffer: it is not given back then.
    await this.#write(buffer.subarray(0, used));
    this.#pool.give(buffer);
  }
}

function* partsOfLines(reply: LinesReply): Iterator<Uint8Array> {
  yield encodeStatusLine(reply);
  yield* encodeLines(reply.lines);
}

function* partsOfMessage(
  reply: MessageReply,
  chunks: Iterable<Uint8Array>,
): Iterator<Uint8Array> {
  yield encodeStatusLine(reply);
  if (reply.stuffing) {
    const encoder = new DotEncoder();
    for (const chunk of chunks) yield encoder.push(chunk);
    yield encoder.finish();
  } else {
    yield* chunks;
    yield TERMINATOR;
  }
}
