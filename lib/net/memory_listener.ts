/**
 * A listener without sockets: for tests, and for a client and a server in one process.
 *
 * @module
 */

import { ConnectionError } from "./errors.ts";
import type { Listener } from "./listener.ts";
import { memoryPair, type MemoryTransport } from "./memory_transport.ts";
import type { NetAddress, Transport } from "./transport.ts";

/** A {@linkcode Listener} that one connects to by calling it. */
export class MemoryListener implements Listener {
  /** Only for people: there is no port. */
  readonly address: NetAddress = { hostname: "memory", port: 0 };
  readonly #waiting: Transport[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  /**
   * Connects; gives the client's end.
   *
   * @throws {ConnectionError} `refused` once the listener is closed.
   */
  connect(): MemoryTransport {
    if (this.#closed) {
      throw new ConnectionError("refused", "Cannot connect: the listener is closed.");
    }
    const [client, server] = memoryPair();
    this.#waiting.push(server);
    this.#wake?.();
    return client;
  }

  /** The connections that come in, until {@linkcode close}. */
  async *[Symbol.asyncIterator](): AsyncIterator<Transport> {
    while (!this.#closed) {
      const transport = this.#waiting.shift();
      if (transport === undefined) await new Promise<void>((resolve) => this.#wake = resolve);
      else yield transport;
    }
  }

  /** Refuses new connections, and closes those that nobody has taken yet. */
  close(): void {
    this.#closed = true;
    for (const transport of this.#waiting.splice(0)) transport.close();
    this.#wake?.();
  }
}
