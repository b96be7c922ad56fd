/**
 * SASL (RFC 4422) as POP3 uses it (RFC 5034): the mechanisms that we speak, by name, and what all
 * of them have in common. Their messages are in `sasl/`, one file a mechanism.
 *
 * @module
 */

/** A mechanism, by its registered name. */
export type SaslMechanismName = "SCRAM-SHA-256" | "OAUTHBEARER" | "XOAUTH2" | "PLAIN" | "LOGIN";

/** All mechanisms, the strongest first. */
export const SASL_MECHANISMS: readonly SaslMechanismName[] = [
  "SCRAM-SHA-256",
  "OAUTHBEARER",
  "XOAUTH2",
  "PLAIN",
  "LOGIN",
];

/**
 * The mechanism of that name, in any case; `undefined` for one that we do not speak.
 *
 * @example
 * ```ts
 * import { saslMechanism } from "./sasl.ts";
 *
 * saslMechanism("plain"); // "PLAIN"
 * ```
 */
export function saslMechanism(name: string): SaslMechanismName | undefined {
  const upper = name.toUpperCase();
  return SASL_MECHANISMS.find((mechanism) => mechanism === upper);
}

/**
 * Whether whoever hears it can sign in with what they heard: only for TLS or this very machine.
 */
export function revealsSecret(mechanism: SaslMechanismName): boolean {
  return mechanism !== "SCRAM-SHA-256";
}

/** What the other side sent is not what its mechanism allows. Never holds a secret. */
export class SaslError extends Error {
  /** The name of this type, as it shows in front of the message. */
  override readonly name = "SaslError";
}

/**
 * The client's side of one run of a mechanism.
 *
 * The one who drives it sends `initial` along with AUTH or as the answer to the first challenge,
 * answers every further challenge with `respond`, and calls `verifyEnd` when the server says yes.
 */
export interface ClientMechanism {
  /** The name for the AUTH command. */
  readonly name: SaslMechanismName;
  /** The first response; `undefined` where the server speaks first (LOGIN). */
  readonly initial: Uint8Array | undefined;
  /**
   * Answers a challenge (Base64 taken off).
   *
   * @throws {SaslError} if it is not what should come now: then cancel with `*` (RFC 5034 §4).
   */
  respond(challenge: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /**
   * The server says that we are signed in.
   *
   * @throws {SaslError} if it did not prove that it knows the password, where it must: then it is
   *   not the server that it claims to be.
   */
  verifyEnd(): void;
  /** Whether something is left for us to say before a yes of the server makes sense. */
  readonly more: boolean;
  /** What went wrong in the server's own words, where the mechanism itself tells. */
  readonly failure: string | undefined;
}
