/**
 * Base64 (RFC 4648 §4) as SASL sends it: strict, since what has two readings has none.
 *
 * @module
 */

import { SaslError } from "../sasl.ts";

/** Octets as Base64, padded. */
export function toBase64(octets: Uint8Array): string {
  return btoa(Array.from(octets, (octet) => String.fromCharCode(octet)).join(""));
}

/**
 * The octets that a Base64 text stands for.
 *
 * @throws {SaslError} unless it is exactly what {@linkcode toBase64} would write: no white space,
 *   no missing padding, no stray bits in the last character.
 */
export function fromBase64(text: string): Uint8Array {
  const characters = decode(text);
  // atob forgives all that; writing it anew shows whether it had to.
  if (btoa(characters) !== text) throw notBase64();
  const octets = new Uint8Array(characters.length);
  // A plain loop: Uint8Array.from takes ten times as long, and a users file has many lines.
  for (let at = 0; at < octets.length; at++) octets[at] = characters.charCodeAt(at);
  return octets;
}

function decode(text: string): string {
  try {
    return atob(text);
  } catch {
    throw notBase64();
  }
}

function notBase64(): SaslError {
  return new SaslError("This is not Base64.");
}
