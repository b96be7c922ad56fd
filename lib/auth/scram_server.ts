/**
 * The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677).
 *
 * @module
 */

import { EMPTY } from "../protocol/octets.ts";
import { SaslError } from "../protocol/sasl.ts";
import { toBase64 } from "../protocol/sasl/base64.ts";
import {
  type ClientFinal,
  type ClientFirst,
  parseClientFinal,
  parseClientFirst,
  writeServerFirst,
} from "../protocol/sasl/scram_messages.ts";
import type { Authenticator } from "./authenticator.ts";
import { randomOctets, sameOctets } from "./crypto.ts";
import { proofHolds, serverSignature } from "./scram.ts";
import type { Exchange } from "./server_mechanism.ts";

/** Options of {@linkcode scramServer}. */
export interface ScramServerOptions {
  /** What is put behind the client's nonce; for tests. @default 24 characters nobody can guess */
  readonly nonce?: string;
}

/** Asks for two messages and ends with a third: POP3 has no room for data along with `+OK`. */
export async function* scramServer(
  authenticator: Authenticator,
  initial: Uint8Array | undefined,
  options: ScramServerOptions,
): Exchange {
  const first = parseClientFirst(initial ?? (yield EMPTY));
  const { user, authzid } = first;
  if (authenticator.scram === undefined) return { kind: "refused", user };
  const { credentials, identity } = await authenticator.scram(user);

  const nonce = first.nonce + (options.nonce ?? toBase64(randomOctets(18)));
  const serverFirst = writeServerFirst({ nonce, ...credentials });
  const final = parseClientFinal(yield encode(serverFirst));
  checkFinal(final, first, nonce);

  const authMessage = `${first.bare},${serverFirst},${final.withoutProof}`;
  const holds = await proofHolds(credentials, authMessage, final.proof);
  const own = authzid === undefined || authzid === user;
  if (!holds || !own || identity === undefined) return { kind: "refused", user };
  const signature = await serverSignature(credentials, authMessage);
  const last = yield encode(`v=${toBase64(signature)}`);
  if (last.length > 0) throw new SaslError("SCRAM has nothing more to say.");
  return { kind: "done", identity };
}

/** RFC 5802 §5.1: the second message must belong to the first. */
function checkFinal(final: ClientFinal, first: ClientFirst, nonce: string): void {
  if (final.nonce !== nonce) throw new SaslError("The SCRAM nonce is not the one of this sign-in.");
  if (!sameOctets(final.channelBinding, encode(first.gs2Header))) {
    throw new SaslError("The SCRAM messages differ in their channel binding.");
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
