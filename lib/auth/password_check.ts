/**
 * Checks passwords in a time that does not tell whether the user exists, nor how their password is
 * kept.
 *
 * @module
 */

import { preparedPassword } from "../protocol/sasl/saslprep.ts";
import { type Derivation, type HashName, pbkdf2, sameOctets } from "./crypto.ts";
import type { Secret } from "./passwd_secret.ts";
import { storedKeyOf } from "./scram.ts";

/** Stands in for what there is none of; nothing that is computed is ever equal to it. */
const DECOY: Uint8Array = new Uint8Array(32);

/**
 * Checks passwords against the secrets of one users file: whoever signs in, the work is that of
 * the most expensive secrets in the file.
 */
export class PasswordCheck {
  /** The most iterations that any secret asks for, by hash. */
  readonly #work = new Map<HashName, number>();

  /** For all secrets that {@linkcode holds} will be asked about. */
  constructor(secrets: Iterable<Secret>) {
    for (const secret of secrets) {
      const derivation = derivationOf(secret);
      if (derivation === undefined) continue;
      const { hash, iterations } = derivation;
      this.#work.set(hash, Math.max(iterations, this.#work.get(hash) ?? 0));
    }
  }

  /** Whether the password is right; never for no secret, which costs the same. */
  async holds(secret: Secret | undefined, password: Uint8Array): Promise<boolean> {
    const prepared = preparedPassword(password);
    const own = secret === undefined ? undefined : derivationOf(secret);
    // Dovecot's hashes are of the octets as they come, SCRAM's of the prepared ones.
    const hashed = secret?.kind === "pbkdf2" ? password : prepared;
    let derived = DECOY;
    for (const [hash, iterations] of this.#work) {
      const result = await derive(hashed, own?.hash === hash ? own : undefined, hash, iterations);
      if (own?.hash === hash) derived = result;
    }
    const storedKey = this.#work.has("SHA-256") ? await storedKeyOf(derived) : DECOY;
    const right = [
      sameOctets(prepared, secret?.kind === "plain" ? secret.prepared : DECOY),
      sameOctets(derived, secret?.kind === "pbkdf2" ? secret.derived : DECOY),
      sameOctets(storedKey, secret?.kind === "scram" ? secret.credentials.storedKey : DECOY),
    ];
    return secret !== undefined && right[KINDS.indexOf(secret.kind)] === true;
  }
}

const KINDS: readonly Secret["kind"][] = ["plain", "pbkdf2", "scram"];

function derivationOf(secret: Secret): Derivation | undefined {
  switch (secret.kind) {
    case "plain":
      return undefined;
    case "scram":
      return { hash: "SHA-256", ...secret.credentials };
    case "pbkdf2":
      return secret;
  }
}

/** Always two runs that make `iterations` and one together: the own one, and what is left. */
async function derive(
  password: Uint8Array,
  own: Derivation | undefined,
  hash: HashName,
  iterations: number,
): Promise<Uint8Array> {
  const first = own ?? { hash, salt: DECOY, iterations };
  const result = await pbkdf2(password, first);
  const left = iterations + 1 - first.iterations;
  await pbkdf2(password, { hash, salt: DECOY, iterations: left });
  return result;
}
