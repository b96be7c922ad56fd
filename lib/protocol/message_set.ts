/**
 * The grammar of `--query`: which messages of a mailbox are meant. Terms with commas between
 * them: `3`, `1-10`, `5-` (to the end), `last:20` (the newest 20), `uid:X` (X up to the next comma).
 *
 * @module
 */
import { MessageSetError } from "./errors.ts";
import { NUMBER_DIGITS } from "./limits.ts";

/** One term of a message set. */
export type MessageTerm =
  | {
    readonly kind: "range";
    readonly from: number;
    /** Inclusive; undefined: to the end. */
    readonly to: number | undefined;
  }
  | { readonly kind: "last"; readonly count: number }
  | { readonly kind: "uid"; readonly uid: string };

/** The terms in the order in which they were written. */
export type MessageSet = readonly MessageTerm[];

const RANGE = /^(\d+)(?:\s*(-)\s*(\d+)?)?$/;
const LAST = /^last:(\d+)$/i;
const UID = /^uid:(.*)$/is;

/**
 * Reads a message set.
 *
 * @throws {MessageSetError} that names the term at fault and what can be written instead.
 */
export function parseMessageSet(text: string): MessageSet {
  return text.split(",").map((term) => parseTerm(term.trim()));
}

function parseTerm(term: string): MessageTerm {
  const uid = UID.exec(term)?.[1];
  if (uid !== undefined) {
    if (uid === "") throw wrong(term, "the uid is missing behind the colon");
    return { kind: "uid", uid };
  }
  const count = LAST.exec(term)?.[1];
  if (count !== undefined) return { kind: "last", count: numberIn(term, count) };
  const [, first, dash, end] = RANGE.exec(term) ?? [];
  if (first === undefined) {
    throw wrong(term, "write numbers (3), ranges (1-10, 5-), last:20 or uid:X");
  }
  const from = numberIn(term, first);
  if (from === 0) throw wrong(term, "message numbers start at 1");
  if (dash === undefined) return { kind: "range", from, to: from };
  if (end === undefined) return { kind: "range", from, to: undefined };
  const to = numberIn(term, end);
  if (to < from) throw wrong(term, "the range ends before it begins");
  return { kind: "range", from, to };
}

function numberIn(term: string, digits: string): number {
  if (digits.length > NUMBER_DIGITS) {
    throw wrong(term, `a number has at most ${NUMBER_DIGITS} digits`);
  }
  return Number(digits);
}

function wrong(term: string, reason: string): MessageSetError {
  return new MessageSetError(`Cannot read ${JSON.stringify(term)} as messages: ${reason}`);
}

/** Whether {@linkcode selectNumbers} needs the uids of the listing. */
export function needsUids(set: MessageSet): boolean {
  return set.some((term) => term.kind === "uid");
}

/**
 * The numbers of the messages in `listing` (in any order, with gaps) that the set means:
 * ascending, no repeats. All messages that share a uid are meant by it (RFC 1939 §7).
 */
export function selectNumbers(
  set: MessageSet,
  listing: readonly { readonly number: number; readonly uid?: string }[],
): number[] {
  const numbers = listing.map(({ number }) => number).sort((a, b) => a - b);
  const uids = new Set(set.map((term) => term.kind === "uid" ? term.uid : undefined));
  const selected = new Set<number>();
  for (const { number, uid } of needsUids(set) ? listing : []) {
    if (uid !== undefined && uids.has(uid)) selected.add(number);
  }
  for (const term of set) {
    for (const number of numbersIn(term, numbers)) selected.add(number);
  }
  return [...selected].sort((a, b) => a - b);
}

function numbersIn(term: MessageTerm, ascending: readonly number[]): readonly number[] {
  switch (term.kind) {
    case "uid":
      return [];
    case "last":
      return term.count === 0 ? [] : ascending.slice(-term.count);
    case "range":
      return ascending.slice(
        firstAtLeast(ascending, term.from),
        term.to === undefined ? undefined : firstAtLeast(ascending, term.to + 1),
      );
  }
}

/** The index of the first number that is `least` or more: sets of many terms stay fast. */
function firstAtLeast(ascending: readonly number[], least: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Infinity) < least) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
