/**
 * The users of one reading of the users file.
 *
 * @module
 */

import { apopHolds } from "./apop.ts";
import type { CredentialKind, Credentials, Identity, ScramUser } from "./authenticator.ts";
import { parsePasswdLine, type PasswdEntry } from "./passwd_line.ts";
import { PasswdLineError, type Secret } from "./passwd_secret.ts";
import { PasswordCheck } from "./password_check.ts";
import { saslprepOrAsIs } from "../protocol/sasl/saslprep.ts";
import { makeScramCredentials, SCRAM_ITERATIONS, type ScramCredentials } from "./scram.ts";
import { ScramDecoys, type ScramShape } from "./scram_decoys.ts";

/** Octets of the salt of users whose password is kept as it is. */
const SALT_LENGTH = 16;

/** Takes the place of the password of a user who has none. */
const NOBODYS_PASSWORD = new TextEncoder().encode("nobody's password");

/** All users, and how each of them signs in. */
export class PasswdUsers {
  /** What can succeed for one user at least. */
  readonly kinds: ReadonlySet<CredentialKind>;
  readonly #entries: ReadonlyMap<string, PasswdEntry>;
  readonly #check: PasswordCheck;
  readonly #decoys: ScramDecoys;
  readonly #anyPlain: boolean;

  /**
   * Reads the octets of a users file: UTF-8, lines that end in LF or CRLF.
   *
   * @throws {PasswdLineError} whose message begins with the line's number.
   */
  constructor(file: Uint8Array, decoyKey: Uint8Array) {
    this.#entries = parseEntries(file);
    const secrets = [...this.#entries.values()].map((entry) => entry.secret);
    this.#check = new PasswordCheck(secrets);
    this.#decoys = new ScramDecoys(decoyKey, secrets.flatMap(shapeOf));
    this.#anyPlain = secrets.some((secret) => secret.kind === "plain");
    const anyScram = secrets.some((secret) => secret.kind === "scram");
    this.kinds = new Set([
      "password" as const,
      ...(this.#anyPlain ? ["apop" as const] : []),
      ...(this.#anyPlain || anyScram ? ["scram" as const] : []),
    ]);
  }

  /** How many users there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** The user of that name. */
  identityOf(user: string): Identity | undefined {
    const entry = this.#entries.get(saslprepOrAsIs(user));
    return entry === undefined ? undefined : identityFrom(entry);
  }

  /** As {@linkcode Authenticator.authenticate}. */
  async authenticate(credentials: Credentials): Promise<Identity | undefined> {
    const { user } = credentials;
    const entry = user === undefined ? undefined : this.#entries.get(saslprepOrAsIs(user));
    const holds = await this.#holds(credentials, entry?.secret);
    return holds && entry !== undefined ? identityFrom(entry) : undefined;
  }

  /** As {@linkcode Authenticator.scram}. */
  async scram(name: string): Promise<ScramUser> {
    const user = saslprepOrAsIs(name);
    const entry = this.#entries.get(user);
    // All of it for everybody, so that it takes the same time.
    const decoy = await this.#decoys.for(user);
    const derived = this.#anyPlain ? await this.#derive(user, entry?.secret) : decoy;
    const credentials = entry === undefined ? undefined : own(entry.secret, derived);
    if (entry === undefined || credentials === undefined) {
      return { credentials: decoy, identity: undefined };
    }
    return { credentials, identity: identityFrom(entry) };
  }

  async #derive(user: string, secret: Secret | undefined): Promise<ScramCredentials> {
    const password = secret?.kind === "plain" ? secret.password : NOBODYS_PASSWORD;
    return await makeScramCredentials(password, {
      salt: await this.#decoys.saltFor(user, SALT_LENGTH),
      iterations: SCRAM_ITERATIONS,
    });
  }

  async #holds(credentials: Credentials, secret: Secret | undefined): Promise<boolean> {
    switch (credentials.kind) {
      case "password":
        return await this.#check.holds(secret, credentials.password);
      case "apop": {
        const password = secret?.kind === "plain" ? secret.password : NOBODYS_PASSWORD;
        const holds = apopHolds(credentials.timestamp, password, credentials.digest);
        return holds && secret?.kind === "plain";
      }
      case "token":
        return false;
    }
  }
}

function parseEntries(file: Uint8Array): Map<string, PasswdEntry> {
  const entries = new Map<string, PasswdEntry>();
  const lineOf = new Map<string, number>();
  for (const [index, line] of decode(file).split("\n").entries()) {
    const entry = at(index + 1, () => parsePasswdLine(line.replace(/\r$/, "")));
    if (entry === undefined) continue;
    const earlier = lineOf.get(entry.user);
    if (earlier !== undefined) {
      throw new PasswdLineError(`line ${index + 1}: the user is that of line ${earlier} again`);
    }
    lineOf.set(entry.user, index + 1);
    entries.set(entry.user, entry);
  }
  // Half a file that somebody is writing just now looks like this, too.
  if (entries.size === 0) throw new PasswdLineError("there is no user in it");
  return entries;
}

function decode(file: Uint8Array): string {
  // A byte order mark, which Windows puts in front, is dropped.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return decoder.decode(file);
  } catch {
    const before = new TextDecoder().decode(file).split("\ufffd")[0] ?? "";
    throw new PasswdLineError(`line ${before.split("\n").length}: it is not UTF-8`);
  }
}

function at<Result>(line: number, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PasswdLineError)) throw error;
    throw new PasswdLineError(`line ${line}: ${error.message}`);
  }
}

function identityFrom({ user, maildrop }: PasswdEntry): Identity {
  return { user, ...(maildrop === undefined ? {} : { maildrop }) };
}

/** What SCRAM shows of this secret, if SCRAM can use it. */
function shapeOf(secret: Secret): ScramShape[] {
  switch (secret.kind) {
    case "plain":
      return [{ iterations: SCRAM_ITERATIONS, saltLength: SALT_LENGTH }];
    case "scram": {
      const { iterations, salt } = secret.credentials;
      return [{ iterations, saltLength: salt.length }];
    }
    case "pbkdf2":
      return [];
  }
}

function own(secret: Secret, derived: ScramCredentials): ScramCredentials | undefined {
  switch (secret.kind) {
    case "plain":
      return derived;
    case "scram":
      return secret.credentials;
    case "pbkdf2":
      return undefined;
  }
}
