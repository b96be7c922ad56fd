/**
 * The secrets of the users file: what stands behind `{SCHEME}`.
 *
 * @module
 */

import { PASSWD_ITERATIONS_ACCEPTED, SASL_PASSWORD_LIMIT } from "../protocol/limits.ts";
import { fromBase64, toBase64 } from "../protocol/sasl/base64.ts";
import { preparedPassword } from "../protocol/sasl/saslprep.ts";
import { HASH_OCTETS, type HashName } from "./crypto.ts";
import type { ScramCredentials } from "./scram.ts";

/** What the users file knows of a user's password. */
export type Secret =
  | {
    readonly kind: "plain";
    readonly password: Uint8Array;
    /** The password prepared (RFC 4013). */
    readonly prepared: Uint8Array;
  }
  | { readonly kind: "scram"; readonly credentials: ScramCredentials }
  | {
    readonly kind: "pbkdf2";
    readonly hash: HashName;
    readonly salt: Uint8Array;
    readonly iterations: number;
    /** As many octets as the hash has. */
    readonly derived: Uint8Array;
  };

/** What is wrong with a line of the users file; says nothing of its secret. */
export class PasswdLineError extends Error {
  /** The name of this type, as it shows in front of the message. */
  override readonly name = "PasswdLineError";
}

/**
 * Reads a secret.
 *
 * - `PLAIN`: the password itself
 * - `SCRAM-SHA-256`: `iterations,salt,stored key,server key`, in Base64, as Dovecot's
 *   `doveadm pw -s SCRAM-SHA-256` and `gsasl --mkpasswd` write it
 * - `PBKDF2`: `$1$salt$iterations$hash` with SHA-1 and hexadecimal digits, as
 *   `doveadm pw -s PBKDF2` writes it, or `SHA-256,iterations,salt,hash` (or `SHA-512`) in Base64
 *
 * @throws {PasswdLineError}
 */
export function parseSecret(scheme: string, text: string): Secret {
  switch (scheme.toUpperCase()) {
    case "PLAIN":
      return plainSecret(text);
    case "SCRAM-SHA-256":
      return { kind: "scram", credentials: scramCredentials(text) };
    case "PBKDF2":
      return text.startsWith("$") ? dovecotPbkdf2(text) : pbkdf2Secret(text);
    default:
      // It is not shown: it may be a password that stands in braces.
      throw new PasswdLineError("the scheme in braces is not PLAIN, SCRAM-SHA-256 or PBKDF2");
  }
}

/** SCRAM credentials as a users file has them. */
export function writeScramSecret(credentials: ScramCredentials): string {
  const { iterations, salt, storedKey, serverKey } = credentials;
  const octets = [salt, storedKey, serverKey].map(toBase64);
  return `{SCRAM-SHA-256}${[iterations, ...octets].join(",")}`;
}

/**
 * Any password that can be somebody's.
 *
 * @throws {PasswdLineError} if it is empty, has a NUL or is too long to be sent with SASL.
 */
export function checkPassword(password: Uint8Array): void {
  if (password.length === 0) throw new PasswdLineError("the password is empty");
  if (password.includes(0)) throw new PasswdLineError("the password has a NUL");
  if (password.length > SASL_PASSWORD_LIMIT) {
    throw new PasswdLineError(`the password is longer than ${SASL_PASSWORD_LIMIT} octets`);
  }
}

function plainSecret(text: string): Secret {
  const password = new TextEncoder().encode(text);
  checkPassword(password);
  return { kind: "plain", password, prepared: preparedPassword(password) };
}

function scramCredentials(text: string): ScramCredentials {
  const [iterations, salt, storedKey, serverKey, ...rest] = text.split(",");
  if (serverKey === undefined || rest.length > 0) {
    throw new PasswdLineError("the SCRAM-SHA-256 secret is not `iterations,salt,key,key`");
  }
  return {
    iterations: readIterations(iterations),
    salt: readOctets(salt, "salt"),
    storedKey: readOctets(storedKey, "stored key", HASH_OCTETS["SHA-256"]),
    serverKey: readOctets(serverKey, "server key", HASH_OCTETS["SHA-256"]),
  };
}

function pbkdf2Secret(text: string): Secret {
  const [name, iterations, salt, derived, ...rest] = text.split(",");
  const hash = name?.toUpperCase();
  if ((hash !== "SHA-256" && hash !== "SHA-512") || derived === undefined || rest.length > 0) {
    throw new PasswdLineError(
      "the PBKDF2 secret is neither `SHA-256,iterations,salt,hash` nor `$1$salt$iterations$hash`",
    );
  }
  return {
    kind: "pbkdf2",
    hash,
    iterations: readIterations(iterations),
    salt: readOctets(salt, "salt"),
    derived: readOctets(derived, "hash", HASH_OCTETS[hash]),
  };
}

/** Dovecot's: the salt is used as it stands, letter for letter. */
function dovecotPbkdf2(text: string): Secret {
  const match = /^\$1\$([\x21-\x23\x25-\x7e]+)\$([0-9]+)\$([0-9a-fA-F]{40})$/.exec(text);
  if (match === null) {
    throw new PasswdLineError("the PBKDF2 secret is not `$1$salt$iterations$hash`");
  }
  const [, salt = "", iterations, hex = ""] = match;
  return {
    kind: "pbkdf2",
    hash: "SHA-1",
    iterations: readIterations(iterations),
    salt: new TextEncoder().encode(salt),
    derived: Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16)),
  };
}

function readIterations(text: string | undefined): number {
  const iterations = /^[1-9][0-9]{0,9}$/.test(text ?? "") ? Number(text) : 0;
  if (iterations < 1 || iterations > PASSWD_ITERATIONS_ACCEPTED) {
    throw new PasswdLineError(`the iterations are not 1 to ${PASSWD_ITERATIONS_ACCEPTED}`);
  }
  return iterations;
}

function readOctets(text: string | undefined, what: string, length?: number): Uint8Array {
  const octets = decodeBase64(text ?? "");
  if (octets === undefined) throw new PasswdLineError(`the ${what} is not Base64`);
  if (octets.length === 0 || octets.length !== (length ?? octets.length)) {
    throw new PasswdLineError(`the ${what} has not the right length`);
  }
  return octets;
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return fromBase64(text);
  } catch {
    return undefined;
  }
}
