/**
 * PLAIN (RFC 4616): the name and the password in one message, `[authzid] NUL authcid NUL password`.
 *
 * @module
 */

import { SASL_PASSWORD_LIMIT } from "../limits.ts";
import { type ClientMechanism, SaslError } from "../sasl.ts";
import { readName, readUtf8 } from "./text.ts";

/** What a PLAIN message says. */
export interface PlainMessage {
  /** Whose mailbox is asked for; empty for the user's own. */
  readonly authzid: string;
  /** Who signs in, prepared. */
  readonly user: string;
  /** As it came, never empty: old passwords need not be UTF-8. */
  readonly password: Uint8Array;
}

/**
 * Reads the client's message.
 *
 * @throws {SaslError} if it has not exactly three parts, or one of them cannot be right.
 */
export function parsePlain(message: Uint8Array): PlainMessage {
  const first = message.indexOf(0);
  const second = message.indexOf(0, first + 1);
  if (first < 0 || second < 0) throw new SaslError("A PLAIN message has three parts.");
  const authzid = readUtf8(message.subarray(0, first), "authorization identity");
  const user = readName(readUtf8(message.subarray(first + 1, second), "user name"));
  return {
    authzid: authzid === "" ? "" : readName(authzid),
    user,
    password: readPassword(message.subarray(second + 1)),
  };
}

/**
 * A password from a peer.
 *
 * @throws {SaslError} if it is empty, too long or has a NUL.
 */
export function readPassword(password: Uint8Array): Uint8Array {
  if (password.length === 0) throw new SaslError("The password is empty.");
  if (password.includes(0)) throw new SaslError("The password has a NUL.");
  if (password.length > SASL_PASSWORD_LIMIT) {
    throw new SaslError(`The password is longer than ${SASL_PASSWORD_LIMIT} octets.`);
  }
  return password;
}

/**
 * The client's side: all is said in the first response.
 *
 * @throws {SaslError} if name or password hold a NUL, which would shift the borders.
 */
export function plainClient(user: string, password: Uint8Array): ClientMechanism {
  const name = new TextEncoder().encode(user);
  if (name.includes(0) || password.includes(0)) {
    throw new SaslError("Cannot sign in with PLAIN: the user name or the password has a NUL.");
  }
  const initial = new Uint8Array(name.length + password.length + 2);
  initial.set(name, 1);
  initial.set(password, name.length + 2);
  return {
    name: "PLAIN",
    initial,
    respond: () => {
      throw new SaslError("The server asks for more than PLAIN has to say.");
    },
    verifyEnd: () => {},
    more: false,
    failure: undefined,
  };
}
