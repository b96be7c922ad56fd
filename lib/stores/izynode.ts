/**
 * The wire of the data service: SQL statements in an HTTP request, rows as text in the answer.
 * Pure; {@linkcode DataService} in `cloud/data_service.ts` moves it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { utf8 } from "./octets.ts";

/** How the text of a request is written; `shift` hides nothing from anybody who looks. */
export const IZYNODE_ENCODINGS: readonly IzynodeEncoding[] = ["plain", "shift", "hex"];

/** One of {@linkcode IZYNODE_ENCODINGS}. */
export type IzynodeEncoding = "plain" | "shift" | "hex";

/** Octets that nobody holds: they are read anew each time they are sent. */
export interface LongOctets {
  /** How many there are. */
  readonly length: number;
  /** All of them; each chunk is valid until the next one is asked for. */
  chunks(): Iterable<Uint8Array>;
}

/**
 * A statement in pieces: text as it is, octets as their hexadecimal digits. So a payload never
 * becomes a string, and what it holds cannot be taken for SQL or for a separator.
 */
export type Statement = readonly (string | Uint8Array | LongOctets)[];

/** What the service said: rows of columns, or why it did not do it. */
export type Answer =
  | { readonly outcome: "success"; readonly rows: readonly (readonly string[])[] }
  | { readonly outcome: "fail"; readonly reason: string };

/** The page that takes requests, below the service's URL. */
export const IZYNODE_PAGE = "index.php";

/** The type of a request's body. */
export const IZYNODE_CONTENT_TYPE = "text/html; charset=utf-8";

/** Stands before and behind an access token. */
export const TOKEN_MARK = "_=_:)a";

const QUERY_SEPARATOR = "__QUERY_SEP__";
const ROW_MARK = "__ROW__";
const COMMA_MARK = /__COMMA__/g;
const PREFIXES: Readonly<Record<IzynodeEncoding, string>> = {
  plain: "",
  shift: "__enc",
  hex: "hex_",
};

/** A request's body, encoded anew each time it is asked for. */
export interface RequestBody {
  /** Octets of the body. */
  readonly length: number;
  /** Whether there are octets in it that nobody holds. */
  readonly isLong: boolean;
  /** The body in small pieces. */
  pieces(): Iterable<Uint8Array<ArrayBuffer>>;
  /** The whole body in one buffer. */
  whole(): Uint8Array<ArrayBuffer>;
}

/** The body of a request. `token` must be one that {@linkcode isSendable} accepts. */
export function encodeRequest(
  statements: readonly Statement[],
  options: { readonly encoding: IzynodeEncoding; readonly token?: string },
): RequestBody {
  const { encoding, token } = options;
  const head = token === undefined ? "" : TOKEN_MARK + token + TOKEN_MARK;
  const parts: (Uint8Array<ArrayBuffer> | Digits)[] = [
    utf8(PREFIXES[encoding]),
    encodeText(head, encoding),
  ];
  for (const [index, statement] of statements.entries()) {
    if (index > 0) parts.push(encodeText(QUERY_SEPARATOR, encoding));
    for (const piece of statement) {
      parts.push(
        typeof piece === "string" ? encodeText(piece, encoding) : { digitsOf: piece },
      );
    }
  }
  const each = encoding === "hex" ? 4 : 2;
  const lengths = parts.map((part) =>
    part instanceof Uint8Array ? part.length : part.digitsOf.length * each
  );
  const length = lengths.reduce((sum, some) => sum + some, 0);
  const pieces = function* (): Generator<Uint8Array<ArrayBuffer>> {
    for (const part of parts) {
      if (part instanceof Uint8Array) yield part;
      else yield* encodeDigits(part.digitsOf, encoding);
    }
  };
  return {
    length,
    isLong: parts.some((part) => !(part instanceof Uint8Array) && "chunks" in part.digitsOf),
    pieces,
    whole: () => {
      // A payload is not held a second and third time on the way into its request.
      const body = new Uint8Array(length);
      let at = 0;
      for (const piece of pieces()) {
        body.set(piece, at);
        at += piece.length;
      }
      return body;
    },
  };
}

/** Whether a token survives the encoding and cannot be taken for what surrounds it. */
export function isSendable(token: string, encoding: IzynodeEncoding): boolean {
  const sent = encoding === "shift" ? shifted(token) : token;
  return sent.isWellFormed() && !token.includes(TOKEN_MARK) && !token.includes(QUERY_SEPARATOR);
}

/**
 * Reads an answer; `undefined` where it is none. A single value is one row of one column. What
 * stands in a column must not look like the marks themselves: ask for `hex(…)` of free text.
 */
export function decodeAnswer(text: string): Answer | undefined {
  if (/^FAIL:/.test(text)) return { outcome: "fail", reason: text.slice(5).trim() };
  if (!/^SUCCESS:(?: |$)/.test(text)) return undefined;
  const content = text.slice("SUCCESS: ".length);
  if (/^(?:OK)?\s*$/.test(content)) return { outcome: "success", rows: [] };
  if (!content.startsWith(ROW_MARK)) return { outcome: "success", rows: [[unmarked(content)]] };
  const rows = content.slice(ROW_MARK.length).split(ROW_MARK)
    .map((row) => row.split(",").map(unmarked));
  return { outcome: "success", rows };
}

/** Text from the hexadecimal digits of its UTF-8 octets; `undefined` where they are none. */
export function textFromHex(digits: string): string | undefined {
  const octets = octetsFromHex(digits);
  return octets === undefined ? undefined : new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    octets,
  );
}

/** Octets from their hexadecimal digits, in a buffer of their own; `undefined` for other text. */
export function octetsFromHex(digits: string): Uint8Array | undefined {
  // Buffer itself takes other text without complaint, and differently from version to version.
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return undefined;
  const octets = new Uint8Array(digits.length / 2);
  Buffer.from(octets.buffer).write(digits, "hex");
  return octets;
}

function unmarked(column: string): string {
  return column.includes("__C") ? column.replace(COMMA_MARK, ",") : column;
}

function encodeText(text: string, encoding: IzynodeEncoding): Uint8Array<ArrayBuffer> {
  const octets = utf8(encoding === "shift" ? shifted(text) : text);
  return encoding === "hex" ? utf8(hexOf(octets)) : octets;
}

/** Octets whose digits are to be written. */
interface Digits {
  readonly digitsOf: Uint8Array | LongOctets;
}

/** So many octets at a time: the pieces are collected late, and small ones sooner. */
const BLOCK = 16 * 1024;

/** The digits of octets as they stand in a body, block by block. */
function* encodeDigits(
  octets: Uint8Array | LongOctets,
  encoding: IzynodeEncoding,
): Generator<Uint8Array<ArrayBuffer>> {
  const table = digitsTable(encoding);
  for (const chunk of octets instanceof Uint8Array ? [octets] : octets.chunks()) {
    for (let from = 0; from < chunk.length; from += BLOCK) {
      const block = chunk.subarray(from, from + BLOCK);
      // No strings on the way: those of a large message add up before they are collected.
      const digits = encoding === "hex"
        ? new Uint32Array(block.length)
        : new Uint16Array(block.length);
      for (let i = 0; i < block.length; i++) digits[i] = table[block[i] ?? 0] ?? 0;
      yield new Uint8Array(digits.buffer);
    }
  }
}

/** Of each octet its two digits as they stand in a body: two octets, or four of them, as a word. */
function digitsTable(encoding: IzynodeEncoding): Uint16Array | Uint32Array {
  const all = hexOf(Uint8Array.from({ length: 256 }, (_, octet) => octet));
  const { buffer } = encodeText(all, encoding);
  return encoding === "hex" ? new Uint32Array(buffer) : new Uint16Array(buffer);
}

/** Every UTF-16 code unit plus one. */
function shifted(text: string): string {
  let result = "";
  for (let at = 0; at < text.length; at++) result += String.fromCharCode(text.charCodeAt(at) + 1);
  return result;
}

function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("hex");
}
