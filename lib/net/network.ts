/**
 * Which addresses are likely to be the same peer's.
 *
 * @module
 */

import { addressText, ipv6Groups, isMappedIpv4 } from "./ip_address.ts";

/**
 * The network that an IP address belongs to as far as limits go: an IPv4 address itself, of IPv6
 * the /64, which is what one customer gets; IPv4 inside IPv6 counts as IPv4. What is no address
 * stands for itself.
 *
 * @example
 * ```ts
 * import { networkOf } from "./network.ts";
 *
 * networkOf("2001:db8:1:2:3:4:5:6"); // "2001:db8:1:2::/64"
 * networkOf("::ffff:192.0.2.1"); // "192.0.2.1"
 * ```
 */
export function networkOf(address: string): string {
  // Most are IPv4: every sign-in asks.
  if (!address.includes(":")) return address;
  const groups = ipv6Groups(address);
  if (groups === undefined) return address;
  if (isMappedIpv4(groups)) return addressText(groups);
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}
