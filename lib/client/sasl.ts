/**
 * The AUTH command (RFC 5034) and the SASL mechanisms that we speak.
 *
 * @module
 */

import type { Conversation } from "./conversation.ts";
import { accepted } from "./conversation.ts";

/** The client's side of one exchange. */
export interface SaslClient {
  /** The mechanism's name in upper case. */
  readonly mechanism: string;
  /** Whether there is something left to be said; a `+OK` before that is taken as a challenge. */
  readonly more: boolean;
  /** Answers a challenge. */
  respond(challenge: Uint8Array): Uint8Array;
}

/**
 * Authenticates. The first response waits for the server's `+`, though RFC 5034 lets it ride on the
 * command: servers of RFC 1734 and Microsoft's refuse it there.
 *
 * @throws {ServerRefusal} if the server says no.
 */
export async function authenticate(conversation: Conversation, sasl: SaslClient): Promise<void> {
  const what = `AUTH ${sasl.mechanism}`;
  conversation.send({ verb: "AUTH", mechanism: sasl.mechanism });
  for (;;) {
    const line = await conversation.status();
    // Exchange 2003 asks for the response with "+OK" where it should send "+ ".
    const asked = line.status === "challenge" || (line.status === "ok" && sasl.more);
    if (!asked) {
      accepted(line, what, conversation.peer);
      return;
    }
    const challenge = line.status === "challenge" ? fromBase64(line.data) : new Uint8Array();
    const response = toBase64(sasl.respond(challenge));
    conversation.sendSecretLine(new TextEncoder().encode(response), what);
  }
}

/** PLAIN (RFC 4616). */
export function plainClient(user: string, password: Uint8Array): SaslClient {
  const name = new TextEncoder().encode(user);
  const response = new Uint8Array(name.length + password.length + 2);
  response.set(name, 1);
  response.set(password, name.length + 2);
  return fixedResponses("PLAIN", [response]);
}

/** LOGIN, which has no RFC: the server asks for the name, then for the password. */
export function loginClient(user: string, password: Uint8Array): SaslClient {
  return fixedResponses("LOGIN", [new TextEncoder().encode(user), password]);
}

function fixedResponses(mechanism: string, responses: readonly Uint8Array[]): SaslClient {
  let next = 0;
  return {
    mechanism,
    get more(): boolean {
      return next < responses.length;
    },
    respond: () => responses[next++] ?? new Uint8Array(),
  };
}

/** Octets in Base64, as SASL sends them. */
export function toBase64(octets: Uint8Array): string {
  return btoa(Array.from(octets, (octet) => String.fromCharCode(octet)).join(""));
}

/** A challenge that is not Base64 (some servers send plain words) counts as empty. */
function fromBase64(data: string): Uint8Array {
  try {
    return Uint8Array.from(atob(data.trim()), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
