/**
 * Which addresses are likely to be the same peer's.
 *
 * @module
 */

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
  const groups = ipv6Groups(address);
  if (groups === undefined) return address;
  const [mark, high = 0, low = 0] = groups.slice(5);
  if (mark === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  }
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

/** The eight numbers of an IPv6 address (RFC 4291 §2.2), whichever way it is written. */
function ipv6Groups(address: string): number[] | undefined {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const hex = bare.replace(
    /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/,
    (_, a: string, b: string, c: string, d: string) => `${hexGroup(a, b)}:${hexGroup(c, d)}`,
  );
  const [head = "", tail, ...rest] = hex.split("::");
  if (!hex.includes(":") || rest.length > 0) return undefined;
  const [left, right] = [head, tail ?? ""].map((part) => part === "" ? [] : part.split(":"));
  const written = [...left ?? [], ...right ?? []];
  if (!written.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const gap = 8 - written.length;
  if (tail === undefined ? gap !== 0 : gap < 1) return undefined;
  const zeros = Array.from({ length: gap }, () => "0");
  return [...left ?? [], ...zeros, ...right ?? []].map((group) => parseInt(group, 16));
}

function hexGroup(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
