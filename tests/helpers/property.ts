/**
 * Property tests with `fast-check`: a statement about all inputs of a kind, tried on many, and
 * where it fails told for the smallest input on which it does.
 *
 * @module
 */

import fc from "npm:fast-check@^4.10.2";

export { fc };

/** How a property is tried. */
export interface Trial {
  /** On how many inputs. @default {500} */
  readonly runs?: number;
  /** Another one, other inputs; the same one, the same. @default {1939} */
  readonly seed?: number;
}

/** The statement holds for all that `inputs` makes. Throws with the smallest counterexample. */
export function holdsForAll<Input>(
  inputs: fc.Arbitrary<Input>,
  statement: (input: Input) => void,
  trial: Trial = {},
): void {
  fc.assert(fc.property(inputs, statement), parameters(trial));
}

/** As {@linkcode holdsForAll}, for a statement that takes its time. */
export async function holdsForAllAsync<Input>(
  inputs: fc.Arbitrary<Input>,
  statement: (input: Input) => Promise<void>,
  trial: Trial = {},
): Promise<void> {
  await fc.assert(fc.asyncProperty(inputs, statement), parameters(trial));
}

function parameters({ runs = 500, seed = 1939 }: Trial): { numRuns: number; seed: number } {
  return { numRuns: runs, seed };
}

/** Octets as a string, a code unit each: what {@linkcode latin1} takes. */
export function octetText(constraints: fc.StringConstraints = {}): fc.Arbitrary<string> {
  const unit = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
  return fc.string({ ...constraints, unit });
}

/** Any octets, those that mean something to POP3 more often. */
export function nastyOctets(maxLength: number = 60): fc.Arbitrary<Uint8Array> {
  const meaning = fc.constantFrom(...[..."\r\n.. \0=_*"].map((each) => each.charCodeAt(0)));
  const any = fc.integer({ min: 0, max: 255 });
  return fc.array(fc.oneof(meaning, any), { maxLength }).map((list) => Uint8Array.from(list));
}

/** `octets` in pieces whose lengths are those of `lengths`, again and again. */
export function cut(octets: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < octets.length; turn++) {
    const end = at + Math.max(1, lengths[turn % Math.max(1, lengths.length)] ?? octets.length);
    pieces.push(octets.slice(at, end));
    at = end;
  }
  return pieces;
}
