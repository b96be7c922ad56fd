/**
 * APOP (RFC 1939 §7).
 *
 * @module
 */

import { createHash } from "node:crypto";
import { preparedPassword } from "../protocol/sasl/saslprep.ts";
import { sameOctets } from "./crypto.ts";

/**
 * Whether `digest` is the MD5 of the greeting's timestamp followed by the secret, in hex. The
 * secret counts prepared (RFC 6856 §2.2), and as it is for clients that do not prepare theirs.
 */
export function apopHolds(timestamp: string, secret: Uint8Array, digest: string): boolean {
  const encoder = new TextEncoder();
  const isOf = (octets: Uint8Array): boolean => {
    const expected = createHash("md5").update(timestamp).update(octets).digest("hex");
    return sameOctets(encoder.encode(digest), encoder.encode(expected));
  };
  // Both, whatever comes of the first: the time must not tell.
  const [prepared, plain] = [isOf(preparedPassword(secret)), isOf(secret)];
  return prepared || plain;
}
