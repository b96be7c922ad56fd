/**
 * Where connections come from.
 *
 * @module
 */

import { toConnectionError } from "./deno_errors.ts";
import { denoTransport } from "./deno_transport.ts";
import type { NetAddress, Transport } from "./transport.ts";

/** Pause after a failed accept: without one, "too many open files" would spin. */
const ACCEPT_PAUSE_MS = 50;

/** A listening socket; iterating it gives the connections that come in, until it is closed. */
export interface Listener extends AsyncIterable<Transport> {
  /** Where it listens, with the port that was picked. */
  readonly address: NetAddress;
  /** Stops listening; connections that were given out stay open. Harmless when called twice. */
  close(): void;
}

/** What {@linkcode listen} needs to know. */
export interface ListenOptions {
  /** A name or address of this machine; `0.0.0.0` for all. */
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  /**
   * Whether others may listen there as well, if they say the same (SO_REUSEPORT); the system gives
   * each its share of the connections. See {@linkcode canSharePort}. @default {false}
   */
  readonly shared?: boolean;
}

/** Whether a port can be shared: on Linux, if Deno runs with `--unstable-net`. */
export function canSharePort(): boolean {
  // Asking for it without the flag would end the program. The flag brings this name as well.
  return Deno.build.os === "linux" && "listenDatagram" in Deno;
}

/**
 * Listens for TCP connections.
 *
 * @throws {ConnectionError} `in-use`, `denied`, `unknown-host` or `unreachable`.
 */
export function listen(options: ListenOptions): Listener {
  try {
    const { hostname, port, shared = false } = options;
    const reuse = shared ? { reusePort: true } : {};
    return new DenoListener(Deno.listen({ hostname, port, transport: "tcp", ...reuse }));
  } catch (error) {
    throw toConnectionError(error, `listen on ${options.hostname}:${options.port}`);
  }
}

class DenoListener implements Listener {
  readonly address: NetAddress;
  readonly #listener: Deno.TcpListener;
  #closed = false;
  #endPause: (() => void) | undefined;

  constructor(listener: Deno.TcpListener) {
    this.#listener = listener;
    this.address = { hostname: listener.addr.hostname, port: listener.addr.port };
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Transport> {
    while (!this.#closed) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#listener.accept();
      } catch {
        // One connection that broke, or a passing lack of descriptors, must not end the server.
        if (!this.#closed) await this.#pause();
        continue;
      }
      yield denoTransport(conn);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    this.#endPause?.();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ACCEPT_PAUSE_MS);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
