/**
 * Which known name somebody may have meant.
 *
 * @module
 */

/** Names longer than this are cut: nobody means a known one, and the work is quadratic. */
const LONGEST = 64;

/** The known name that looks most like `name`; `undefined` only where nothing is known. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const distance = distanceTo(candidate, name.slice(0, LONGEST));
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function distanceTo(candidate: string, name: string): number {
  const whole = editDistance(candidate.toLowerCase(), name.toLowerCase());
  const dot = candidate.indexOf(".");
  if (dot < 0) return whole;
  // `--path` means `--mimestore.path` rather than `--pass`, `--verbose` one of `--verbose.…`.
  const parts = [candidate.slice(0, dot), candidate.slice(dot + 1)];
  return parts.some((part) => part.toLowerCase() === name.toLowerCase())
    ? Math.min(whole, 0.5)
    : whole;
}

/** Insertions, removals, changes and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        at(row, j - 1) + 1,
        at(last, j) + 1,
        at(last, j - 1) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(before, j - 2) + 1);
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
