import { Finder } from "./finder.ts";
import { CR, DOT, insertBefore, LF } from "./octets.ts";

/** The line that ends every multi-line reply (RFC 1939 §3). */
export const TERMINATOR: Uint8Array = Uint8Array.of(DOT, CR, LF);

/**
 * Dot-stuffs a message in canonical CRLF form, chunk by chunk: a line that begins with a dot gets
 * one more (RFC 1939 §3).
 */
export class DotEncoder {
  readonly #lineDots = new Finder("\n.");
  /** The last two octets so far; at the start the status line's CRLF stands before us. */
  #beforeLast = CR;
  #last = LF;

  /** The stuffed octets: `chunk` itself where none of its lines begins with a dot. */
  push(chunk: Uint8Array): Uint8Array {
    const length = chunk.length;
    if (length === 0) return chunk;
    const dots: number[] = [];
    if (this.#last === LF && chunk[0] === DOT) dots.push(0);
    this.#lineDots.search(chunk);
    for (let at = this.#lineDots.next(); at !== -1; at = this.#lineDots.next()) dots.push(at + 1);
    this.#beforeLast = (length > 1 ? chunk[length - 2] : this.#last) ?? 0;
    this.#last = chunk[length - 1] ?? 0;
    return dots.length === 0 ? chunk : insertBefore(chunk, dots, DOT);
  }

  /** The closing line, with CRLF before it where the input did not end in one. */
  finish(): Uint8Array {
    if (this.#beforeLast === CR && this.#last === LF) return TERMINATOR.slice();
    return Uint8Array.of(CR, LF, ...TERMINATOR);
  }
}
