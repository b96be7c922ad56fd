/**
 * The client's side of OAUTHBEARER and XOAUTH2.
 *
 * @module
 */

import { EMPTY } from "../octets.ts";
import { type ClientMechanism, SaslError } from "../sasl.ts";
import { readTokenRefusal, writeOauthBearer, writeXoauth2 } from "./oauth.ts";

/** OAUTHBEARER (RFC 7628). @throws {SaslError} if name or token cannot be sent. */
export function oauthBearerClient(
  user: string,
  token: string,
  server?: { readonly hostname: string; readonly port: number },
): ClientMechanism {
  // RFC 7628 §3.2.3: the answer to a refusal is one octet of value 1, whatever it says.
  return tokenClient("OAUTHBEARER", writeOauthBearer(user, token, server), Uint8Array.of(1));
}

/** XOAUTH2. @throws {SaslError} if name or token cannot be sent. */
export function xoauth2Client(user: string, token: string): ClientMechanism {
  return tokenClient("XOAUTH2", writeXoauth2(user, token), EMPTY);
}

/** A challenge behind the first response is a refusal; the answer to it lets `-ERR` come. */
function tokenClient(
  name: "OAUTHBEARER" | "XOAUTH2",
  initial: Uint8Array,
  answer: Uint8Array,
): ClientMechanism {
  let failure: string | undefined;
  return {
    name,
    initial,
    respond: (challenge) => {
      if (failure !== undefined) throw new SaslError(`The server goes on after refusing ${name}.`);
      failure = readTokenRefusal(challenge) ?? "the server does not say why";
      return answer;
    },
    verifyEnd: () => {},
    more: false,
    get failure(): string | undefined {
      return failure;
    },
  };
}
