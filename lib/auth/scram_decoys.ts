/**
 * SCRAM for users who do not exist: they get a salt and iterations like everybody else, and the
 * same ones whenever they are asked for (RFC 5802 §9 leaves that to us).
 *
 * @module
 */

import { hmac } from "./crypto.ts";
import type { ScramCredentials } from "./scram.ts";

/** What of a user's credentials the first message of the server shows. */
export interface ScramShape {
  /** How often the HMAC was made. */
  readonly iterations: number;
  /** Octets. */
  readonly saltLength: number;
}

/** Makes credentials up, from a key that must stay the same and secret. */
export class ScramDecoys {
  readonly #key: Uint8Array;
  readonly #shapes: readonly ScramShape[];

  /** `shapes` are those of all users who exist: made-up ones look like any of them. */
  constructor(key: Uint8Array, shapes: readonly ScramShape[]) {
    this.#key = key;
    this.#shapes = shapes;
  }

  /** Credentials for a name. No proof holds against them: nobody knows what hashes to them. */
  async for(user: string): Promise<ScramCredentials> {
    const choice = new DataView((await hmac(this.#key, `shape ${user}`)).buffer).getUint32(0);
    const shape = this.#shapes[choice % Math.max(1, this.#shapes.length)];
    const storedKey = await hmac(this.#key, `stored key ${user}`);
    return {
      iterations: shape?.iterations ?? 4096,
      salt: await this.saltFor(user, shape?.saltLength ?? 16),
      storedKey,
      serverKey: storedKey,
    };
  }

  /** A salt for a name, of so many octets. */
  async saltFor(user: string, length: number): Promise<Uint8Array> {
    const salt = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = await hmac(this.#key, `salt ${at} ${user}`);
      salt.set(block.subarray(0, length - at), at);
    }
    return salt;
  }
}
