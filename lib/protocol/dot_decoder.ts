import { Finder } from "./finder.ts";
import { CR, DOT, EMPTY, join, LF } from "./octets.ts";

/** A final dot that is no line of its own. */
const GLUED_LENGTH = 3;

/** What a {@linkcode DotDecoder} has to know of the reply that it decodes. */
export interface DotDecoderOptions {
  /** How the status line before the message ended; the message's own lines then count likewise. */
  readonly lineEnding: "crlf" | "lf";
  /** The message's octets as LIST told them: a line "." before that may be content. */
  readonly expectedSize?: number;
}

/**
 * Takes a message out of a multi-line reply: removes the stuffing, finds the end, and changes no
 * other octet (RFC 1939 §3).
 *
 * - `crlf`: only CRLF "." CRLF ends the message, also as its very first line; a line "." between
 *   bare LFs is content. `lf`: LF "." LF and LF "." CRLF end it.
 * - A line that begins with ".." loses a dot. A line ".x" keeps its dot, for only a server that
 *   does not stuff sends it.
 * - Such a server also sends a line "." of a message as it is. While fewer octets came than LIST
 *   said, the decoder cannot know: it is `unsure` until the caller, who can wait and see whether
 *   more comes, calls {@linkcode DotDecoder.decide}.
 * - A server that sets the final dot right behind a last line without an end sends what any line
 *   that ends in a dot looks like. Whether nothing comes behind it only the caller can see; so such
 *   an end of what came is held back ({@linkcode DotDecoder.endsInDot}), and it is content unless
 *   the caller doubts that ({@linkcode DotDecoder.doubt}). Only with CRLF and `expectedSize`.
 */
export class DotDecoder {
  readonly #options: DotDecoderOptions;
  readonly #lineDots = new Finder("\n.");
  #state: "open" | "unsure" | "ended" = "open";
  /** The beginning of a line, "." or "." CR, that a chunk border keeps us from understanding. */
  #held = EMPTY;
  /** The end of what came, where that may be a final dot that is no line of its own, or its beginning. */
  #glued = EMPTY;
  /** The last octet so far, and whether a line begins behind it. */
  #last = LF;
  #lineStart = true;
  /** The line that is the end or an un-stuffed dot. */
  #dotLine = EMPTY;
  #rest = EMPTY;
  #size = 0;

  /** Starts right behind the status line. */
  constructor(options: DotDecoderOptions) {
    this.#options = options;
  }

  /** `ended`: the message is complete; `unsure`: it is, or LIST is right and there is more. */
  get state(): "open" | "unsure" | "ended" {
    return this.#state;
  }

  /** Whether all that came ends in a dot and CRLF that are no line of their own; not given out yet. */
  get endsInDot(): boolean {
    return this.#state === "open" && this.#glued.length === GLUED_LENGTH;
  }

  /**
   * The unread octets behind the end or possible end. In state `ended` this is a view of the
   * last chunk like the decoded parts; in state `unsure` it is a copy.
   */
  get rest(): Uint8Array {
    return this.#rest;
  }

  /** Decoded octets so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Decodes the next chunk. The parts are views of it where possible, valid as long as its buffer
   * stays unchanged. In states `unsure` and `ended` the chunk is added to `rest`.
   */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    if (this.#state !== "open") {
      this.#rest = join(this.#rest, chunk);
      return [];
    }
    if (chunk.length > 0 && this.#held.length + this.#glued.length > 0) {
      // Never both: one begins a line, the other does not.
      const joined = join(join(this.#glued, this.#held), chunk);
      this.#held = this.#glued = EMPTY;
      return this.#decode(joined);
    }
    return chunk.length === 0 ? [] : this.#decode(chunk);
  }

  /**
   * The dot that {@linkcode endsInDot} is about may be the end: the state is `unsure` now.
   *
   * @throws {Error} if there is no such dot.
   */
  doubt(): void {
    if (!this.endsInDot) throw new Error("Cannot doubt the end: the octets do not end in a dot");
    this.#state = "unsure";
    this.#dotLine = this.#glued;
    this.#glued = this.#rest = EMPTY;
  }

  /**
   * Says what the line "." was, in state `unsure`: the `end`, or `content`, which gives out the
   * line and what can be decoded behind it.
   *
   * @throws {Error} in another state.
   */
  decide(meaning: "end" | "content"): readonly Uint8Array[] {
    if (this.#state !== "unsure") {
      throw new Error(`Cannot decide what a dot meant: the state is ${this.#state}, not unsure`);
    }
    if (meaning === "end") {
      this.#state = "ended";
      return [];
    }
    const rest = this.#rest;
    this.#rest = EMPTY;
    this.#state = "open";
    this.#size += this.#dotLine.length;
    this.#last = LF;
    this.#lineStart = true;
    return [this.#dotLine, ...this.push(rest)];
  }

  #decode(chunk: Uint8Array): readonly Uint8Array[] {
    const parts: Uint8Array[] = [];
    let given = 0;
    const give = (end: number): void => {
      if (end > given) parts.push(chunk.subarray(given, end));
      this.#size += end - given;
      given = end;
    };
    this.#lineDots.search(chunk);
    for (let dot = this.#firstDot(chunk); dot !== -1; dot = this.#nextDot(chunk)) {
      const end = this.#lineEnd(chunk, dot);
      if (chunk[dot + 1] === DOT) {
        give(dot);
        given++;
      } else if (end === undefined) {
        give(dot);
        this.#held = chunk.slice(dot);
        this.#last = LF;
        this.#lineStart = true;
        return parts;
      } else if (end > dot) {
        give(dot);
        this.#close(chunk.slice(dot, end), chunk.subarray(end));
        return parts;
      }
    }
    const end = chunk.length - this.#gluedAt(chunk, given);
    give(end);
    if (end < chunk.length) this.#glued = chunk.slice(end);
    this.#remember(chunk.subarray(0, end));
    return parts;
  }

  /** A dot that begins the chunk and a line, else as `#nextDot`. */
  #firstDot(chunk: Uint8Array): number {
    return this.#lineStart && chunk[0] === DOT ? 0 : this.#nextDot(chunk);
  }

  /** Where the next dot is that begins a line, or -1. */
  #nextDot(chunk: Uint8Array): number {
    let lineFeed = this.#lineDots.next();
    if (this.#options.lineEnding === "crlf") {
      while (lineFeed !== -1 && (lineFeed === 0 ? this.#last : chunk[lineFeed - 1]) !== CR) {
        lineFeed = this.#lineDots.next();
      }
    }
    return lineFeed === -1 ? -1 : lineFeed + 1;
  }

  /** Where a line that is just the dot ends; -1 if it is another line, undefined if unknown yet. */
  #lineEnd(chunk: Uint8Array, dot: number): number | undefined {
    const next = chunk[dot + 1];
    if (next === undefined) return undefined;
    if (next === LF && this.#options.lineEnding === "lf") return dot + 2;
    if (next !== CR) return -1;
    const afterNext = chunk[dot + 2];
    if (afterNext === undefined) return undefined;
    return afterNext === LF ? dot + 3 : -1;
  }

  /** How many of the last octets may be a final dot that is no line of its own, or begin one. */
  #gluedAt(chunk: Uint8Array, from: number): number {
    const { lineEnding, expectedSize } = this.#options;
    if (lineEnding === "lf" || expectedSize === undefined) return 0;
    const last = chunk.length - 1;
    const length = chunk[last] === DOT
      ? 1
      : chunk[last] === CR && chunk[last - 1] === DOT
      ? 2
      : chunk[last] === LF && chunk[last - 1] === CR && chunk[last - 2] === DOT
      ? 3
      : 0;
    return chunk.length - length >= from ? length : 0;
  }

  #close(dotLine: Uint8Array, rest: Uint8Array): void {
    const expected = this.#options.expectedSize;
    if (expected !== undefined && this.#size < expected) {
      this.#state = "unsure";
      this.#dotLine = dotLine;
      this.#rest = rest.slice();
    } else {
      this.#state = "ended";
      this.#rest = rest;
    }
  }

  #remember(chunk: Uint8Array): void {
    const length = chunk.length;
    if (length === 0) return;
    const beforeLast = length > 1 ? chunk[length - 2] : this.#last;
    this.#last = chunk[length - 1] ?? 0;
    this.#lineStart = this.#last === LF &&
      (beforeLast === CR || this.#options.lineEnding === "lf");
  }
}
