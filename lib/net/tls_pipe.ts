/**
 * A connection that reaches its TLS end by way of a pipe: see `server_tls.ts`.
 *
 * @module
 */

import { READ_CHUNK } from "../protocol/limits.ts";
import { denoTransport } from "./deno_transport.ts";
import { readServerHello } from "./tls_hello.ts";
import type { ClientTlsOptions, NetAddress, Progress, TlsFacts, Transport } from "./transport.ts";

/** Read while little comes: idle connections stay small. */
const SMALL_READ = 2048;

/** Once the session is over, its last words may take so long from one part to the next. */
const STALL_MS = 10_000;

/**
 * `plain` ⇄ `inner` ⇄ `conn`: encrypted octets go through the first two, and `conn` is where they
 * are read in the clear.
 */
export class TlsPipe implements Transport {
  readonly local: NetAddress;
  readonly remote: NetAddress;
  readonly secure = true;
  /** Resolves when all of it is closed. */
  readonly ended: Promise<void>;
  readonly #plain: Transport;
  readonly #inner: Transport;
  readonly #tls: Transport;
  #facts: TlsFacts | undefined;
  #answered = false;
  #busy = 0;
  #closed = false;
  #stalled: ReturnType<typeof setTimeout> | undefined;

  /** All three belong to the pipe from now on. */
  constructor(plain: Transport, inner: Deno.TcpConn, conn: Deno.TlsConn) {
    this.local = plain.local;
    this.remote = plain.remote;
    this.#plain = plain;
    this.#inner = denoTransport(inner);
    this.#tls = denoTransport(conn);
    this.ended = Promise.all([this.#bringIn(), this.#bringOut()]).then(() => this.cut());
  }

  /** As {@linkcode Transport} has it. */
  get tlsFacts(): TlsFacts | undefined {
    return this.#facts;
  }

  /** As {@linkcode Transport} has it. */
  async read(into: Uint8Array): Promise<number> {
    this.#busy++;
    try {
      return await this.#tls.read(into);
    } finally {
      this.#busy--;
    }
  }

  /** As {@linkcode Transport} has it; progress is told of what went into the pipe. */
  async write(octets: Uint8Array, progress?: Progress): Promise<void> {
    this.#busy++;
    try {
      await this.#tls.write(octets, progress);
    } finally {
      this.#busy--;
    }
  }

  /** There is no TLS within TLS. */
  startTls(options: ClientTlsOptions): Promise<void> {
    return this.#tls.startTls(options);
  }

  /** As {@linkcode Transport} has it. */
  async closeWrite(): Promise<void> {
    await this.#tls.closeWrite?.();
  }

  /** What was written before still reaches the peer, as with any socket. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Older Denos never end a handshake or a write that is closed at this end; the other end does.
    if (this.#busy > 0) return this.cut();
    this.#tls.close();
    this.#watch();
  }

  /** Closes at once; what is under way is lost. */
  cut(): void {
    this.#closed = true;
    clearTimeout(this.#stalled);
    this.#plain.close();
    this.#inner.close();
    this.#tls.close();
  }

  async #bringIn(): Promise<void> {
    try {
      await pump(this.#plain, this.#inner);
      await this.#inner.closeWrite?.();
    } catch {
      // A connection that broke: its TLS end sees that the stream ends too early.
      this.#inner.close();
    }
  }

  async #bringOut(): Promise<void> {
    try {
      await pump(this.#inner, this.#plain, (octets) => {
        if (!this.#answered) this.#look(octets);
        if (this.#stalled !== undefined) this.#watch();
      });
      if (!this.#closed) await this.#plain.closeWrite?.();
    } catch {
      // The same in the other direction.
      this.#inner.close();
    }
    if (this.#closed) this.#plain.close();
  }

  /** The server's first words are in the clear. */
  #look(octets: Uint8Array): void {
    this.#answered = true;
    this.#facts = readServerHello(octets);
  }

  #watch(): void {
    clearTimeout(this.#stalled);
    this.#stalled = setTimeout(() => this.cut(), STALL_MS);
  }
}

/** Brings octets from one transport to the other until the first ends. */
async function pump(
  from: Transport,
  to: Transport,
  moved?: (octets: Uint8Array) => void,
): Promise<void> {
  const small = new Uint8Array(SMALL_READ);
  let buffer = small;
  for (;;) {
    const count = await from.read(buffer);
    if (count === 0) return;
    await to.write(buffer.subarray(0, count));
    moved?.(buffer.subarray(0, count));
    if (count < buffer.length) buffer = small;
    else if (buffer === small) buffer = new Uint8Array(READ_CHUNK);
  }
}
