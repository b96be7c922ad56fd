/**
 * One password for everybody: what `serverpop3 --password` uses.
 *
 * @module
 */

import { preparedPassword } from "../protocol/sasl/saslprep.ts";
import { nameOrNothing } from "../protocol/sasl/text.ts";
import { apopHolds } from "./apop.ts";
import type { Authenticator, Credentials, Identity, ScramUser } from "./authenticator.ts";
import { sameOctets } from "./crypto.ts";
import { makeScramCredentials, type ScramCredentials } from "./scram.ts";

/**
 * Lets every name that may be one in with `password`, by PASS, APOP, or any SASL mechanism that takes a
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
      const user = credentials.user === undefined ? undefined : nameOrNothing(credentials.user);
      const right = holds(credentials);
      return Promise.resolve(right && user !== undefined ? { user } : undefined);
    },
    async scram(name: string): Promise<ScramUser> {
      scram ??= makeScramCredentials(secret);
      const user = nameOrNothing(name);
      return { credentials: await scram, identity: user === undefined ? undefined : { user } };
    },
  };
}
