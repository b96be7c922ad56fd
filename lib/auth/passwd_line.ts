/**
 * The lines of the users file: `name:{SCHEME}secret[:maildrop path]`.
 *
 * A colon ends the name, and another one ends the secret; the path is all the rest, colons
 * included (`C:\mail\me`). Where a `{PLAIN}` password has a colon, it is written `\:`, and `\\`
 * stands for a backslash before a colon or another backslash; any other backslash is itself. A
 * path has a slash or a backslash in it (`./me` rather than `me`), so that a password with a colon
 * that was not written so is an error, not a short password and a strange path.
 *
 * @module
 */

import { SaslError } from "../protocol/sasl.ts";
import { readName } from "../protocol/sasl/text.ts";
import {
  checkPassword,
  parseSecret,
  PasswdLineError,
  type Secret,
  writeScramSecret,
} from "./passwd_secret.ts";
import { makeScramCredentials, type ScramOptions } from "./scram.ts";

/** A user, as the users file has them. */
export interface PasswdEntry {
  /** Prepared (RFC 4013). */
  readonly user: string;
  /** What is known of the password. */
  readonly secret: Secret;
  /** Where the maildrop is; as it stands in the file. */
  readonly maildrop?: string;
}

/** Name, scheme, secret (no bare colon in it), path. */
const LINE = /^([^:]*):\{([^{}:]*)\}((?:\\[:\\]|[^:])*)(?::(.*))?$/su;

/**
 * Reads a line, given without its ending; `undefined` for a comment and for an empty line.
 *
 * @throws {PasswdLineError} whose message names neither secret nor user.
 */
export function parsePasswdLine(line: string): PasswdEntry | undefined {
  if (line.startsWith("#") || line.trim() === "") return undefined;
  const match = LINE.exec(line);
  if (match === null) throw new PasswdLineError("it is not `name:{SCHEME}secret[:maildrop path]`");
  const [, name = "", scheme = "", secret = "", path] = match;
  const plain = scheme.toUpperCase() === "PLAIN";
  return {
    user: userName(name),
    secret: parseSecret(scheme, plain ? secret.replace(/\\([:\\])/g, "$1") : secret),
    ...(path === undefined ? {} : { maildrop: maildropPath(path) }),
  };
}

/**
 * The line for a user, with the password as SCRAM-SHA-256 keeps it; without a line ending.
 *
 * @throws {PasswdLineError} if the name, the password or the path cannot stand in the file.
 *
 * @example
 * ```ts
 * import { makePasswdLine } from "./passwd_line.ts";
 *
 * const password = new TextEncoder().encode("correct horse");
 * const line = await makePasswdLine("alice", password, "/srv/mail/alice");
 * line.startsWith("alice:{SCRAM-SHA-256}4096,"); // true
 * ```
 */
export async function makePasswdLine(
  user: string,
  password: Uint8Array,
  maildrop?: string,
  options: ScramOptions = {},
): Promise<string> {
  try {
    checkPassword(password);
    const name = userName(user);
    const path = maildrop === undefined ? "" : `:${maildropPath(maildrop)}`;
    return `${name}:${writeScramSecret(await makeScramCredentials(password, options))}${path}`;
  } catch (error) {
    if (!(error instanceof PasswdLineError)) throw error;
    throw new PasswdLineError(`Cannot make a line of the users file: ${error.message}.`);
  }
}

function userName(text: string): string {
  if (text.includes(":")) throw new PasswdLineError("the user name has a colon");
  if (text.startsWith("#")) throw new PasswdLineError("the user name begins with #");
  if (text !== text.trim()) throw new PasswdLineError("there are blanks around the user name");
  try {
    return readName(text);
  } catch (error) {
    if (error instanceof SaslError) throw new PasswdLineError("the user name cannot be one");
    throw error;
  }
}

function maildropPath(path: string): string {
  if (/\p{Cc}/u.test(path)) throw new PasswdLineError("the maildrop path has control characters");
  if (/^\d*:\d*:/.test(path)) {
    throw new PasswdLineError("behind the secret comes the maildrop path, not numbers");
  }
  if (!/[/\\]/.test(path)) {
    throw new PasswdLineError(
      "what is behind the secret is not a path (./name for one beside; a colon in a {PLAIN} " +
        "password is written \\:)",
    );
  }
  return path;
}
