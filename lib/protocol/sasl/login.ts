/**
 * LOGIN, which has no RFC: the server asks for the name, then for the password.
 *
 * @module
 */

import { type ClientMechanism, SaslError } from "../sasl.ts";

/** The client's side. */
export function loginClient(user: string, password: Uint8Array): ClientMechanism {
  const responses = [new TextEncoder().encode(user), password];
  return {
    name: "LOGIN",
    initial: undefined,
    // What the challenges say differs from server to server; their order does not.
    respond: () => {
      const response = responses.shift();
      if (response === undefined) {
        throw new SaslError("The server asks for more than LOGIN has to say.");
      }
      return response;
    },
    verifyEnd: () => {},
    get more(): boolean {
      return responses.length > 0;
    },
    failure: undefined,
  };
}

/** What a LOGIN server asks first, and second: the words that clients look for. */
export const LOGIN_CHALLENGES: readonly [Uint8Array, Uint8Array] = [
  new TextEncoder().encode("Username:"),
  new TextEncoder().encode("Password:"),
];
