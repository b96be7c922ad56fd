/**
 * The users file: `serverpop3 --users FILE`.
 *
 * @module
 */

import type {
  Authenticator,
  CredentialKind,
  Credentials,
  Identity,
  ScramUser,
} from "./authenticator.ts";
import { randomOctets } from "./crypto.ts";
import { PasswdFileError } from "./errors.ts";
import { PasswdLineError } from "./passwd_secret.ts";
import { PasswdUsers } from "./passwd_users.ts";

/** Options of {@linkcode PasswdFile.open}. */
export interface PasswdFileOptions {
  /**
   * From it SCRAM's salts for users who do not exist are made. Workers that share a port need the
   * same one, or who asks two of them learns which users exist; one that outlives the process
   * keeps that from who asks before and after a restart. 32 octets.
   * @default octets that nobody can guess
   */
  readonly decoyKey?: Uint8Array;
}

/**
 * Signs in the users of a file, whose lines {@linkcode parsePasswdLine} describes. APOP works for
 * those whose password is kept as it is, SCRAM-SHA-256 for them and those with that scheme, and
 * the password itself for all.
 *
 * @example
 * ```ts
 * import { PasswdFile } from "./passwd_file.ts";
 * import { makePasswdLine } from "./passwd_line.ts";
 *
 * const password = new TextEncoder().encode("secret");
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, await makePasswdLine("alice", password));
 * const users = await PasswdFile.open(path);
 * await users.authenticate({ kind: "password", user: "alice", password }); // { user: "alice" }
 * await Deno.remove(path);
 * ```
 */
export class PasswdFile implements Authenticator {
  readonly #path: string;
  readonly #decoyKey: Uint8Array;
  #users: PasswdUsers;

  private constructor(path: string, decoyKey: Uint8Array, users: PasswdUsers) {
    this.#path = path;
    this.#decoyKey = decoyKey;
    this.#users = users;
  }

  /**
   * Reads a users file.
   *
   * @throws {PasswdFileError} if it cannot be used.
   */
  static async open(path: string, options: PasswdFileOptions = {}): Promise<PasswdFile> {
    const { decoyKey = randomOctets(32) } = options;
    return new PasswdFile(path, decoyKey, await readUsers(path, decoyKey));
  }

  /**
   * Reads the file anew. Who is signing in just now is checked against the old or the new one,
   * never against a part of either.
   *
   * @throws {PasswdFileError} if it cannot be used: then the old users stay.
   */
  async reload(): Promise<void> {
    this.#users = await readUsers(this.#path, this.#decoyKey);
  }

  /** How many users there are. */
  get size(): number {
    return this.#users.size;
  }

  /** What can succeed for one user at least. */
  get kinds(): ReadonlySet<CredentialKind> {
    return this.#users.kinds;
  }

  /** As {@linkcode Authenticator} has it. */
  authenticate(credentials: Credentials): Promise<Identity | undefined> {
    return this.#users.authenticate(credentials);
  }

  /** As {@linkcode Authenticator} has it. */
  scram(user: string): Promise<ScramUser> {
    return this.#users.scram(user);
  }

  /** As {@linkcode Authenticator} has it. */
  identityOf(user: string): Identity | undefined {
    return this.#users.identityOf(user);
  }
}

async function readUsers(path: string, decoyKey: Uint8Array): Promise<PasswdUsers> {
  const file = await readFile(path);
  try {
    return new PasswdUsers(file, decoyKey);
  } catch (error) {
    if (!(error instanceof PasswdLineError)) throw error;
    const message = `Cannot use the users file ${path}: ${error.message}.`;
    throw new PasswdFileError("content", message);
  }
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new PasswdFileError("missing", `Cannot read the users file ${path}: it is not there.`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Cannot read the users file ${path}: ${reason}`;
    throw new PasswdFileError("unreadable", message, { cause: error });
  }
}
