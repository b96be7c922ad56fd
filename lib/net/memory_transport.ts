/**
 * Two transports that are each other's peer, without a socket: for tests, and for a client and a
 * server in one process.
 *
 * @module
 */

import { ConnectionError } from "./errors.ts";
import type { ClientTlsOptions, NetAddress, Progress, Transport } from "./transport.ts";

/** A write waits while so many octets are unread at the other end, as with a real socket. */
const UNREAD_LIMIT = 256 * 1024;

/** One end of a {@linkcode memoryPair}. */
export interface MemoryTransport extends Transport {
  /** How many writes the other end has made. */
  readonly peerWrites: number;
  /** Ends our direction of the stream only: the peer reads 0, and may still write. */
  closeWrite(): void;
}

/**
 * Makes a connected pair. What one end writes is copied and read by the other in order. An end
 * that closes lets the peer read what is under way, then 0; the peer's writes fail with `lost`.
 * `startTls` encrypts nothing: it marks its own end as secure.
 */
export function memoryPair(): [MemoryTransport, MemoryTransport] {
  const there = new Pipe();
  const back = new Pipe();
  return [new MemoryEnd(back, there, 1), new MemoryEnd(there, back, 2)];
}

class MemoryEnd implements MemoryTransport {
  readonly local: NetAddress;
  readonly remote: NetAddress;
  readonly #input: Pipe;
  readonly #output: Pipe;
  #secure = false;
  #closed = false;

  constructor(input: Pipe, output: Pipe, port: number) {
    this.#input = input;
    this.#output = output;
    this.local = { hostname: "memory", port };
    this.remote = { hostname: "memory", port: 3 - port };
  }

  get secure(): boolean {
    return this.#secure;
  }

  get peerWrites(): number {
    return this.#input.writes;
  }

  async read(into: Uint8Array): Promise<number> {
    this.#mustBeOpen();
    const count = await this.#input.read(into);
    this.#mustBeOpen();
    return count;
  }

  async write(octets: Uint8Array, progress?: Progress): Promise<void> {
    this.#mustBeOpen();
    await this.#output.write(octets, progress);
    this.#mustBeOpen();
  }

  startTls(_options: ClientTlsOptions): Promise<void> {
    this.#secure = true;
    return Promise.resolve();
  }

  closeWrite(): void {
    this.#output.end();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#output.end();
    this.#input.abandon();
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new ConnectionError("lost", "The connection was closed on our side.");
  }
}

/** One direction: chunks that wait for a reader. */
class Pipe {
  writes = 0;
  #chunks: Uint8Array[] = [];
  #unread = 0;
  #ended = false;
  #abandoned = false;
  #wake: (() => void)[] = [];

  async read(into: Uint8Array): Promise<number> {
    while (this.#chunks.length === 0 && !this.#ended && !this.#abandoned) await this.#change();
    const first = this.#chunks[0];
    if (first === undefined || this.#abandoned) return 0;
    const part = first.subarray(0, into.length);
    into.set(part);
    if (part.length === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(part.length);
    this.#unread -= part.length;
    this.#changed();
    return part.length;
  }

  async write(octets: Uint8Array, progress?: Progress): Promise<void> {
    this.writes++;
    let rest = octets;
    do {
      while (this.#unread >= UNREAD_LIMIT && this.#isOpen()) await this.#change();
      if (!this.#isOpen()) throw new ConnectionError("lost", "The peer closed the connection.");
      const part = rest.slice(0, UNREAD_LIMIT - this.#unread);
      if (part.length > 0) this.#chunks.push(part);
      this.#unread += part.length;
      rest = rest.subarray(part.length);
      progress?.reset();
      this.#changed();
    } while (rest.length > 0);
  }

  /** No more will be written; what is there can still be read. */
  end(): void {
    this.#ended = true;
    this.#changed();
  }

  /** Nobody will read any more. */
  abandon(): void {
    this.#abandoned = true;
    this.#chunks = [];
    this.#changed();
  }

  #isOpen(): boolean {
    return !this.#ended && !this.#abandoned;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #changed(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
