/**
 * One password for everybody: what `serverpop3 --password` uses.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Authenticator, Credentials, Identity } from "./authenticator.ts";

/**
 * Lets every user name in with `password`, by PASS or by APOP. Passwords are compared as octets
 * (UTF-8), in a time that does not depend on how much of them is right.
 */
export function singlePassword(password: string): Authenticator {
  const secret = new TextEncoder().encode(password);
  const secretDigest = sha256(secret);
  const holds = (credentials: Credentials): boolean => {
    switch (credentials.kind) {
      case "password":
        return timingSafeEqual(sha256(credentials.password), secretDigest);
      case "apop":
        return apopHolds(credentials.timestamp, secret, credentials.digest);
    }
  };
  return {
    kinds: new Set(["password", "apop"]),
    authenticate(credentials: Credentials): Promise<Identity | undefined> {
      return Promise.resolve(holds(credentials) ? { user: credentials.user } : undefined);
    },
  };
}

/** RFC 1939 §7: the digest is the MD5 of the greeting's timestamp followed by the secret. */
function apopHolds(timestamp: string, secret: Uint8Array, digest: string): boolean {
  const expected = createHash("md5").update(timestamp).update(secret).digest("hex");
  // Hashed once more: the offered digest may have any length, the comparison needs equal ones.
  return timingSafeEqual(sha256(expected), sha256(digest));
}

function sha256(octets: Uint8Array | string): Uint8Array {
  return createHash("sha256").update(octets).digest();
}
