import { CR, EMPTY, LF } from "./octets.ts";

/** A line as it came. */
export interface Line {
  /** Its octets without the ending; valid until the next `push`. */
  readonly octets: Uint8Array;
  /** How it ended: RFC 1939 wants `crlf`, some peers send `lf`. */
  readonly ending: "crlf" | "lf";
  /** Whether it was longer than the limit; `octets` then holds only its beginning. */
  readonly tooLong: boolean;
}

/**
 * Cuts a stream of octets into lines, never holding more than `limit` octets of an unfinished
 * line beside what the last push brought.
 */
export class LineBuffer {
  #limit: number;
  #held = EMPTY;
  /** Unread octets are `#held[#start]` to `#held[#end - 1]`. */
  #start = 0;
  #end = 0;
  /** No line feed stands between `#start` and here. */
  #searched = 0;
  /** Where the last, unfinished line begins. */
  #tail = 0;
  /** Octets of the unfinished line that were dropped, and the last one of them. */
  #dropped = 0;
  #lastDropped = 0;
  /** Line feeds of finished lines that had octets dropped, as indexes of `#held`. */
  #cutLines: number[] = [];

  /** An empty buffer for lines of at most `limit` octets, their ending included. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Sets another limit, for all lines that have not been read yet. */
  setLimit(limit: number): void {
    this.#limit = limit;
  }

  /** Whether the unfinished line is longer than the limit already. */
  get overlong(): boolean {
    return this.#dropped > 0 || this.#end - this.#tail > this.#limit;
  }

  /** Octets that are held. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** Adds a copy of `chunk`. */
  push(chunk: Uint8Array): void {
    if (this.overlong) {
      this.#continueOverlong(chunk);
    } else {
      this.#append(chunk);
    }
  }

  /** Whether a complete line is waiting. */
  hasLine(): boolean {
    return this.#findLineFeed() !== -1;
  }

  /** The next complete line. One over the limit is given once, when its end has come. */
  next(): Line | undefined {
    const lineFeed = this.#findLineFeed();
    if (lineFeed === -1) return undefined;
    const start = this.#start;
    const cut = this.#cutLines[0] === lineFeed;
    if (cut) this.#cutLines.shift();
    const ending = lineFeed > start && this.#held[lineFeed - 1] === CR ? "crlf" : "lf";
    const end = cut || ending === "crlf" ? lineFeed - 1 : lineFeed;
    const tooLong = cut || lineFeed + 1 - start > this.#limit;
    const octets = this.#held.subarray(start, tooLong ? Math.min(end, start + this.#limit) : end);
    this.#start = this.#searched = lineFeed + 1;
    if (this.#start === this.#end) this.#release();
    return { octets, ending, tooLong };
  }

  /** Hands over everything unread, in a buffer of its own, and forgets it. */
  take(): Uint8Array {
    const unread = this.#held.slice(this.#start, this.#end);
    this.#cutLines = [];
    this.#dropped = 0;
    this.#release();
    return unread;
  }

  #findLineFeed(): number {
    if (this.#start === this.#tail) return -1;
    // What lies behind #end is old, but before #tail there certainly is a line feed.
    this.#searched = this.#held.indexOf(LF, this.#searched);
    return this.#searched;
  }

  /** Nothing of the line beyond the limit is kept, only how much there was. */
  #continueOverlong(chunk: Uint8Array): void {
    const surplus = this.#end - this.#tail - this.#limit;
    if (surplus > 0) {
      this.#drop(surplus, this.#held[this.#end - 1]);
      this.#end -= surplus;
    }
    const lineFeed = chunk.indexOf(LF);
    if (lineFeed === -1) {
      this.#drop(chunk.length, chunk[chunk.length - 1]);
      return;
    }
    this.#drop(lineFeed, chunk[lineFeed - 1]);
    // The last octet dropped stands for all of them, and tells how the line ended.
    this.#append(Uint8Array.of(this.#lastDropped, LF));
    this.#cutLines.push(this.#end - 1);
    this.#dropped = 0;
    this.#append(chunk.subarray(lineFeed + 1));
  }

  #drop(count: number, last: number | undefined): void {
    this.#dropped += count;
    if (count > 0 && last !== undefined) this.#lastDropped = last;
  }

  #append(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#makeRoom(chunk.length);
    this.#held.set(chunk, this.#end);
    const lineFeed = chunk.lastIndexOf(LF);
    if (lineFeed !== -1) this.#tail = this.#end + lineFeed + 1;
    this.#end += chunk.length;
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#held.length) return;
    const unread = this.#end - this.#start;
    const shift = this.#start;
    if (unread + count <= this.#held.length) {
      this.#held.copyWithin(0, shift, this.#end);
    } else {
      const larger = new Uint8Array(Math.max(unread + count, 2 * unread));
      larger.set(this.#held.subarray(shift, this.#end));
      this.#held = larger;
    }
    this.#start = 0;
    this.#end -= shift;
    this.#tail -= shift;
    this.#searched -= shift;
    this.#cutLines = this.#cutLines.map((lineFeed) => lineFeed - shift);
  }

  /** All is read: thousands of idle connections hold nothing (a line that was given out does). */
  #release(): void {
    this.#held = EMPTY;
    this.#start =
      this.#end =
      this.#tail =
      this.#searched =
        0;
  }
}
