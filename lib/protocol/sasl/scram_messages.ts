/**
 * The messages of SCRAM (RFC 5802 §7), read and written; what is computed is not here.
 *
 * @module
 */

import { SCRAM_MESSAGE_LIMIT } from "../limits.ts";
import { SaslError } from "../sasl.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { readGs2Header, readSaslName } from "./gs2.ts";
import { readUtf8 } from "./text.ts";

/** `n,,n=user,r=nonce` */
export interface ClientFirst {
  /** The GS2 header, which comes back in the client's second message. */
  readonly gs2Header: string;
  /** Whose mailbox is asked for; `undefined` for the user's own. */
  readonly authzid: string | undefined;
  /** Who signs in, prepared. */
  readonly user: string;
  /** The client's nonce. */
  readonly nonce: string;
  /** The message without its GS2 header. */
  readonly bare: string;
}

/** `r=nonce,s=salt,i=4096` */
export interface ServerFirst {
  /** The client's nonce with the server's behind it. */
  readonly nonce: string;
  /** What the password is mixed with. */
  readonly salt: Uint8Array;
  /** How often the HMAC is to be made. */
  readonly iterations: number;
}

/** `c=biws,r=nonce,p=proof` */
export interface ClientFinal {
  /** The GS2 header, and the channel's data if one was bound. */
  readonly channelBinding: Uint8Array;
  /** That of the message before. */
  readonly nonce: string;
  /** What shows that the client knows the password. */
  readonly proof: Uint8Array;
  /** The message up to the comma before the proof. */
  readonly withoutProof: string;
}

/** `v=signature` or `e=what-went-wrong` */
export type ServerFinal =
  | { readonly kind: "verifier"; readonly signature: Uint8Array }
  | { readonly kind: "error"; readonly reason: string };

/** Reads the client's first message. @throws {SaslError} */
export function parseClientFirst(message: Uint8Array): ClientFirst {
  const text = readMessage(message);
  const { text: gs2Header, authzid } = readGs2Header(text);
  const bare = text.slice(gs2Header.length);
  const [user, nonce] = readAttributes(bare, ["n", "r"]);
  return { gs2Header, authzid, user: readSaslName(user), nonce: readNonce(nonce), bare };
}

/** Reads the server's first message. @throws {SaslError} */
export function parseServerFirst(message: Uint8Array): ServerFirst {
  const [nonce, salt, iterations] = readAttributes(readMessage(message), ["r", "s", "i"]);
  if (!/^[1-9][0-9]{0,9}$/.test(iterations)) {
    throw new SaslError("The server's iteration count is not a number.");
  }
  return { nonce: readNonce(nonce), salt: fromBase64(salt), iterations: Number(iterations) };
}

/** Reads the client's second message. @throws {SaslError} */
export function parseClientFinal(message: Uint8Array): ClientFinal {
  const text = readMessage(message);
  const border = text.lastIndexOf(",p=");
  if (border < 0) throw new SaslError("The SCRAM message has no proof.");
  const withoutProof = text.slice(0, border);
  const [channelBinding, nonce] = readAttributes(withoutProof, ["c", "r"]);
  return {
    channelBinding: fromBase64(channelBinding),
    nonce: readNonce(nonce),
    proof: fromBase64(text.slice(border + 3)),
    withoutProof,
  };
}

/** Reads the server's last message. @throws {SaslError} */
export function parseServerFinal(message: Uint8Array): ServerFinal {
  const text = readMessage(message);
  if (text.startsWith("e=")) {
    return { kind: "error", reason: readAttributes(text, ["e"])[0].replace(/[^\x20-\x7e]/g, "?") };
  }
  return { kind: "verifier", signature: fromBase64(readAttributes(text, ["v"])[0]) };
}

/** The server's first message; `nonce` is the client's and ours together. */
export function writeServerFirst({ nonce, salt, iterations }: ServerFirst): string {
  return `r=${nonce},s=${toBase64(salt)},i=${iterations}`;
}

/** The client's second message up to the comma before the proof. */
export function writeClientFinal(gs2Header: string, nonce: string): string {
  return `c=${toBase64(new TextEncoder().encode(gs2Header))},r=${nonce}`;
}

function readMessage(message: Uint8Array): string {
  if (message.length > SCRAM_MESSAGE_LIMIT) throw new SaslError("The SCRAM message is too long.");
  return readUtf8(message, "SCRAM message");
}

/** Printable ASCII but for the comma, which ends it. */
function readNonce(text: string): string {
  if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(text)) throw new SaslError("The SCRAM nonce is not one.");
  return text;
}

/** The values of so many attributes as there are names. */
type Values<Names extends readonly string[]> = { readonly [Name in keyof Names]: string };

/**
 * The values of the attributes of these names, which must come in this order. Others may follow and
 * mean nothing to us; `m` before them is an extension that we would have to know (RFC 5802 §5.1).
 */
function readAttributes<const Names extends readonly string[]>(
  text: string,
  names: Names,
): Values<Names> {
  const attributes = text.split(",");
  if (!attributes.every((attribute) => /^[A-Za-z]=[^\0]+$/.test(attribute))) {
    throw new SaslError("The SCRAM message is not a list of attributes.");
  }
  if (attributes.some((attribute) => attribute.startsWith("m="))) {
    throw new SaslError("The SCRAM message needs an extension that is not known here.");
  }
  const values = names.map((name, index) => {
    const attribute = attributes[index];
    if (attribute?.startsWith(`${name}=`) === true) return attribute.slice(2);
    throw new SaslError(`The SCRAM message lacks the attribute ${name}, or has it out of order.`);
  });
  // map keeps the length, which the type of an array does not tell.
  return values as unknown as Values<Names>;
}
