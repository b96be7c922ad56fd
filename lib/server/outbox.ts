/**
 * Replies on their way to the client: they gather and go out in as few writes as possible.
 *
 * @module
 */

import type { Deadline } from "../net/deadline.ts";
import type { Transport } from "../net/transport.ts";
import { DotEncoder, TERMINATOR } from "../protocol/dot_encoder.ts";
import { REPLY_LINE_LIMIT, SMALL_MESSAGE, WRITE_CHUNK } from "../protocol/limits.ts";
import { encodeLines, encodeStatusLine, type Reply, writeStatusLine } from "../protocol/reply.ts";
import type { BufferPool } from "./buffer_pool.ts";

type MessageReply = Reply & { readonly kind: "message" };

/**
 * Gathers replies in one borrowed buffer. Each method that returns a promise has had to write and
 * must be awaited before the next one; `undefined` means that everything is done already.
 */
export class Outbox {
  #transport: Transport;
  readonly #pool: BufferPool;
  readonly #deadline: Deadline;
  #buffer: Uint8Array | undefined;
  #used = 0;
  #octets = 0;

  /**
   * The buffers of `pool` must be of {@linkcode WRITE_CHUNK} octets; the deadline is reset
   * whenever part of a write has gone out.
   */
  constructor(transport: Transport, pool: BufferPool, deadline: Deadline) {
    this.#transport = transport;
    this.#pool = pool;
    this.#deadline = deadline;
  }

  /** Writes to another transport from now on; everything must be flushed. */
  moveTo(transport: Transport): void {
    this.#transport = transport;
  }

  /** Octets that have been written. */
  get octets(): number {
    return this.#octets;
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
        return this.#addStatus(reply);
      case "lines":
        return this.#addAll(reply, encodeLines(reply.lines));
      case "message":
        return this.#sendMessage(reply, reply.chunks);
    }
  }

  #sendMessage(reply: MessageReply, chunks: MessageReply["chunks"]): Promise<void> | undefined {
    if (chunks instanceof Uint8Array) return this.#addWhole(reply, chunks);
    return Symbol.asyncIterator in chunks
      ? this.#sendLarge(reply, chunks[Symbol.asyncIterator]())
      : this.#addAll(reply, bodyOf(reply, chunks));
  }

  /** Copies the message before anything is waited for. */
  #addWhole(reply: MessageReply, message: Uint8Array): Promise<void> | undefined {
    const encoder = reply.stuffing ? new DotEncoder() : undefined;
    const body = encoder?.push(message) ?? message;
    // Only one that stuffing has made larger, in a buffer of its own.
    if (body.length > SMALL_MESSAGE) return this.#addAll(reply, [body, TERMINATOR].values());
    const written = this.#makeRoom(REPLY_LINE_LIMIT + body.length + TERMINATOR.length);
    this.#addStatus(reply);
    this.#add(body);
    this.#add(TERMINATOR);
    return written;
  }

  /** Where there is no room for so many octets, there is another buffer at once. */
  #makeRoom(octets: number): Promise<void> | undefined {
    const buffer = this.#buffer;
    return buffer === undefined || octets <= buffer.length - this.#used ? undefined : this.#flush();
  }

  /** Writes what has gathered and gives the buffer back. */
  flush(): Promise<void> | undefined {
    return this.#used === 0 ? undefined : this.#flush();
  }

  #addStatus(reply: Reply): Promise<void> | undefined {
    const buffer = this.#buffer ??= this.#pool.take();
    if (reply.kind === "challenge" || buffer.length - this.#used < REPLY_LINE_LIMIT) {
      return this.#add(encodeStatusLine(reply));
    }
    this.#used = writeStatusLine(reply, buffer, this.#used);
    return undefined;
  }

  /** Adds parts for as long as they fit without waiting, the others after the writes. */
  #addAll(reply: Reply, parts: Iterator<Uint8Array>): Promise<void> | undefined {
    const written = this.#addStatus(reply);
    if (written !== undefined) return this.#addRest(written, parts);
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
      await this.#addStatus(reply);
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
      await this.#transport.write(octets.subarray(start, start + WRITE_CHUNK), this.#deadline);
      this.#written(WRITE_CHUNK);
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
    await this.#transport.write(buffer.subarray(0, used), this.#deadline);
    this.#pool.give(buffer);
    this.#written(used);
  }

  #written(octets: number): void {
    this.#octets += octets;
    this.#deadline.reset();
  }
}

function* bodyOf(reply: MessageReply, chunks: Iterable<Uint8Array>): Iterator<Uint8Array> {
  if (reply.stuffing) {
    const encoder = new DotEncoder();
    for (const chunk of chunks) yield encoder.push(chunk);
    yield encoder.finish();
  } else {
    yield* chunks;
    yield TERMINATOR;
  }
}
