/**
 * One run of a SASL mechanism, seen from the server.
 *
 * @module
 */

import type { SaslMechanismName } from "../protocol/sasl.ts";
import type { Identity } from "./authenticator.ts";

/** What comes of a step. */
export type ServerStep =
  /** To be sent, in Base64, behind `+ `. */
  | { readonly kind: "challenge"; readonly data: Uint8Array }
  | { readonly kind: "done"; readonly identity: Identity }
  /**
   * The proof does not hold; the answer must be the same for every user and reason. With
   * `explanation`, that goes as a challenge first, and what the client answers means nothing.
   */
  | {
    readonly kind: "refused";
    readonly user: string | undefined;
    readonly explanation?: Uint8Array;
  }
  /** What came is not what the mechanism allows; `reason` may be told to the client. */
  | { readonly kind: "malformed"; readonly reason: string };

/** The server's side of one run of a mechanism. */
export interface ServerMechanism {
  /** The mechanism's name. */
  readonly name: SaslMechanismName;
  /**
   * Takes what the client sent, Base64 taken off. The first call is for the initial response:
   * `undefined` if AUTH came without, no octets if it was `=` (RFC 5034 §4). After any step but a
   * challenge the run is over.
   *
   * @throws {SignInUnavailableError} if it cannot be told now who may sign in.
   */
  step(response: Uint8Array | undefined): Promise<ServerStep>;
}

/** A mechanism at work: gives challenges, gets responses, and ends with any other step. */
export type Exchange = AsyncGenerator<Uint8Array, ServerStep, Uint8Array>;
