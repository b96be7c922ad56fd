/**
 * The octets that POP3 gives a meaning, and the few ways in which the codecs handle octets.
 *
 * @module
 */

/** Line feed. */
export const LF = 0x0a;
/** Carriage return. */
export const CR = 0x0d;
/** The dot that ends a multi-line reply, and that is doubled where a line begins with one. */
export const DOT = 0x2e;

/** No octets. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** `head` and `tail` behind each other, in a new buffer. */
export function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}

/** All parts behind each other, in a new buffer. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A new buffer: `octets` with `octet` put in before each of `places`, which ascend. */
export function insertBefore(
  octets: Uint8Array,
  places: readonly number[],
  octet: number,
): Uint8Array {
  const result = new Uint8Array(octets.length + places.length);
  result.set(octets);
  // Backwards, so that every piece moves once, and not over one that is still to be moved.
  let end = octets.length;
  for (let shift = places.length; shift > 0; shift--) {
    const place = places[shift - 1] ?? 0;
    result.copyWithin(place + shift, place, end);
    result[place + shift - 1] = octet;
    end = place;
  }
  return result;
}

/**
 * Octets from a peer as text: UTF-8 where they are valid UTF-8, else a character an octet, so
 * that nothing of them is lost.
 */
export function decodeText(octets: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return Array.from(octets, (octet) => String.fromCharCode(octet)).join("");
  }
}
