/**
 * All mechanisms of the client, by name.
 *
 * @module
 */

import type { ClientMechanism, SaslMechanismName } from "../protocol/sasl.ts";
import { loginClient } from "../protocol/sasl/login.ts";
import { oauthBearerClient, xoauth2Client } from "../protocol/sasl/oauth_client.ts";
import { plainClient } from "../protocol/sasl/plain.ts";
import { scramClient, type ScramClientOptions } from "./scram_client.ts";

/** Who signs in, and with what. */
export interface ClientSecrets {
  /** The name of the mailbox. */
  readonly user: string;
  /** The password, or for OAUTHBEARER and XOAUTH2 the access token. */
  readonly secret: Uint8Array;
  /** Where it is sent; OAUTHBEARER tells the server (RFC 7628 §3.1). */
  readonly server?: { readonly hostname: string; readonly port: number };
  /** What to ask of a server that speaks SCRAM. */
  readonly scram?: ScramClientOptions;
}

/**
 * The client's side of a mechanism, for one sign-in.
 *
 * @throws {SaslError} if the name or the secret cannot be sent with it.
 */
export function startClientMechanism(
  name: SaslMechanismName,
  { user, secret, server, scram }: ClientSecrets,
): ClientMechanism {
  switch (name) {
    case "PLAIN":
      return plainClient(user, secret);
    case "LOGIN":
      return loginClient(user, secret);
    case "SCRAM-SHA-256":
      return scramClient(user, secret, scram);
    case "OAUTHBEARER":
      return oauthBearerClient(user, new TextDecoder().decode(secret), server);
    case "XOAUTH2":
      return xoauth2Client(user, new TextDecoder().decode(secret));
  }
}
