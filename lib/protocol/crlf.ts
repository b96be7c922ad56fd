/**
 * The one rule for what goes on the wire: a bare LF becomes CRLF, a bare CR stays, a final CRLF
 * is added where it is missing, and an empty message stays empty (RFC 1939 §3 and §11, RFC 5322 §2.1).
 *
 * @module
 */
import { BlockTexts, Finder, TEXT_BLOCK } from "./finder.ts";
import { CR, DOT, EMPTY, insertBefore, join, LF } from "./octets.ts";

/** Puts a message into canonical form, chunk by chunk. */
export class CrlfRepairer {
  readonly #lineFeeds = new Finder("\n");
  /** The last octet so far. */
  #last: number | undefined;

  /** The repaired octets: `chunk` itself where nothing is to be done. */
  push(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const bare: number[] = [];
    this.#lineFeeds.search(chunk);
    for (let at = this.#lineFeeds.next(); at !== -1; at = this.#lineFeeds.next()) {
      if ((at === 0 ? this.#last : chunk[at - 1]) !== CR) bare.push(at);
    }
    this.#last = chunk[chunk.length - 1];
    return bare.length === 0 ? chunk : insertBefore(chunk, bare, CR);
  }

  /** What is missing at the end: CRLF or nothing. */
  finish(): Uint8Array {
    return this.#last === undefined || this.#last === LF ? EMPTY : Uint8Array.of(CR, LF);
  }
}

/** What a store has to know of a message in order to serve it without reading it first. */
export interface WireFacts {
  /** Octets of the canonical form, before dot-stuffing. */
  readonly size: number;
  /** Whether the message is in canonical form already. */
  readonly canonical: boolean;
  /** Whether a line of the canonical form begins with a dot. */
  readonly stuffing: boolean;
}

/** Finds the {@linkcode WireFacts} of a message that comes in chunks. */
export class WireMeter {
  readonly #texts = new BlockTexts();
  #octets = 0;
  #bare = 0;
  #stuffing = false;
  #last: number | undefined;

  /** Takes the next chunk into account; it is not kept. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += TEXT_BLOCK) {
      this.#look(chunk.subarray(at, at + TEXT_BLOCK));
    }
  }

  #look(block: Uint8Array): void {
    const isLineStart = this.#last === undefined || this.#last === LF;
    const text = this.#texts.of(block);
    // One look for a single character: base64 has no dot at all.
    const hasDots = text === undefined || text.includes(".");
    if (hasDots) this.#stuffing ||= (isLineStart && block[0] === DOT) || hasDotLine(block, text);
    this.#bare += text === undefined
      ? bareAmongOctets(block, this.#last)
      : bareInText(text, block, this.#last);
    this.#octets += block.length;
    this.#last = block[block.length - 1];
  }

  /** The facts of all that was pushed. */
  finish(): WireFacts {
    const complete = this.#last === undefined || this.#last === LF;
    return {
      size: this.#octets + this.#bare + (complete ? 0 : 2),
      canonical: complete && this.#bare === 0,
      stuffing: this.#stuffing,
    };
  }
}

/** Whether a line that begins in the block begins with a dot. */
function hasDotLine(block: Uint8Array, text: string | undefined): boolean {
  if (text !== undefined) return text.includes("\n.");
  for (let at = block.indexOf(DOT, 1); at !== -1; at = block.indexOf(DOT, at + 1)) {
    if (block[at - 1] === LF) return true;
  }
  return false;
}

/** Line feeds without CR; one loop without calls of ours, for large messages have millions of lines. */
function bareInText(text: string, block: Uint8Array, last: number | undefined): number {
  let bare = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    if ((at === 0 ? last : block[at - 1]) !== CR) bare++;
  }
  return bare;
}

function bareAmongOctets(block: Uint8Array, last: number | undefined): number {
  let bare = 0;
  for (let at = block.indexOf(LF); at !== -1; at = block.indexOf(LF, at + 1)) {
    if ((at === 0 ? last : block[at - 1]) !== CR) bare++;
  }
  return bare;
}

/** A whole message in canonical form: `message` itself if it is so already. */
export function canonicalOctets(message: Uint8Array): Uint8Array {
  const repairer = new CrlfRepairer();
  const repaired = repairer.push(message);
  const end = repairer.finish();
  return end.length === 0 ? repaired : join(repaired, end);
}

/** The {@linkcode WireFacts} of a whole message. */
export function measureWire(message: Uint8Array): WireFacts {
  const meter = new WireMeter();
  meter.push(message);
  return meter.finish();
}
