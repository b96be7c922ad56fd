/**
 * Who may sign in: the server asks an {@linkcode Authenticator} and learns nothing but yes or no.
 *
 * @module
 */

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
  };

/** A user who proved who they are. */
export interface Identity {
  /** The name that they signed in with. */
  readonly user: string;
  /** Where this user's maildrop is, if the users file says so. */
  readonly maildrop?: string;
}

/** Checks credentials. */
export interface Authenticator {
  /** Which kinds of credentials can succeed at all; what is not here is not advertised. */
  readonly kinds: ReadonlySet<Credentials["kind"]>;
  /** The user, or `undefined` when the proof does not hold; takes the same time either way. */
  authenticate(credentials: Credentials): Promise<Identity | undefined>;
}
