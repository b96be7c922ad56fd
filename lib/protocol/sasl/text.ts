/**
 * The text inside SASL messages.
 *
 * @module
 */

import { SASL_NAME_LIMIT } from "../limits.ts";
import { SaslError } from "../sasl.ts";
import { saslprep } from "./saslprep.ts";

const DECODER = { fatal: true, ignoreBOM: true } as const;

/**
 * Octets as text.
 *
 * @throws {SaslError} if they are not UTF-8, `what` being the word for them.
 */
export function readUtf8(octets: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", DECODER).decode(octets);
  } catch {
    throw new SaslError(`The ${what} is not UTF-8.`);
  }
}

/** As {@linkcode readName}; `undefined` for what may not be a name (RFC 6856 §2.2). */
export function nameOrNothing(name: string): string | undefined {
  try {
    return readName(name);
  } catch {
    return undefined;
  }
}

/**
 * A user name from a peer, prepared (RFC 4013).
 *
 * @throws {SaslError} if it is empty, too long, or may not be a name.
 */
export function readName(name: string): string {
  const prepared = saslprep(name);
  if (prepared === "") throw new SaslError("The user name is empty.");
  if (new TextEncoder().encode(prepared).length > SASL_NAME_LIMIT) {
    throw new SaslError(`The user name is longer than ${SASL_NAME_LIMIT} octets.`);
  }
  return prepared;
}
