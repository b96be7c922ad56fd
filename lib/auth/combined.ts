/**
 * Passwords and tokens at one server.
 *
 * @module
 */

import type { Authenticator, Credentials, Identity } from "./authenticator.ts";

/**
 * Signs in with `passwords` or, where a token is offered, with `tokens`. Where `passwords` knows
 * who is a user (a users file), a token is of use only to those, and opens the maildrop that is
 * theirs.
 */
export function withTokens(passwords: Authenticator, tokens: Authenticator): Authenticator {
  const scram = passwords.scram?.bind(passwords);
  const identityOf = passwords.identityOf?.bind(passwords);
  return {
    get kinds(): Authenticator["kinds"] {
      return new Set([...passwords.kinds, ...tokens.kinds]);
    },
    async authenticate(credentials: Credentials): Promise<Identity | undefined> {
      if (credentials.kind !== "token") return await passwords.authenticate(credentials);
      const identity = await tokens.authenticate(credentials);
      if (identity === undefined || identityOf === undefined) return identity;
      return identityOf(identity.user);
    },
    ...(scram === undefined ? {} : { scram }),
    ...(identityOf === undefined ? {} : { identityOf }),
  };
}
