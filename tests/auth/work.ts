/**
 * What Web Crypto is asked to do: timings cannot be asserted, the work that makes them can.
 *
 * @module
 */

/**
 * Runs `task` and says which calls it made: `hash × iterations` in sum for PBKDF2, and how many
 * calls of each kind.
 */
export async function workOf(task: () => Promise<unknown>): Promise<Record<string, number>> {
  const work: Record<string, number> = {};
  const count = (what: string, much: number) => work[what] = (work[what] ?? 0) + much;
  const { deriveBits, sign, digest } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.deriveBits = function (algorithm, ...rest) {
    // The only algorithm in use; its parameters are what is counted.
    const { hash, iterations } = algorithm as { hash: string; iterations: number };
    count(`iterations of ${hash}`, iterations);
    count("deriveBits", 1);
    return deriveBits.call(this, algorithm, ...rest);
  };
  SubtleCrypto.prototype.sign = function (...args) {
    count("sign", 1);
    return sign.apply(this, args);
  };
  SubtleCrypto.prototype.digest = function (...args) {
    count("digest", 1);
    return digest.apply(this, args);
  };
  try {
    await task();
  } finally {
    Object.assign(SubtleCrypto.prototype, { deriveBits, sign, digest });
  }
  return work;
}
