/**
 * What SCRAM-SHA-256 computes (RFC 5802 §3, RFC 7677), on both sides. Its messages are in
 * `protocol/sasl/scram_messages.ts`.
 *
 * @module
 */

import { preparedPassword } from "../protocol/sasl/saslprep.ts";
import { hmac, pbkdf2, randomOctets, sameOctets, sha256 } from "./crypto.ts";

/** What a server keeps of a password: enough to check a proof, not enough to make one. */
export interface ScramCredentials {
  /** How often the HMAC was made. */
  readonly iterations: number;
  /** Octets that differ from user to user. */
  readonly salt: Uint8Array;
  /** 32 octets. */
  readonly storedKey: Uint8Array;
  /** 32 octets. */
  readonly serverKey: Uint8Array;
}

/** How credentials are made. */
export interface ScramOptions {
  /** How often the HMAC is made; RFC 7677 §4 asks for 4096. @default {4096} */
  readonly iterations?: number;
  /** Octets that differ from user to user. @default 16 octets that nobody can guess */
  readonly salt?: Uint8Array;
}

/** RFC 7677 §4. */
export const SCRAM_ITERATIONS = 4096;

/** Turns a password, not yet prepared, into what a server keeps of it. */
export async function makeScramCredentials(
  password: Uint8Array,
  options: ScramOptions = {},
): Promise<ScramCredentials> {
  const { iterations = SCRAM_ITERATIONS, salt = randomOctets(16) } = options;
  const salted = await saltedPassword(password, salt, iterations);
  const storedKey = await storedKeyOf(salted);
  return { iterations, salt, storedKey, serverKey: await hmac(salted, "Server Key") };
}

/** The password, not yet prepared, after the work that makes guessing slow. */
export function saltedPassword(
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Promise<Uint8Array> {
  return pbkdf2(preparedPassword(password), { hash: "SHA-256", salt, iterations });
}

/** What a salted password must hash to. */
export async function storedKeyOf(salted: Uint8Array): Promise<Uint8Array> {
  return await sha256(await hmac(salted, "Client Key"));
}

/** The client's proof, and the signature that the server must answer with. */
export async function makeProof(
  salted: Uint8Array,
  authMessage: string,
): Promise<{ readonly proof: Uint8Array; readonly signature: Uint8Array }> {
  const clientKey = await hmac(salted, "Client Key");
  const clientSignature = await hmac(await sha256(clientKey), authMessage);
  const serverKey = await hmac(salted, "Server Key");
  return {
    proof: exclusiveOr(clientKey, clientSignature),
    signature: await hmac(serverKey, authMessage),
  };
}

/** Whether a client's proof shows that it knows the password. */
export async function proofHolds(
  credentials: ScramCredentials,
  authMessage: string,
  proof: Uint8Array,
): Promise<boolean> {
  const { storedKey } = credentials;
  const clientKey = exclusiveOr(proof, await hmac(storedKey, authMessage));
  return sameOctets(await sha256(clientKey), storedKey) && proof.length === storedKey.length;
}

/** What shows the client that we are the one who has its credentials. */
export function serverSignature(
  credentials: ScramCredentials,
  authMessage: string,
): Promise<Uint8Array> {
  return hmac(credentials.serverKey, authMessage);
}

function exclusiveOr(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((octet, index) => octet ^ (right[index] ?? 0));
}
