/**
 * The few functions of Web Crypto that signing in needs.
 *
 * @module
 */

/** A hash function, as Web Crypto calls it. */
export type HashName = "SHA-1" | "SHA-256" | "SHA-512";

/** The octets of a hash. */
export const HASH_OCTETS: Readonly<Record<HashName, number>> = {
  "SHA-1": 20,
  "SHA-256": 32,
  "SHA-512": 64,
};

/** How a password is hashed. */
export interface Derivation {
  /** The hash function under the HMAC. */
  readonly hash: HashName;
  /** Octets that differ from password to password. */
  readonly salt: Uint8Array;
  /** How often the HMAC is made: what guessing costs. */
  readonly iterations: number;
}

/**
 * PBKDF2 (RFC 8018 §5.2) with HMAC and one block of output, as many octets as the hash has. The
 * work is done off the event loop.
 */
export async function pbkdf2(password: Uint8Array, how: Derivation): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", own(password), "PBKDF2", false, ["deriveBits"]);
  const { hash, salt, iterations } = how;
  const algorithm = { name: "PBKDF2", hash, salt: own(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, HASH_OCTETS[hash] * 8));
}

/** HMAC-SHA-256; the key is not empty. */
export async function hmac(key: Uint8Array, message: Uint8Array | string): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", own(key), algorithm, false, ["sign"]);
  const octets = typeof message === "string" ? new TextEncoder().encode(message) : own(message);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, octets));
}

/** SHA-256. */
export async function sha256(octets: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", own(octets)));
}

/** So many octets that nobody can guess. */
export function randomOctets(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/**
 * Whether what a peer offers is what is expected. The time it takes depends on nothing but the
 * length of what is offered.
 */
export function sameOctets(offered: Uint8Array, expected: Uint8Array): boolean {
  let difference = offered.length ^ expected.length;
  // Octet by octet on purpose: what stops early tells how much was right.
  for (let at = 0; at < offered.length; at++) {
    difference |= (offered[at] ?? 0) ^ (expected[at % expected.length] ?? 0);
  }
  return difference === 0;
}

/** Web Crypto's types want a buffer that is not shared. */
function own(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(octets);
}
