/**
 * The messages of OAUTHBEARER (RFC 7628) and of XOAUTH2, its elder without an RFC: a bearer token
 * in the first response, and where it is refused a JSON text that says why.
 *
 * @module
 */

import { SaslError } from "../sasl.ts";
import { escapeSaslName, readGs2Header } from "./gs2.ts";
import { readName, readUtf8 } from "./text.ts";

/** Who signs in with which token. */
export interface TokenMessage {
  /** Prepared; `undefined` where the token alone tells (OAUTHBEARER only). */
  readonly user: string | undefined;
  /** The token alone, without `Bearer`. */
  readonly token: string;
}

/** Between the pairs of a message. */
const SEPARATOR = "\x01";

/** `Bearer` in any case (RFC 7235 §2.1), and a token without spaces or controls. */
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/**
 * Reads `n,a=user,^Ahost=…^Aauth=Bearer token^A^A` (RFC 7628 §3.1).
 *
 * @throws {SaslError}
 */
export function parseOauthBearer(message: Uint8Array): TokenMessage {
  const text = readUtf8(message, "OAUTHBEARER message");
  const header = readGs2Header(text);
  const pairs = text.slice(header.text.length);
  if (!pairs.startsWith(SEPARATOR)) {
    throw new SaslError("The OAUTHBEARER message does not go on after its header.");
  }
  return { user: header.authzid, token: readToken(readPairs(pairs.slice(1))) };
}

/**
 * Reads `user=name^Aauth=Bearer token^A^A`.
 *
 * @throws {SaslError}
 */
export function parseXoauth2(message: Uint8Array): TokenMessage {
  const pairs = readPairs(readUtf8(message, "XOAUTH2 message"));
  return { user: readName(pairs.get("user") ?? ""), token: readToken(pairs) };
}

/** The client's response of OAUTHBEARER. @throws {SaslError} if the token cannot be sent. */
export function writeOauthBearer(
  user: string,
  token: string,
  server?: { readonly hostname: string; readonly port: number },
): Uint8Array {
  const pairs = server === undefined ? [] : [`host=${server.hostname}`, `port=${server.port}`];
  return new TextEncoder().encode(
    `n,a=${escapeSaslName(user)},${SEPARATOR}` + writePairs([...pairs, bearer(token)]),
  );
}

/** The client's response of XOAUTH2. @throws {SaslError} if the token or the name cannot be sent. */
export function writeXoauth2(user: string, token: string): Uint8Array {
  // deno-lint-ignore no-control-regex -- they would end the name
  if (/[\x00\x01]/.test(user)) {
    throw new SaslError("Cannot send this user name: it has control characters.");
  }
  return new TextEncoder().encode(writePairs([`user=${user}`, bearer(token)]));
}

/** A JSON text as RFC 7628 §3.2.2 has it: the token does not hold, whatever the reason. */
export function writeTokenRefusal(mechanism: "OAUTHBEARER" | "XOAUTH2"): Uint8Array {
  const refusal = mechanism === "OAUTHBEARER"
    ? { status: "invalid_token", schemes: "bearer" }
    : { status: "401", schemes: "bearer" };
  return new TextEncoder().encode(JSON.stringify(refusal));
}

/**
 * What a server's JSON text says, in a line for people: its status, and the scope that it wants.
 * `undefined` if it is not such a text.
 */
export function readTokenRefusal(challenge: Uint8Array): string | undefined {
  try {
    const refusal: unknown = JSON.parse(readUtf8(challenge, "challenge"));
    if (typeof refusal !== "object" || refusal === null || !("status" in refusal)) return undefined;
    const scope = "scope" in refusal && typeof refusal.scope === "string" ? refusal.scope : "";
    const line = `${refusal.status}${scope === "" ? "" : ` (needs the scope ${scope})`}`;
    // It goes to a terminal.
    return line.replace(/\p{C}/gu, "?").slice(0, 500);
  } catch {
    return undefined;
  }
}

/** `key=value^A…^A`: each pair is closed by a separator, and one more closes the list. */
function readPairs(text: string): ReadonlyMap<string, string> {
  if (text !== SEPARATOR && !text.endsWith(SEPARATOR + SEPARATOR)) {
    throw new SaslError("The message is not closed by two octets of value 1.");
  }
  const pairs = new Map<string, string>();
  for (const pair of text.split(SEPARATOR).slice(0, -2)) {
    const match = /^([A-Za-z]+)=([^\0]*)$/.exec(pair);
    if (match === null) throw new SaslError("The message is not a list of keys and values.");
    const [, key = "", value = ""] = match;
    if (pairs.has(key)) throw new SaslError(`The message has the key ${key} twice.`);
    pairs.set(key, value);
  }
  return pairs;
}

function writePairs(pairs: readonly string[]): string {
  return pairs.map((pair) => pair + SEPARATOR).join("") + SEPARATOR;
}

function readToken(pairs: ReadonlyMap<string, string>): string {
  const token = BEARER.exec(pairs.get("auth") ?? "")?.[1];
  if (token === undefined) throw new SaslError("The message has no bearer token.");
  return token;
}

function bearer(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new SaslError(
      "Cannot sign in with this token: it is empty, or has spaces or line ends in it. " +
        "Give the access token alone.",
    );
  }
  return `auth=Bearer ${token}`;
}
