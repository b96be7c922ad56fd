/**
 * How many connections there may be at the same time, in all and from one address.
 *
 * @module
 */

import { networkOf } from "../net/network.ts";
import type { TellPeers } from "./peers.ts";

/** What a {@linkcode Limiter} allows. */
export interface ConnectionLimits {
  /** Connections in all. */
  readonly total: number;
  /** Connections from one address (of IPv6: from one /64). @default no limit */
  readonly perAddress?: number | undefined;
  /** Takes news of connections to the others that share a limit by address. */
  readonly tell?: TellPeers | undefined;
}

/** Why a connection is not let in. */
export type LimitReached = "too many connections" | "too many connections from one address";

/** Counts connections. What it holds is bounded by the connections there are. */
export class Limiter {
  readonly #limits: ConnectionLimits;
  readonly #byNetwork = new Map<string, number>();
  /** The same counts of the other servers. */
  readonly #elsewhere = new Map<number, Map<string, number>>();
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
      if (this.#countOf(network) >= perAddress) return "too many connections from one address";
      addTo(this.#byNetwork, network, 1);
      this.#limits.tell?.({ kind: "came", address: network });
    }
    this.#total++;
    return undefined;
  }

  /** A connection that was let in has ended. */
  leave(hostname: string): void {
    this.#total--;
    if (this.#limits.perAddress === undefined) return;
    const network = networkOf(hostname);
    addTo(this.#byNetwork, network, -1);
    this.#limits.tell?.({ kind: "went", address: network });
  }

  /** Another server, called `from`, has one connection more or fewer of a network. */
  heard(from: number, network: string, change: 1 | -1): void {
    const counts = this.#elsewhere.get(from) ?? new Map<string, number>();
    this.#elsewhere.set(from, counts);
    addTo(counts, network, change);
  }

  /** Another server is no more, and neither are its connections. */
  forget(from: number): void {
    this.#elsewhere.delete(from);
  }

  #countOf(network: string): number {
    let count = this.#byNetwork.get(network) ?? 0;
    for (const counts of this.#elsewhere.values()) count += counts.get(network) ?? 0;
    return count;
  }
}

function addTo(counts: Map<string, number>, network: string, change: 1 | -1): void {
  const count = (counts.get(network) ?? 0) + change;
  if (count > 0) counts.set(network, count);
  else counts.delete(network);
}
