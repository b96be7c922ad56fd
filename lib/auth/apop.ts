/**
 * APOP (RFC 1939 §7).
 *
 * @module
 */

import { createHash } from "node:crypto";
import { sameOctets } from "./crypto.ts";

/** Whether `digest` is the MD5 of the greeting's timestamp followed by the secret, in hex. */
export function apopHolds(timestamp: string, secret: Uint8Array, digest: string): boolean {
  const expected = createHash("md5").update(timestamp).update(secret).digest("hex");
  const encoder = new TextEncoder();
  return sameOctets(encoder.encode(digest), encoder.encode(expected));
}
