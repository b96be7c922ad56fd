/**
 * Chance that is the same on every machine and in every run.
 *
 * @module
 */

/** A row of numbers that a seed decides (a 32-bit xorshift). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    // Multiplied by an odd constant, so that neighbouring seeds give unlike rows; never zero.
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x5bd1e995) || 1;
    for (let i = 0; i < 4; i++) this.below(2);
  }

  /** A whole number, 0 ≤ x < `limit`. */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return Math.floor(((x >>> 0) / 2 ** 32) * limit);
  }

  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** So many random octets. */
  octets(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}
