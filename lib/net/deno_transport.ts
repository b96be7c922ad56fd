/**
 * A {@linkcode Transport} over a socket of Deno.
 *
 * @module
 */

import { toConnectionError } from "./deno_errors.ts";
import { ConnectionError } from "./errors.ts";
import type { ClientTlsOptions, NetAddress, Progress, Transport } from "./transport.ts";

/**
 * Wraps a connected socket, which then belongs to the transport. Small writes leave at once
 * (`TCP_NODELAY`): both ends gather what belongs together themselves.
 */
export function denoTransport(conn: Deno.TcpConn | Deno.TlsConn): Transport {
  return new DenoTransport(conn);
}

class DenoTransport implements Transport {
  readonly local: NetAddress;
  readonly remote: NetAddress;
  #conn: Deno.TcpConn | Deno.TlsConn;
  #secure: boolean;
  #closed = false;
  /** Ends the write that is under way. */
  #endWrite: ((reason: Error) => void) | undefined;
  #writing: Promise<number> | undefined;
  #released: Promise<void> | undefined;

  constructor(conn: Deno.TcpConn | Deno.TlsConn) {
    this.#conn = conn;
    this.#secure = isTls(conn);
    this.local = { hostname: conn.localAddr.hostname, port: conn.localAddr.port };
    this.remote = { hostname: conn.remoteAddr.hostname, port: conn.remoteAddr.port };
    try {
      // Deno has no such setter for TLS; sockets that were upgraded keep what was set before.
      if (!isTls(conn)) conn.setNoDelay(true);
    } catch {
      // The peer may be gone already; the first read or write will say so.
    }
  }

  get secure(): boolean {
    return this.#secure;
  }

  /** Not `async`: a server's every idle connection would hold one more suspended function. */
  read(into: Uint8Array): Promise<number> {
    return this.#conn.read(into).then(octetsRead, (error) => Promise.reject(this.#lost(error)));
  }

  async write(octets: Uint8Array, progress?: Progress): Promise<void> {
    try {
      let written = await this.#write(octets);
      while (written < octets.length) {
        progress?.reset();
        written += await this.#write(octets.subarray(written));
      }
    } catch (error) {
      throw this.#lost(error);
    } finally {
      this.#endWrite = undefined;
    }
  }

  /** Older Denos let a write to a peer that never reads go on for ever, closed or not. */
  #write(octets: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#endWrite = reject;
      this.#writing = this.#conn.write(octets);
      this.#writing.then(resolve, reject);
    });
  }

  async startTls(options: ClientTlsOptions): Promise<void> {
    const conn = this.#conn;
    if (isTls(conn)) {
      throw new ConnectionError("tls", "Cannot start TLS: this connection is encrypted already.");
    }
    try {
      const secured = await Deno.startTls(conn, {
        hostname: options.hostname,
        ...(options.caCerts === undefined ? {} : { caCerts: [...options.caCerts] }),
      });
      this.#conn = secured;
      // The handshake runs with the first read otherwise, and its errors would look like lost data.
      await secured.handshake();
      this.#secure = true;
    } catch (error) {
      throw toConnectionError(error, `start TLS with ${options.hostname}`);
    }
  }

  async closeWrite(): Promise<void> {
    try {
      await this.#conn.closeWrite();
    } catch {
      // The peer is gone: there is nothing left to end.
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#conn.close();
    } catch {
      // Deno closes the socket itself when a TLS upgrade fails.
    }
    if (this.#endWrite === undefined) return;
    this.#released = this.#writing?.then(() => {}, () => {});
    this.#endWrite(new Error("closed while writing"));
  }

  /** As {@linkcode Transport} has it: older Denos keep the socket until the write ends. */
  get released(): Promise<void> | undefined {
    return this.#released;
  }

  #lost(error: unknown): Error {
    if (this.#closed) {
      return new ConnectionError("lost", "The connection was closed on our side.", {
        cause: error,
      });
    }
    return toConnectionError(error, `go on with ${this.remote.hostname}:${this.remote.port}`);
  }
}

function octetsRead(count: number | null): number {
  return count ?? 0;
}

function isTls(conn: Deno.TcpConn | Deno.TlsConn): conn is Deno.TlsConn {
  return "handshake" in conn;
}
