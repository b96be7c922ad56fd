/**
 * Sets of addresses and networks: who is trusted.
 *
 * @module
 */

import { addressGroups, ipv4Numbers } from "./ip_address.ts";

interface Network {
  readonly groups: readonly number[];
  /** Leading bits that count, of 128. */
  readonly bits: number;
}

/**
 * IP addresses and CIDR networks (RFC 4632, RFC 4291 §2.3). An IPv4 address is the same with and
 * without IPv6 around it.
 *
 * @example
 * ```ts
 * import { AddressSet } from "./address_set.ts";
 *
 * const balancers = new AddressSet(["10.1.0.0/16", "2001:db8::7"]);
 * balancers.has("10.1.2.3"); // true
 * ```
 */
export class AddressSet {
  readonly #networks: readonly Network[];

  /**
   * A set of what is written as `192.0.2.1`, `192.0.2.0/24`, `2001:db8::1` or `2001:db8::/32`.
   *
   * @throws {TypeError} if one of them is none of these; the message names it.
   */
  constructor(written: Iterable<string>) {
    this.#networks = [...written].map(readNetwork);
  }

  /** Whether an address is one of them; what is no address is not. */
  has(address: string): boolean {
    const groups = addressGroups(address);
    return groups !== undefined && this.#networks.some((network) => holds(network, groups));
  }
}

function readNetwork(written: string): Network {
  const [address = "", length, ...rest] = written.split("/");
  const groups = addressGroups(address);
  if (groups === undefined || rest.length > 0) throw notOne(written, "it is no IP address");
  const isIpv4 = ipv4Numbers(address) !== undefined;
  const most = isIpv4 ? 32 : 128;
  if (length === undefined) return { groups, bits: 128 };
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > most) {
    throw notOne(written, `behind the slash must be a number from 0 to ${most}`);
  }
  const network = { groups, bits: 128 - most + Number(length) };
  // Most likely a slip, and a dangerous one: 10.1.2.3/8 would be read as all of 10.
  if (maskedOf(network, groups).some((group, index) => group !== groups[index])) {
    throw notOne(written, "there are bits behind the network's own; write them as 0");
  }
  return network;
}

function holds(network: Network, groups: readonly number[]): boolean {
  return maskedOf(network, groups).every((group, index) => group === network.groups[index]);
}

/** The bits of an address that count. */
function maskedOf({ bits }: Network, groups: readonly number[]): readonly number[] {
  return groups.map((group, index) => {
    const kept = Math.min(16, Math.max(0, bits - 16 * index));
    return group & (0xffff << (16 - kept)) & 0xffff;
  });
}

function notOne(written: string, reason: string): TypeError {
  return new TypeError(
    `Cannot use ${JSON.stringify(written)} as an address or network: ${reason} ` +
      "(write 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32)",
  );
}
