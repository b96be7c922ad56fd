/**
 * A header in ASCII in place of one in UTF-8 (RFC 6857, RFC 6532): for clients that did not say
 * UTF8 (RFC 6856 §2.1). The body stays as it is, and so do octets in no charset that is known.
 *
 * @module
 */

import { isAscii } from "node:buffer";
import { asciiField } from "./ascii_field.ts";
import { HEADER_FIELD_LIMIT, HEADER_LIMIT } from "./limits.ts";
import { CR, EMPTY, join, joined, LF } from "./octets.ts";

const SPACE = 0x20;
const TAB = 0x09;

/**
 * Rewrites a message in canonical form, given in chunks: fields that are ASCII come out as they
 * went in, others as {@linkcode asciiField} has them, and all behind the header unchanged.
 */
export class AsciiHeader {
  /** What is not given out yet: the beginning of a field, or of a line. */
  #held: Uint8Array = EMPTY;
  #seen = 0;
  #inBody = false;
  #changed = false;
  /** Whether the beginning of this field was given out already. */
  #tooLong = false;

  /** Whether the header has ended; chunks from then on come back as they are. */
  get inBody(): boolean {
    return this.#inBody;
  }

  /** Whether a field so far did not come out as it went in. */
  get changed(): boolean {
    return this.#changed;
  }

  /** As much as is known for sure. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#inBody) return chunk;
    this.#seen += chunk.length;
    const octets = this.#held.length === 0 ? chunk : join(this.#held, chunk);
    if (this.#seen > HEADER_LIMIT) return this.#letGo(octets);
    return isAscii(octets) ? this.#pass(octets) : this.#rewrite(octets);
  }

  /** Nearly all headers: as they are, but for a last field that may go on with other octets. */
  #pass(octets: Uint8Array): Uint8Array {
    if (bodyStart(octets) !== -1) return this.#letGo(octets);
    const start = lastFieldStart(octets);
    if (start > 0) this.#tooLong = false;
    this.#held = octets.slice(start);
    const given = octets.subarray(0, start);
    return this.#held.length > HEADER_FIELD_LIMIT ? join(given, this.#giveUp()) : given;
  }

  /** All from here on is as it is. */
  #letGo(octets: Uint8Array): Uint8Array {
    this.#inBody = true;
    this.#held = EMPTY;
    return octets;
  }

  #rewrite(octets: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    let start = 0;
    for (let end = fieldEnd(octets, 0); end !== -1; end = fieldEnd(octets, start)) {
      this.#inBody = end === start + 2 && octets[start] === CR;
      parts.push(this.#field(octets.subarray(start, end)));
      start = end;
      if (this.#inBody) break;
    }
    const rest = octets.subarray(start);
    this.#held = this.#inBody ? EMPTY : rest.slice();
    if (this.#inBody) parts.push(rest);
    else if (rest.length > HEADER_FIELD_LIMIT) parts.push(this.#giveUp());
    return joined(parts);
  }

  /** The rest: a message may be all header. */
  finish(): Uint8Array {
    const rest = this.#held;
    this.#held = EMPTY;
    return rest.length === 0 ? rest : this.#field(rest);
  }

  #field(field: Uint8Array): Uint8Array {
    const written = this.#tooLong ? field : asciiField(field);
    this.#tooLong = false;
    if (written !== field) this.#changed = true;
    return written;
  }

  /**
   * What cannot be held as a whole cannot be understood as one either: it stays as it is. Its last
   * octet (not a CR alone) is held still, or the end of its line would look like a blank one.
   */
  #giveUp(): Uint8Array {
    this.#tooLong = true;
    const end = this.#held.length - (this.#held.at(-1) === CR ? 2 : 1);
    const written = this.#held.subarray(0, end);
    this.#held = this.#held.slice(end);
    return written;
  }
}

/**
 * Where the field that begins at `start` ends, its continuation lines included; the blank line is
 * one by itself. -1 while that cannot be told.
 */
function fieldEnd(octets: Uint8Array, start: number): number {
  let lineFeed = octets.indexOf(LF, start);
  if (lineFeed === start + 1 && octets[start] === CR) return lineFeed + 1;
  while (lineFeed !== -1) {
    const next = octets[lineFeed + 1];
    if (next === undefined) return -1;
    if (next !== SPACE && next !== TAB) return lineFeed + 1;
    lineFeed = octets.indexOf(LF, lineFeed + 1);
  }
  return -1;
}

/** Where the last field begins, as far as can be told: the next octet may continue it. */
function lastFieldStart(octets: Uint8Array): number {
  for (let at = octets.lastIndexOf(LF); at !== -1; at = octets.lastIndexOf(LF, at - 1)) {
    const next = octets[at + 1];
    if (next !== undefined && next !== SPACE && next !== TAB) return at + 1;
    if (at === 0) break;
  }
  return 0;
}

/** Where the body begins in a message of which this is all or the beginning; -1 if not in there. */
export function bodyStart(octets: Uint8Array): number {
  if (octets[0] === CR && octets[1] === LF) return 2;
  for (let at = octets.indexOf(LF); at !== -1; at = octets.indexOf(LF, at + 1)) {
    if (octets[at + 1] === CR && octets[at + 2] === LF) return at + 3;
  }
  return -1;
}
