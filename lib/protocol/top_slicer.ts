import { EMPTY, LF } from "./octets.ts";

/** The length of a line that is empty but for its CRLF. */
const BLANK_LINE = 2;

/**
 * Cuts a message in canonical CRLF form down to what TOP sends: the headers, the blank line, and
 * so many lines of the body (RFC 1939 §7). A message without a blank line is all headers.
 */
export class TopSlicer {
  #bodyLines: number;
  #inBody = false;
  #done = false;
  /** Octets of the current line that earlier chunks held. */
  #carried = 0;

  /** Keeps `bodyLines` lines of the body, 0 or more; too many are all. */
  constructor(bodyLines: number) {
    this.#bodyLines = bodyLines;
  }

  /** Whether all that is wanted was given: the rest of the message need not be read. */
  get done(): boolean {
    return this.#done;
  }

  /** As much of `chunk` as belongs to the reply, `chunk` itself where it is all wanted. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#done) return EMPTY;
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const length = this.#carried + end + 1 - start;
      this.#carried = 0;
      start = end + 1;
      this.#endLine(length);
      if (this.#done) return start === chunk.length ? chunk : chunk.subarray(0, start);
    }
    this.#carried += chunk.length - start;
    return chunk;
  }

  #endLine(length: number): void {
    if (this.#inBody) {
      this.#bodyLines--;
    } else if (length === BLANK_LINE) {
      this.#inBody = true;
    }
    this.#done = this.#inBody && this.#bodyLines <= 0;
  }
}
