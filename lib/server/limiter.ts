/**
 * How many connections there may be at the same time, in all and from one address.
 *
 * @module
 */

import { networkOf } from "../net/network.ts";

/** What a {@linkcode Limiter} allows. */
export interface ConnectionLimits {
  /** Connections in all. */
  readonly total: number;
  /** Connections from one address (of IPv6: from one /64). @default no limit */
  readonly perAddress?: number | undefined;
}

/** Why a connection is not let in. */
export type LimitReached = "too many connections" | "too many connections from one address";

/** Counts connections. What it holds is bounded by the connections there are. */
export class Limiter {
  readonly #limits: ConnectionLimits;
  readonly #byNetwork = new Map<string, number>();
  #total = 0;

  /** Nobody is in yet. */
  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Connections that are in. */
  get total(): number {
    return this.#total;
  }

  /** Whether there is room for one more beside `others` that are not counted here. */
  hasRoomBeside(others: number): boolean {
    return this.#total + others < this.#limits.total;
  }

  /** Lets a connection in, and counts it, unless that is too many. */
  enter(hostname: string): LimitReached | undefined {
    if (this.#total >= this.#limits.total) return "too many connections";
    const { perAddress } = this.#limits;
    if (perAddress !== undefined) {
      const network = networkOf(hostname);
      const count = this.#byNetwork.get(network) ?? 0;
      if (count >= perAddress) return "too many connections from one address";
      this.#byNetwork.set(network, count + 1);
    }
    this.#total++;
    return undefined;
  }

  /** A connection that was let in has ended. */
  leave(hostname: string): void {
    this.#total--;
    if (this.#limits.perAddress === undefined) return;
    const network = networkOf(hostname);
    const count = this.#byNetwork.get(network) ?? 0;
    if (count > 1) this.#byNetwork.set(network, count - 1);
    else this.#byNetwork.delete(network);
  }
}
