/**
 * A message whose headers are in ASCII, those of its MIME parts as well (RFC 6857 §5): for clients
 * that did not say UTF8 (RFC 6856 §2.1).
 *
 * @module
 */

import { isAscii } from "node:buffer";
import { AsciiHeader, bodyStart } from "./ascii_header.ts";
import { HEADER_FIELD_LIMIT, MIME_DELIMITER_LINE, MIME_PARTS } from "./limits.ts";
import { decodeText, EMPTY, join, LF } from "./octets.ts";

const DASH = 0x2d;

/**
 * Rewrites a message in canonical form, given in chunks: what {@linkcode AsciiHeader} does with the
 * header is done with that of each part, at all levels. Bodies come out as they went in.
 */
export class AsciiMessage {
  /** The header under way; in a body there is none. */
  #header: AsciiHeader | undefined = new AsciiHeader();
  /** Whether that is too long to be held: then nobody knows what is in the body. */
  #isUnknown = false;
  /** That header as it came. */
  #raw: Uint8Array = EMPTY;
  /** What begins each part of the multiparts that are open (RFC 2046 §5.1.1), the innermost last. */
  readonly #delimiters: string[] = [];
  /** In a body: the line so far, if it may be a delimiter. */
  #line: Uint8Array | undefined;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #parts = 0;
  #changed = false;

  /** Whether a field so far did not come out as it went in. */
  get changed(): boolean {
    return this.#changed || this.#header?.changed === true;
  }

  /** As much as is known for sure. */
  push(chunk: Uint8Array): Uint8Array {
    let written = EMPTY;
    for (let rest = chunk; rest.length > 0;) {
      const header = this.#header;
      const length = header === undefined ? this.#inBody(rest) : this.#inHeader(rest);
      const part = rest.subarray(0, length);
      const out = header === undefined ? part : header.push(part);
      written = written.length === 0 ? out : join(written, out);
      if (header !== this.#header && header?.changed === true) this.#changed = true;
      rest = rest.subarray(length);
    }
    return written;
  }

  /** The rest: a message may be all header. */
  finish(): Uint8Array {
    return this.#header?.finish() ?? EMPTY;
  }

  /** How many of the octets belong to the header; where it ends, what is next is begun. */
  #inHeader(octets: Uint8Array): number {
    if (this.#isUnknown) return octets.length;
    const before = this.#raw.length;
    const raw = before === 0 ? octets : join(this.#raw, octets);
    const end = bodyStart(raw);
    if (end === -1) {
      this.#isUnknown = raw.length > HEADER_FIELD_LIMIT;
      this.#raw = this.#isUnknown ? EMPTY : raw.slice();
      return octets.length;
    }
    const { delimiter, isMessage } = structureOf(raw.subarray(0, end));
    this.#raw = EMPTY;
    this.#header = isMessage && this.#mayBegin() ? new AsciiHeader() : undefined;
    this.#line = EMPTY;
    if (delimiter !== undefined) this.#delimiters.push(delimiter);
    return end - before;
  }

  /** How many of the octets there are before another header. */
  #inBody(octets: Uint8Array): number {
    if (this.#delimiters.length === 0) return octets.length;
    const text = isAscii(octets) ? this.#decoder.decode(octets) : undefined;
    for (let at = 0; at < octets.length;) {
      if (this.#line !== undefined && !this.#isOther(octets, at, text)) {
        const known = this.#line.length;
        const line = join(this.#line, octets.subarray(at, at + MIME_DELIMITER_LINE - known));
        const end = mayBeDelimiter(line) ? line.indexOf(LF) : undefined;
        if (end === -1 && line.length < MIME_DELIMITER_LINE) {
          this.#line = line;
          return octets.length;
        }
        if (end !== undefined && end !== -1) {
          this.#line = EMPTY;
          at += end + 1 - known;
          if (this.#delimits(line.subarray(0, end))) return at;
          continue;
        }
      }
      const next = lineOfDashes(octets, at, text);
      this.#line = next !== -1 || octets[octets.length - 1] === LF ? EMPTY : undefined;
      if (next === -1) return octets.length;
      at = next;
    }
    return octets.length;
  }

  /** Whether it is easily seen that the line that begins at `at` is no delimiter. */
  #isOther(octets: Uint8Array, at: number, text: string | undefined): boolean {
    if (this.#line !== EMPTY || text === undefined) return false;
    if (octets.length - at < MIME_DELIMITER_LINE) return false;
    return !this.#delimiters.some((delimiter) => text.startsWith(delimiter, at));
  }

  /** Whether a part begins behind this line. */
  #delimits(line: Uint8Array): boolean {
    const text = decodeText(line).replace(/[ \t\r]+$/, "");
    for (let depth = this.#delimiters.length; depth > 0; depth--) {
      const delimiter = this.#delimiters[depth - 1];
      if (text === delimiter && this.#mayBegin()) {
        this.#delimiters.length = depth;
        this.#header = new AsciiHeader();
        return true;
      }
      if (text === `${delimiter}--`) {
        this.#delimiters.length = depth - 1;
        return false;
      }
    }
    return false;
  }

  /** Beyond so many parts, the others come out as they are. */
  #mayBegin(): boolean {
    return ++this.#parts <= MIME_PARTS;
  }
}

interface Structure {
  /** What begins each of its parts, if it has any. */
  readonly delimiter: string | undefined;
  /** Whether the body is a message by itself, with a header of its own. */
  readonly isMessage: boolean;
}

function structureOf(header: Uint8Array): Structure {
  const text = decodeText(header).replace(/\r\n[ \t]+/g, " ");
  const type = /^content-type[ \t]*:[ \t]*(.*)$/im.exec(text)?.[1] ?? "";
  const [, quoted, token] = /;[ \t]*boundary[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i
    .exec(type) ?? [];
  const boundary = /^multipart\//i.test(type)
    ? quoted?.replace(/\\(.)/g, "$1") ?? token
    : undefined;
  const isEncoded = /^content-transfer-encoding[ \t]*:[ \t]*(?:base64|quoted-printable)\b/im;
  return {
    delimiter: boundary === undefined || boundary === "" ? undefined : `--${boundary}`,
    isMessage: /^message\/(?:rfc822|global)\b/i.test(type) && !isEncoded.test(text),
  };
}

function mayBeDelimiter(line: Uint8Array): boolean {
  return line[0] === DASH && (line.length === 1 || line[1] === DASH);
}

/**
 * Where a line behind `at` begins with two dashes, or with the first of them at the end; -1 if none
 * does. To search a text is much faster than to search octets.
 */
function lineOfDashes(octets: Uint8Array, at: number, text: string | undefined): number {
  const last = octets.length - 1;
  const cut = last > at && octets[last] === DASH && octets[last - 1] === LF ? last : -1;
  if (text !== undefined) {
    // Base64 has no dashes: then this is one look for an octet.
    const dashes = text.indexOf("--", at + 1);
    if (dashes === -1) return cut;
    if (octets[dashes - 1] === LF) return dashes;
    const found = text.indexOf("\n--", dashes);
    return found === -1 ? cut : found + 1;
  }
  for (
    let dash = octets.indexOf(DASH, at + 1);
    dash !== -1;
    dash = octets.indexOf(DASH, dash + 1)
  ) {
    if (octets[dash - 1] === LF && octets[dash + 1] === DASH) return dash;
  }
  return cut;
}
