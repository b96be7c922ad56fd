/**
 * One password for everybody: what `serverpop3 --password` uses.
 *
 * @module
 */

import { preparedPassword, saslprepOrAsIs } from "../protocol/sasl/saslprep.ts";
import { apopHolds } from "./apop.ts";
import type { Authenticator, Credentials, Identity, ScramUser } from "./authenticator.ts";
import { sameOctets } from "./crypto.ts";
import { makeScramCredentials, type ScramCredentials } from "./scram.ts";

/**
 * Lets every user name in with `password`, by PASS, APOP, or any SASL mechanism that takes a
 * password. Names and passwords are prepared (RFC 4013), so that two ways to type `ä` are one.
 */
export function singlePassword(password: string): Authenticator {
  const secret = new TextEncoder().encode(password);
  const prepared = preparedPassword(secret);
  const holds = (credentials: Credentials): boolean => {
    switch (credentials.kind) {
      case "password":
        return sameOctets(preparedPassword(credentials.password), prepared);
      case "apop":
        return apopHolds(credentials.timestamp, secret, credentials.digest);
      case "token":
        return false;
    }
  };
  // Made when first asked for: most sign-ins do without.
  let scram: Promise<ScramCredentials> | undefined;
  return {
    kinds: new Set(["password", "apop", "scram"] as const),
    authenticate(credentials: Credentials): Promise<Identity | undefined> {
      const { user } = credentials;
      const signedIn = user !== undefined && holds(credentials);
      return Promise.resolve(signedIn ? { user: saslprepOrAsIs(user) } : undefined);
    },
    async scram(user: string): Promise<ScramUser> {
      scram ??= makeScramCredentials(secret);
      return { credentials: await scram, identity: { user: saslprepOrAsIs(user) } };
    },
  };
}
