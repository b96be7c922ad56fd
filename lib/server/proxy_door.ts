/**
 * Where balancers tell whose connections they bring: HAProxy's PROXY protocol.
 *
 * @module
 */

import type { AddressSet } from "../net/address_set.ts";
import type { DeadlineTimer } from "../net/deadline.ts";
import { readProxyHeader } from "../net/proxied_transport.ts";
import { ProxyHeaderError } from "../net/proxy_protocol.ts";
import type { Transport } from "../net/transport.ts";
import { PROXY_HEADER_SECONDS } from "../protocol/limits.ts";
import { recordEnding, type Records, type SessionSummary } from "./summary.ts";

/** What the door needs from its server. */
export interface ProxyDoorServices extends Records {
  readonly timer: DeadlineTimer;
  readonly idleTimeoutMs: number;
}

/**
 * Reads the headers of those who are trusted to send them, and only of those: who is decided by the
 * address alone, never by what came, as the protocol demands. A connection without a valid header
 * is closed without a word.
 */
export class ProxyDoor {
  readonly #trusted: AddressSet;
  readonly #services: ProxyDoorServices;
  readonly #waiting = new Map<Transport, Promise<void>>();
  #isClosed = false;

  constructor(trusted: AddressSet, services: ProxyDoorServices) {
    this.#trusted = trusted;
    this.#services = services;
  }

  /** How many connections have not said yet whose they are. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether a connection comes from one who must send a header. */
  isFor(transport: Transport): boolean {
    return this.#trusted.has(transport.remote.hostname);
  }

  /** Has `begin` go on with the connection as it looks behind its header. */
  meet(transport: Transport, begin: (client: Transport) => void): void {
    const met = this.#read(transport).then((client) => {
      this.#waiting.delete(transport);
      if (client !== undefined) begin(client);
    });
    this.#waiting.set(transport, met);
  }

  /** Closes those that wait. */
  close(): void {
    this.#isClosed = true;
    for (const transport of this.#waiting.keys()) transport.close();
  }

  /** Resolves when nobody waits any more. */
  async closed(): Promise<void> {
    await Promise.all(this.#waiting.values());
  }

  /** The connection as it looks behind its header; `undefined` if it is closed now. */
  async #read(transport: Transport): Promise<Transport | undefined> {
    const { timer, idleTimeoutMs, metrics } = this.#services;
    const start = performance.now();
    let end: Pick<SessionSummary, "ended" | "reason"> = { ended: "closed by client" };
    const deadline = timer.watch(Math.min(idleTimeoutMs, PROXY_HEADER_SECONDS * 1000), {
      expire: () => {
        end = { ended: "no PROXY header", reason: "It did not come in time." };
        transport.close();
      },
    });
    try {
      const client = await readProxyHeader(transport);
      // It may have come while the connection was being closed.
      if (!this.#isClosed && end.ended === "closed by client") return client;
    } catch (error) {
      if (error instanceof ProxyHeaderError) {
        end = { ended: "no PROXY header", reason: error.message };
      }
    } finally {
      deadline.cancel();
    }
    transport.close();
    if (this.#isClosed) end = { ended: "server shutdown" };
    if (end.ended === "no PROXY header") metrics?.refused("no_proxy_header");
    recordEnding(this.#services, {
      ...end,
      transport,
      seconds: (performance.now() - start) / 1000,
    });
    return undefined;
  }
}
