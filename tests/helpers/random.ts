/**
 * Seeded randomness and octet helpers, so that every run of a property-like test is the same.
 *
 * @module
 */

/** A generator of numbers 0 ≤ x < 1 that gives the same row for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `octets` cut at random places; some pieces are empty. Each piece has a buffer of its own. */
export function randomCuts(octets: Uint8Array, random: () => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const longest = 1 + Math.floor(random() * Math.max(1, octets.length));
  let at = 0;
  while (at < octets.length) {
    const end = at + Math.floor(random() * (longest + 1));
    pieces.push(octets.slice(at, end));
    at = Math.min(end, octets.length);
  }
  return pieces;
}

/** `octets` as pieces of one octet each. */
export function octetByOctet(octets: Uint8Array): Uint8Array[] {
  return Array.from(octets, (octet) => Uint8Array.of(octet));
}

/** All parts behind each other, in a new buffer. */
export function concat(parts: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const list = [...parts];
  const whole = new Uint8Array(list.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of list) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One octet for every code unit of `text`, none of which may pass 0xff. */
export function latin1(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) {
      const character = JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? code));
      throw new RangeError(`Cannot make one octet of ${character}: it is not latin1`);
    }
    octets[at] = code;
  }
  return octets;
}

/** One code unit for every octet: the way back from {@linkcode latin1}. */
export function text(octets: Uint8Array): string {
  let result = "";
  for (let at = 0; at < octets.length; at += 8192) {
    result += String.fromCharCode(...octets.subarray(at, at + 8192));
  }
  return result;
}
