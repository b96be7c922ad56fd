/**
 * Cuts the octets that a server sends into replies: status lines, listings, messages. The octets
 * may come in any portions.
 *
 * @module
 */

import { ConnectionError } from "../net/errors.ts";
import { ProtocolError } from "../protocol/errors.ts";
import {
  LISTING_LINES_ACCEPTED,
  LISTING_OCTETS_ACCEPTED,
  REPLY_LINE_ACCEPTED,
} from "../protocol/limits.ts";
import { LineBuffer } from "../protocol/line_buffer.ts";
import type { Line } from "../protocol/line_buffer.ts";
import { decodeText, EMPTY, join, LF } from "../protocol/octets.ts";
import { guessProtocol, parseStatusLine } from "../protocol/reply.ts";
import type { StatusLine } from "../protocol/reply.ts";
import { type BodyOptions, messageBody } from "./message_body.ts";
import { startsReply } from "./reply_start.ts";

const PLUS = 0x2b;

/** Where the octets come from; what it gives is valid until the next call, nothing is the end. */
export interface ChunkSource {
  /** Waits for octets; `waitingFor` completes "while we waited for …". */
  read(waitingFor: string): Promise<Uint8Array>;
}

/** A status line, and the line itself for those who log it. */
export interface Status {
  readonly line: StatusLine;
  /** Valid until the next reading. */
  readonly octets: Uint8Array;
}

/** Takes the lines of a listing. */
export interface LineTaker {
  /** One line, without its end. */
  readonly line: (line: string) => void;
  /** Whole lines with their ends; gives how many it took, `undefined` if it wants them singly. */
  readonly lines?: (text: string) => number | undefined;
}

/** Empty lines that are skipped before a reply: some servers send one, no sane one sends more. */
const BLANK_LINES_SKIPPED = 2;

/** Octets of the first reply that are looked at to see what else the server might be. */
const BANNER_OCTETS = 512;

/** Reads replies, one after the other. */
export class ReplyReader {
  readonly #source: ChunkSource;
  readonly #peer: string;
  /** What was read; unread from `#at` on. */
  #chunk = EMPTY;
  #at = 0;
  /** The beginning of a line whose end has not been read yet. */
  readonly #begun = new LineBuffer(REPLY_LINE_ACCEPTED);
  #ending: Line["ending"] = "crlf";
  /** One character an octet, so that different ids never become the same text. */
  readonly #octetText = new TextDecoder("windows-1252");

  /** `peer` is `host:port`, for errors. */
  constructor(source: ChunkSource, peer: string) {
    this.#source = source;
    this.#peer = peer;
  }

  /** Octets that were received and belong to no reply yet. */
  get unread(): number {
    return this.#begun.buffered + this.#chunk.length - this.#at;
  }

  /** Whether a status line waits to be read, before anything was sent that it could answer. */
  get unasked(): boolean {
    return this.#begun.buffered === 0 && this.#chunk[this.#at] === PLUS;
  }

  /**
   * The server's first line. What answers there may be no POP3 server at all, and may send no line
   * either: the first octets decide.
   *
   * @throws {ProtocolError} naming the protocol that it looks like.
   */
  async greeting(): Promise<Status> {
    let first = EMPTY;
    let other: string | undefined;
    while (other === undefined && first.length < BANNER_OCTETS && !hasText(first)) {
      first = join(first, await this.#more("the greeting"));
      // TLS records and their like may have no line end; texts are judged by the whole line.
      if (isBinary(first)) other = guessProtocol(first);
    }
    other ??= guessProtocol(first);
    if (other !== undefined) throw new ProtocolError(notPop3(this.#peer, other));
    this.#chunk = first;
    this.#at = 0;
    return await this.status("the greeting", true);
  }

  /**
   * A status line. `alone`: no other command is under way. Then an empty line before it is skipped;
   * else nobody could say which command it answers, and a message might get another one's number.
   *
   * @throws {ProtocolError} if what comes is not a status line.
   */
  async status(waitingFor: string, alone: boolean): Promise<Status> {
    let line = this.#lineNow() ?? await this.#line(waitingFor);
    for (let blanks = 0; line.octets.length === 0 && alone && blanks < BLANK_LINES_SKIPPED;) {
      blanks++;
      line = this.#lineNow() ?? await this.#line(waitingFor);
    }
    this.#ending = line.ending;
    const status = parseStatusLine(line.octets);
    if (status !== undefined) return { line: status, octets: line.octets };
    const got = excerpt(decodeText(line.octets));
    throw new ProtocolError(
      `Cannot understand ${this.#peer}: we waited for ${waitingFor} and got ${got}.`,
    );
  }

  /**
   * The lines of a listing, up to the line "."; `taker` gets them. Gives how many they were.
   *
   * @throws {ProtocolError} if it does not end after `limit` lines, or as many octets as we accept.
   */
  async listing(
    waitingFor: string,
    taker: LineTaker,
    limit: number = LISTING_LINES_ACCEPTED,
  ): Promise<number> {
    let count = 0;
    let octets = 0;
    const add = (lines: number, length: number): void => {
      count += lines;
      octets += length;
      if (count > limit) throw this.#endless(waitingFor, `${limit} lines`);
      if (octets > LISTING_OCTETS_ACCEPTED) {
        throw this.#endless(waitingFor, `${LISTING_OCTETS_ACCEPTED} octets`);
      }
    };
    const isLast = (text: string): boolean => {
      if (text === ".") return true;
      add(1, text.length);
      taker.line(text.startsWith(".") ? text.slice(1) : text);
      return false;
    };
    const took = (text: string): boolean => {
      const lines = taker.lines?.(text);
      if (lines !== undefined) add(lines, text.length);
      return lines !== undefined;
    };
    while (!this.#linesNow(isLast, took)) {
      const { octets } = await this.#line(waitingFor);
      if (isLast(this.#octetText.decode(octets))) break;
    }
    return count;
  }

  /**
   * The octets of a message, as {@linkcode messageBody} finds them; a part is valid until the next
   * is asked for.
   *
   * @throws {ConnectionError} `lost` if the connection ends before the message does.
   * @throws {ProtocolError} if it does not end, far behind its announced size.
   */
  async *body(options: BodyOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const feed = {
      unread: () => this.#takeUnread(),
      more: () => this.#more(options.name),
    };
    const rest = yield* messageBody(feed, options, {
      peer: this.#peer,
      lineEnding: this.#ending,
    });
    this.#chunk = rest;
    this.#at = 0;
  }

  /** Whether what comes next begins like a status line; waits for as much of it as tells. */
  async beginsReply(waitingFor: string): Promise<boolean> {
    for (;;) {
      const begun = this.#chunk.subarray(this.#at);
      const answer = startsReply(begun);
      if (answer !== undefined) return answer;
      // Kept, for the next reading overwrites it.
      const kept = begun.slice();
      this.#chunk = join(kept, await this.#more(waitingFor));
    }
  }

  /** A line that is complete in what was read already. */
  #lineNow(): Line | undefined {
    const end = this.#chunk.indexOf(LF, this.#at);
    if (end < 0) return undefined;
    const octets = this.#chunk.subarray(this.#at, end + 1);
    this.#at = end + 1;
    this.#begun.push(octets);
    const line = this.#begun.next();
    if (line === undefined || line.tooLong) throw this.#tooLong();
    return line;
  }

  /**
   * All lines that are complete in what was read already, until `isLast` says so: decoded at once,
   * for a mailbox may have millions of them. Those before the last line `took` may take at once.
   */
  #linesNow(isLast: (text: string) => boolean, took: (text: string) => boolean): boolean {
    const base = this.#at;
    const text = this.#octetText.decode(
      this.#chunk.subarray(base, Math.max(base, this.#chunk.lastIndexOf(LF) + 1)),
    );
    const last = text.indexOf("\n.\r\n") + 1;
    const before = text.startsWith(".") ? "" : text.slice(0, last > 0 ? last : text.length);
    let start = before !== "" && took(before) ? before.length : 0;
    this.#at = base + start;
    while (start < text.length) {
      const end = text.indexOf("\n", start);
      if (end - start >= REPLY_LINE_ACCEPTED) throw this.#tooLong();
      const line = text.slice(start, text[end - 1] === "\r" ? Math.max(start, end - 1) : end);
      start = end + 1;
      // One character an octet, so the places are the same.
      this.#at = base + start;
      if (isLast(line)) return true;
    }
    return false;
  }

  async #line(waitingFor: string): Promise<Line> {
    for (;;) {
      const unread = this.#takeUnread();
      if (unread !== undefined) this.#begun.push(unread);
      if (this.#begun.overlong) throw this.#tooLong();
      this.#chunk = await this.#more(waitingFor);
      const line = this.#lineNow();
      if (line !== undefined) return line;
    }
  }

  #takeUnread(): Uint8Array | undefined {
    if (this.#at === this.#chunk.length) return undefined;
    const unread = this.#chunk.subarray(this.#at);
    this.#chunk = EMPTY;
    this.#at = 0;
    return unread;
  }

  async #more(waitingFor: string): Promise<Uint8Array> {
    // All was taken by now; the next reading overwrites it.
    this.#chunk = EMPTY;
    this.#at = 0;
    const chunk = await this.#source.read(waitingFor);
    if (chunk.length > 0) return chunk;
    throw new ConnectionError(
      "lost",
      `Cannot get ${waitingFor} from ${this.#peer}: the server closed the connection.`,
    );
  }

  #endless(what: string, most: string): ProtocolError {
    return new ProtocolError(
      `Cannot read ${what} from ${this.#peer}: it does not end after ${most}.`,
    );
  }

  #tooLong(): ProtocolError {
    return new ProtocolError(
      `Cannot understand ${this.#peer}: a line of its reply is longer than ` +
        `${REPLY_LINE_ACCEPTED} octets.`,
    );
  }
}

/** Whether a whole line is there, beside empty ones. */
function hasText(octets: Uint8Array): boolean {
  return octets.includes(LF) && decodeText(octets).trimStart().includes("\n");
}

function isBinary(octets: Uint8Array): boolean {
  const first = octets[0] ?? 0x20;
  return first < 0x20 || first >= 0x80;
}

function notPop3(peer: string, other: string): string {
  const looks = `Cannot talk POP3 to ${peer}: it looks like`;
  if (other === "TLS") {
    return `${looks} a server that speaks TLS from the first octet on. Use --tls.`;
  }
  const article = /^[AEFHILMNORSX]/.test(other) ? "an" : "a";
  return `${looks} ${article} ${other} server. POP3 has port 110, with TLS 995.`;
}

/** What a peer sent, short and without control characters. */
function excerpt(text: string): string {
  // deno-lint-ignore no-control-regex -- these are the very ones to keep from a terminal
  const harmless = text.slice(0, 80).replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
  return `"${harmless}${text.length > 80 ? "…" : ""}"`;
}
