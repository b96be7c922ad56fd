/**
 * The server's side of the SASL mechanisms.
 *
 * @module
 */

import { EMPTY } from "../protocol/octets.ts";
import { SASL_MECHANISMS, SaslError, type SaslMechanismName } from "../protocol/sasl.ts";
import { LOGIN_CHALLENGES } from "../protocol/sasl/login.ts";
import {
  parseOauthBearer,
  parseXoauth2,
  type TokenMessage,
  writeTokenRefusal,
} from "../protocol/sasl/oauth.ts";
import { parsePlain, readPassword } from "../protocol/sasl/plain.ts";
import { readName, readUtf8 } from "../protocol/sasl/text.ts";
import type { Authenticator, CredentialKind, Identity } from "./authenticator.ts";
import { scramServer, type ScramServerOptions } from "./scram_server.ts";
import type { Exchange, ServerMechanism, ServerStep } from "./server_mechanism.ts";

/** What each mechanism needs of an authenticator. */
const NEEDS: Readonly<Record<SaslMechanismName, CredentialKind>> = {
  "SCRAM-SHA-256": "scram",
  OAUTHBEARER: "token",
  XOAUTH2: "token",
  PLAIN: "password",
  LOGIN: "password",
};

/** The mechanisms that can succeed at all, the strongest first: what SASL in CAPA lists. */
export function mechanismsOf(authenticator: Authenticator): SaslMechanismName[] {
  const { kinds } = authenticator;
  return SASL_MECHANISMS.filter((mechanism) => kinds.has(NEEDS[mechanism]));
}

/** Starts one run of a mechanism, which is one of {@linkcode mechanismsOf} the authenticator. */
export function startServerMechanism(
  name: SaslMechanismName,
  authenticator: Authenticator,
  options: ScramServerOptions = {},
): ServerMechanism {
  let exchange: Exchange | undefined;
  let over = false;
  return {
    name,
    async step(response: Uint8Array | undefined): Promise<ServerStep> {
      if (over) return { kind: "malformed", reason: `${name} is at its end.` };
      over = true;
      try {
        exchange ??= EXCHANGES[name](authenticator, response, options);
        const { done, value } = await exchange.next(response ?? EMPTY);
        if (done === true) return value;
        over = false;
        return { kind: "challenge", data: value };
      } catch (error) {
        if (error instanceof SaslError) return { kind: "malformed", reason: error.message };
        throw error;
      }
    },
  };
}

/** Begins with the initial response, if there was one. */
type StartExchange = (
  authenticator: Authenticator,
  initial: Uint8Array | undefined,
  options: ScramServerOptions,
) => Exchange;

const EXCHANGES: Readonly<Record<SaslMechanismName, StartExchange>> = {
  "SCRAM-SHA-256": scramServer,
  OAUTHBEARER: (authenticator, initial) =>
    token(authenticator, initial, "OAUTHBEARER", parseOauthBearer),
  XOAUTH2: (authenticator, initial) => token(authenticator, initial, "XOAUTH2", parseXoauth2),
  PLAIN: plain,
  LOGIN: login,
};

async function* plain(authenticator: Authenticator, initial: Uint8Array | undefined): Exchange {
  const { authzid, user, password } = parsePlain(initial ?? (yield EMPTY));
  const identity = await authenticator.authenticate({ kind: "password", user, password });
  // Nobody may open the mailbox of somebody else.
  return outcome(authzid === "" || authzid === user ? identity : undefined, user);
}

/** Some clients send the name along with AUTH, though the server should speak first. */
async function* login(authenticator: Authenticator, initial: Uint8Array | undefined): Exchange {
  const user = readName(readUtf8(initial ?? (yield LOGIN_CHALLENGES[0]), "user name"));
  const password = readPassword(yield LOGIN_CHALLENGES[1]);
  return outcome(await authenticator.authenticate({ kind: "password", user, password }), user);
}

async function* token(
  authenticator: Authenticator,
  initial: Uint8Array | undefined,
  mechanism: "OAUTHBEARER" | "XOAUTH2",
  parse: (message: Uint8Array) => TokenMessage,
): Exchange {
  const message = parse(initial ?? (yield EMPTY));
  const identity = await authenticator.authenticate({ kind: "token", ...message });
  if (identity !== undefined) return { kind: "done", identity };
  // RFC 7628 §3.2.3
  return { kind: "refused", user: message.user, explanation: writeTokenRefusal(mechanism) };
}

function outcome(identity: Identity | undefined, user: string | undefined): ServerStep {
  return identity === undefined ? { kind: "refused", user } : { kind: "done", identity };
}
