/**
 * The client's side of SCRAM-SHA-256.
 *
 * @module
 */

import { SCRAM_ITERATIONS_ACCEPTED } from "../protocol/limits.ts";
import { EMPTY } from "../protocol/octets.ts";
import { type ClientMechanism, SaslError } from "../protocol/sasl.ts";
import { toBase64 } from "../protocol/sasl/base64.ts";
import { escapeSaslName, writeGs2Header } from "../protocol/sasl/gs2.ts";
import { saslprepOrAsIs } from "../protocol/sasl/saslprep.ts";
import {
  parseServerFinal,
  parseServerFirst,
  type ServerFirst,
  writeClientFinal,
} from "../protocol/sasl/scram_messages.ts";
import { randomOctets, sameOctets } from "./crypto.ts";
import { makeProof, saltedPassword, SCRAM_ITERATIONS } from "./scram.ts";

/** Options of {@linkcode scramClient}. */
export interface ScramClientOptions {
  /**
   * Fewer iterations are refused. RFC 7677 §4 asks servers for 4096; who stands between us and the
   * server could ask for one, and then guess the password from our proof at leisure.
   * @default {4096}
   */
  readonly leastIterations?: number;
  /** More iterations are refused: a server could keep us busy for ever. @default {5000000} */
  readonly mostIterations?: number;
  /** For tests. @default 24 characters that nobody can guess */
  readonly nonce?: string;
}

/**
 * SCRAM-SHA-256 without channel binding.
 *
 * @throws {SaslError} if the name cannot be sent.
 */
export function scramClient(
  user: string,
  password: Uint8Array,
  options: ScramClientOptions = {},
): ClientMechanism {
  const nonce = options.nonce ?? toBase64(randomOctets(18));
  const header = writeGs2Header();
  const bare = `n=${escapeSaslName(saslprepOrAsIs(user))},r=${nonce}`;
  let state: "first" | "final" | "proven" | "refused" = "first";
  let expected = EMPTY;
  let failure: string | undefined;

  const answerFirst = async (challenge: Uint8Array): Promise<Uint8Array> => {
    const serverFirst = parseServerFirst(challenge);
    checkServerFirst(serverFirst, nonce, options);
    const { salt, iterations } = serverFirst;
    const salted = await saltedPassword(password, salt, iterations);
    const withoutProof = writeClientFinal(header, serverFirst.nonce);
    const first = new TextDecoder().decode(challenge);
    const { proof, signature } = await makeProof(salted, `${bare},${first},${withoutProof}`);
    expected = signature;
    state = "final";
    return encode(`${withoutProof},p=${toBase64(proof)}`);
  };

  const answerFinal = (challenge: Uint8Array): Uint8Array => {
    const final = parseServerFinal(challenge);
    if (final.kind === "verifier") {
      if (!sameOctets(final.signature, expected)) throw impostor();
      state = "proven";
    } else {
      failure = final.reason;
      state = "refused";
    }
    return EMPTY;
  };

  return {
    name: "SCRAM-SHA-256",
    initial: encode(header + bare),
    respond: (challenge) => {
      if (state === "first") return answerFirst(challenge);
      if (state === "final") return answerFinal(challenge);
      throw new SaslError("The server asks for more than SCRAM has to say.");
    },
    verifyEnd: () => {
      if (state !== "proven") throw impostor();
    },
    get more(): boolean {
      return state === "first" || state === "final";
    },
    get failure(): string | undefined {
      return failure;
    },
  };
}

function checkServerFirst(first: ServerFirst, nonce: string, options: ScramClientOptions): void {
  const { leastIterations = SCRAM_ITERATIONS, mostIterations = SCRAM_ITERATIONS_ACCEPTED } =
    options;
  if (!first.nonce.startsWith(nonce) || first.nonce.length === nonce.length) {
    throw new SaslError("The server's nonce does not go on from ours: somebody may be in between.");
  }
  if (first.iterations < leastIterations || first.iterations > mostIterations) {
    throw new SaslError(
      `The server asks for ${first.iterations} iterations of SCRAM; ` +
        `from ${leastIterations} to ${mostIterations} would be safe.`,
    );
  }
}

function impostor(): SaslError {
  return new SaslError(
    "The server could not prove that it knows the password: it may not be the server that it " +
      "claims to be.",
  );
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
