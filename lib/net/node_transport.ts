/**
 * A {@linkcode Transport} over a socket of `node:net`, for the one thing that Deno's own sockets
 * cannot do: see `pinned_tls.ts`.
 *
 * @module
 */

import type { Socket } from "node:net";
import { toConnectionError } from "./deno_errors.ts";
import { ConnectionError } from "./errors.ts";
import type { ClientTlsOptions, NetAddress, Transport } from "./transport.ts";

/** The socket is paused while so many octets wait to be read. */
const UNREAD_LIMIT = 256 * 1024;

/** Upgrades a socket; nothing was read from it that the peer sent in plain text. */
export type Upgrade = (socket: Socket, options: ClientTlsOptions) => Promise<Socket>;

/** Wraps a connected socket, which then belongs to the transport. */
export class NodeTransport implements Transport {
  readonly local: NetAddress;
  readonly remote: NetAddress;
  readonly #upgrade: Upgrade;
  #socket: Socket;
  #secure = false;
  #chunks: Uint8Array[] = [];
  #unread = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(socket: Socket, upgrade: Upgrade) {
    this.local = { hostname: socket.localAddress ?? "", port: socket.localPort ?? 0 };
    this.remote = { hostname: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
    this.#upgrade = upgrade;
    this.#socket = socket;
    socket.setNoDelay(true);
    this.#listen(socket);
  }

  get secure(): boolean {
    return this.#secure;
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#chunks.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return 0;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const [first] = this.#chunks;
    if (first === undefined) return 0;
    const part = first.subarray(0, into.length);
    into.set(part);
    if (part.length === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(part.length);
    this.#unread -= part.length;
    if (this.#unread === 0) this.#socket.resume();
    return part.length;
  }

  async write(octets: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(octets, (error) => error ? reject(this.#lost(error)) : resolve());
    });
  }

  async startTls(options: ClientTlsOptions): Promise<void> {
    const plain = this.#socket;
    plain.pause();
    if (this.#unread + plain.readableLength > 0) {
      throw new ConnectionError("tls", "Cannot start TLS: plain text came where TLS should begin.");
    }
    plain.removeAllListeners("data");
    try {
      const secured = await this.#upgrade(plain, options);
      this.#socket = secured;
      this.#secure = true;
      this.#listen(secured);
    } catch (error) {
      throw toConnectionError(error, `start TLS with ${options.hostname}`);
    }
  }

  close(): void {
    this.#failure ??= new ConnectionError("lost", "The connection was closed on our side.");
    this.#chunks = [];
    this.#socket.destroy();
    this.#wake();
  }

  #listen(socket: Socket): void {
    socket.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#unread += chunk.length;
      if (this.#unread >= UNREAD_LIMIT) socket.pause();
      this.#wake();
    });
    socket.on("error", (error: Error) => {
      this.#failure ??= this.#lost(error);
      this.#wake();
    });
    const ended = (): void => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("end", ended);
    socket.on("close", ended);
  }

  #lost(error: Error): Error {
    return this.#failure ??
      toConnectionError(error, `go on with ${this.remote.hostname}:${this.remote.port}`);
  }
}
