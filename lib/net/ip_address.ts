/**
 * IP addresses as numbers: however an address is written, it is the same one.
 *
 * @module
 */

/**
 * The eight numbers of 16 bits of an address; an IPv4 address gives those of its IPv4-mapped IPv6
 * address (RFC 4291 §2.5.5.2). `undefined` for what is no address. Brackets and a zone are ignored.
 */
export function addressGroups(address: string): readonly number[] | undefined {
  const ipv4 = ipv4Numbers(address);
  if (ipv4 === undefined) return ipv6Groups(address);
  const [a = 0, b = 0, c = 0, d = 0] = ipv4;
  return [0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d];
}

/** The usual text of an address: dotted where it is IPv4 (mapped too), else that of RFC 5952. */
export function addressText(groups: readonly number[]): string {
  if (isMappedIpv4(groups)) {
    const [high = 0, low = 0] = groups.slice(6);
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  }
  const text = groups.map((group) => group.toString(16));
  const [start, length] = longestZeros(groups);
  if (length < 2) return text.join(":");
  return `${text.slice(0, start).join(":")}::${text.slice(start + length).join(":")}`;
}

/** Whether an address is IPv4 in the clothes of IPv6. */
export function isMappedIpv4(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

/** The four numbers of an IPv4 address; zeros before a number are refused: some read it as octal. */
export function ipv4Numbers(address: string): readonly number[] | undefined {
  const parts = address.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) {
    return undefined;
  }
  const numbers = parts.map(Number);
  return numbers.every((number) => number < 256) ? numbers : undefined;
}

/** The eight numbers of an IPv6 address (RFC 4291 §2.2), whichever way it is written. */
export function ipv6Groups(address: string): readonly number[] | undefined {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const dotted = /[\d.]*\.[\d.]*$/.exec(bare)?.[0];
  const numbers = dotted === undefined ? undefined : ipv4Numbers(dotted);
  if (dotted !== undefined && numbers === undefined) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = numbers ?? [];
  const hex = dotted === undefined
    ? bare
    : bare.slice(0, -dotted.length) + [a * 256 + b, c * 256 + d].map(hexText).join(":");
  const [head = "", tail, ...rest] = hex.split("::");
  if (!hex.includes(":") || rest.length > 0) return undefined;
  const [left = [], right = []] = [head, tail ?? ""].map((part) =>
    part === "" ? [] : part.split(":")
  );
  const written = [...left, ...right];
  if (!written.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const gap = 8 - written.length;
  if (tail === undefined ? gap !== 0 : gap < 1) return undefined;
  const zeros = Array.from({ length: gap }, () => "0");
  return [...left, ...zeros, ...right].map((group) => parseInt(group, 16));
}

function hexText(group: number): string {
  return group.toString(16);
}

/** Where the longest run of zeros starts, and how long it is; of equal ones the first counts. */
function longestZeros(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
    if (end > start) start = end;
  }
  return best;
}
