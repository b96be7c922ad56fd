import { EMPTY } from "./octets.ts";

/**
 * What one step looks at. A search that is given up early (the message ended) wasted at most this
 * much, and the strings stay small enough to die young.
 */
export const TEXT_BLOCK: number = 16 * 1024;

/** What the decoder makes of octets that are not UTF-8. */
const REPLACEMENT = "\ufffd";

/** Longest UTF-8 sequence; one that a block border cuts shows as up to so many replacements. */
const SEQUENCE = 4;

/**
 * Blocks of octets as texts, for as long as they are UTF-8: others are slow to decode. Why that pays
 * is told at {@linkcode Finder}.
 */
export class BlockTexts {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #isText = true;

  /** The block with one character an octet; `undefined` where its octets have to be looked at. */
  of(block: Uint8Array): string | undefined {
    const text = this.decode(block);
    return text?.length === block.length ? text : undefined;
  }

  /** The block, whatever its characters; `undefined` once there was one that is not UTF-8. */
  decode(block: Uint8Array): string | undefined {
    if (!this.#isText) return undefined;
    const text = this.#decoder.decode(block);
    const replaced = text.indexOf(REPLACEMENT, SEQUENCE);
    this.#isText = replaced === -1 || replaced >= text.length - SEQUENCE;
    return text;
  }
}

/**
 * Finds a line feed, alone or with a dot behind it, in chunk after chunk.
 *
 * V8 looks through a string with vector instructions but through a `Uint8Array` an octet at a
 * time, and makes a string of ASCII octets about as fast as it copies them: decoding and searching
 * the string is several times faster than `Uint8Array.indexOf`, which is no faster than a loop. No
 * octet from 0x80 up can become a line feed or a dot, valid UTF-8 or not. Chunks that turn out not
 * to be UTF-8 are slow to decode, and are searched as octets from then on.
 */
export class Finder {
  readonly #texts = new BlockTexts();
  readonly #pattern: string;
  readonly #lastCharacter: string;
  /** The octet to search for where the string cannot be used, and the one wanted behind it. */
  readonly #first: number;
  readonly #second: number | undefined;
  #octets = EMPTY;
  /** The current block as text with one character an octet; undefined: search its octets. */
  #text: string | undefined = "";
  #blockStart = 0;
  #blockEnd = 0;
  /** Where the search goes on. */
  #at = 0;

  /** Finds `pattern`; {@linkcode Finder.search} says where. */
  constructor(pattern: "\n" | "\n.") {
    this.#pattern = pattern;
    this.#lastCharacter = pattern.slice(-1);
    this.#first = pattern.charCodeAt(0);
    this.#second = pattern.length > 1 ? pattern.charCodeAt(1) : undefined;
  }

  /** Starts over in another chunk, which must stay unchanged as long as it is searched. */
  search(octets: Uint8Array): void {
    this.#octets = octets;
    this.#text = "";
    this.#blockStart = this.#blockEnd = this.#at = 0;
  }

  /** Where the pattern occurs next, or -1. */
  next(): number {
    for (;;) {
      const found = this.#text === undefined ? this.#nextOctet() : this.#nextCharacter(this.#text);
      if (found !== -1) {
        this.#at = found + 1;
        return found;
      }
      if (this.#blockEnd === this.#octets.length) return -1;
      this.#load();
    }
  }

  #nextCharacter(text: string): number {
    const found = text.indexOf(this.#pattern, this.#at - this.#blockStart);
    return found === -1 ? -1 : this.#blockStart + found;
  }

  #nextOctet(): number {
    const octets = this.#octets;
    let found = octets.indexOf(this.#first, this.#at);
    if (this.#second === undefined) return found < this.#blockEnd ? found : -1;
    while (found !== -1 && found < this.#blockEnd) {
      if (octets[found + 1] === this.#second) return found;
      found = octets.indexOf(this.#first, found + 1);
    }
    return -1;
  }

  #load(): void {
    this.#blockStart = this.#at = this.#blockEnd;
    this.#blockEnd = Math.min(this.#blockStart + TEXT_BLOCK, this.#octets.length);
    // One more octet, so that a pattern across the border belongs to the block it begins in.
    const end = this.#blockEnd + this.#pattern.length - 1;
    const block = this.#octets.subarray(this.#blockStart, end);
    const text = this.#texts.decode(block);
    if (text === undefined) {
      this.#text = undefined;
      this.#blockEnd = this.#octets.length;
    } else if (!text.includes(this.#lastCharacter)) {
      // One look for a single character: base64 has a line feed in every line, but no dot at all.
      this.#text = "";
    } else if (text.length === block.length) {
      this.#text = text;
    } else {
      this.#text = text.includes(this.#pattern) ? undefined : "";
    }
  }
}
