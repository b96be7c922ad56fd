/**
 * Finding the lines of an mbox that begin with `From `, in octets that come in chunks.
 *
 * @module
 */
import { EMPTY, joined } from "../../protocol/octets.ts";

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x3e;

/** What a message begins with. */
export const FROM = "From ";

/** A line that begins with any number of `>` and `From `. */
export interface FromLine {
  /** Where `From ` is. */
  readonly at: number;
  /** Whether at least one `>` is in front of it. */
  readonly isQuoted: boolean;
}

/** What a chunk turned out to be, together with what was held back of the one before. */
export interface Found {
  readonly octets: Uint8Array;
  /** Whether they begin a line. */
  readonly startsLine: boolean;
  /** The lines of interest before `end`, in order. */
  readonly lines: readonly FromLine[];
  /** What is behind it may belong to the beginning of such a line, and is held back. */
  readonly end: number;
}

/** What went before in a line: nothing, nothing but `>`, or anything else. */
type Before = "nothing" | "quotes" | "anything";

/**
 * Finds lines that begin with `From `, quoted or not, in chunk after chunk. Of the `>` in front of
 * it only the last one is held back: there may be any number.
 */
export class FromFinder {
  /** One character an octet: V8 searches strings, but not octets, many at a time. */
  readonly #decoder = new TextDecoder("latin1");
  #held: Uint8Array = EMPTY;
  #before: Before = "nothing";

  /** What was held back. */
  get held(): Uint8Array {
    return this.#held;
  }

  /** Looks at the next chunk; `withBlank`: a blank line is held back with what is behind it. */
  push(chunk: Uint8Array, withBlank: boolean = false): Found {
    const octets = this.#held.length === 0 ? chunk : joined([this.#held, chunk]);
    const before = this.#before;
    const { end, then } = openEnd(octets, before, withBlank);
    this.#before = then;
    this.#held = octets.slice(end);
    const startsLine = before === "nothing";
    return { octets, startsLine, lines: this.#lines(octets, before, end), end };
  }

  #lines(octets: Uint8Array, before: Before, end: number): FromLine[] {
    const text = this.#decoder.decode(octets);
    const lines: FromLine[] = [];
    for (let at = text.indexOf(FROM); at !== -1; at = text.indexOf(FROM, at + 1)) {
      let start = at;
      while (octets[start - 1] === QUOTE) start--;
      const isLine = start === 0 ? before !== "anything" : octets[start - 1] === LF;
      if (isLine && at < end) lines.push({ at, isQuoted: start < at });
    }
    return lines;
  }
}

/** Where something begins that may yet become a line of interest, and what is before it then. */
function openEnd(
  octets: Uint8Array,
  before: Before,
  withBlank: boolean,
): { readonly end: number; readonly then: Before } {
  const start = octets.lastIndexOf(LF) + 1;
  const tail = octets.subarray(start);
  const tailBefore = start > 0 ? "nothing" : before;
  // The beginning of a blank line, perhaps.
  if (withBlank && tail.length === 1 && tail[0] === CR && tailBefore === "nothing") {
    return { end: start, then: "nothing" };
  }
  const other = tail.findIndex((octet) => octet !== QUOTE);
  const quotes = other === -1 ? tail.length : other;
  const rest = tail.subarray(quotes);
  if (tailBefore === "anything" || rest.length >= FROM.length || !isFromPart(rest)) {
    return { end: octets.length, then: tail.length === 0 ? tailBefore : "anything" };
  }
  if (quotes > 0) {
    const isFirst = quotes === 1 && tailBefore === "nothing";
    return { end: start + quotes - 1, then: isFirst ? "nothing" : "quotes" };
  }
  if (!withBlank) return { end: start, then: tailBefore };
  return { end: blankLine(octets, start, 0, before === "nothing") ?? start, then: tailBefore };
}

/**
 * Where the blank line begins that ends at `at`, if one does; not before `from`, which begins a
 * line where `isLine`.
 */
export function blankLine(
  octets: Uint8Array,
  at: number,
  from: number,
  isLine: boolean,
): number | undefined {
  if (at - 1 < from || octets[at - 1] !== LF) return undefined;
  const start = at - 2 >= from && octets[at - 2] === CR ? at - 2 : at - 1;
  const isBlank = start === from ? isLine : octets[start - 1] === LF;
  return isBlank ? start : undefined;
}

/** Whether this is how `From ` begins. */
export function isFromPart(octets: Uint8Array): boolean {
  return octets.every((octet, i) => octet === FROM.charCodeAt(i));
}
