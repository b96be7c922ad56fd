/**
 * Who may sign in: the server asks an {@linkcode Authenticator} and learns nothing but yes or no.
 *
 * @module
 */

import type { ScramCredentials } from "./scram.ts";

/** What a client offers as proof of who it is. */
export type Credentials =
  | { readonly kind: "password"; readonly user: string; readonly password: Uint8Array }
  | {
    readonly kind: "apop";
    readonly user: string;
    /** The timestamp of our greeting, with its angle brackets. */
    readonly timestamp: string;
    /** MD5 of timestamp and secret, lower-case hex (RFC 1939 §7). */
    readonly digest: string;
  }
  | {
    readonly kind: "token";
    /** `undefined` where the token alone tells (RFC 7628 §3.1). */
    readonly user: string | undefined;
    /** A bearer token (RFC 6750). */
    readonly token: string;
  };

/** The kinds of {@linkcode Credentials}, and `scram`, whose proof takes more than one message. */
export type CredentialKind = Credentials["kind"] | "scram";

/** A user who proved who they are. */
export interface Identity {
  /** The name that they signed in with, prepared (RFC 4013). */
  readonly user: string;
  /** Where this user's maildrop is, if the users file says so. */
  readonly maildrop?: string;
}

/** What a server needs for SCRAM with one user. */
export interface ScramUser {
  /** For a user who does not exist they are made up, and the same whenever asked for. */
  readonly credentials: ScramCredentials;
  /** `undefined` for a user who does not exist: then no proof holds. */
  readonly identity: Identity | undefined;
}

/** Checks credentials. */
export interface Authenticator {
  /**
   * Which kinds of credentials can succeed at all; what is not here is not advertised. Ask anew
   * for every session: it may change when a file is read anew.
   */
  readonly kinds: ReadonlySet<CredentialKind>;
  /**
   * The user, or `undefined` when the proof does not hold; takes the same time either way.
   *
   * @throws {SignInUnavailableError} if it cannot be told now.
   */
  authenticate(credentials: Credentials): Promise<Identity | undefined>;
  /** What SCRAM needs, whether there is such a user or not; there if `kinds` can have `scram`. */
  scram?(user: string): Promise<ScramUser>;
  /** The user of that name; there if not every name is somebody's. For those who proved it. */
  identityOf?(user: string): Identity | undefined;
}
