/**
 * The wire of the data service: SQL statements in an HTTP request, rows as text in the answer.
 * Pure; {@linkcode DataService} in `cloud/data_service.ts` moves it.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** How the text of a request is written; `shift` hides nothing from anybody who looks. */
export const IZYNODE_ENCODINGS: readonly IzynodeEncoding[] = ["plain", "shift", "hex"];

/** One of {@linkcode IZYNODE_ENCODINGS}. */
export type IzynodeEncoding = "plain" | "shift" | "hex";

/**
 * A statement in pieces: text as it is, octets as their hexadecimal digits. So a payload never
 * becomes a string, and what it holds cannot be taken for SQL or for a separator.
 */
export type Statement = readonly (string | Uint8Array)[];

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

/** The body of a request. `token` must be one that {@linkcode isSendable} accepts. */
export function encodeRequest(
  statements: readonly Statement[],
  options: { readonly encoding: IzynodeEncoding; readonly token?: string },
): Uint8Array<ArrayBuffer> {
  const { encoding, token } = options;
  const head = token === undefined ? "" : TOKEN_MARK + token + TOKEN_MARK;
  const pieces: (Uint8Array | Digits)[] = [
    new TextEncoder().encode(PREFIXES[encoding]),
    encodeText(head, encoding),
  ];
  for (const [index, statement] of statements.entries()) {
    if (index > 0) pieces.push(encodeText(QUERY_SEPARATOR, encoding));
    for (const piece of statement) {
      pieces.push(
        typeof piece === "string" ? encodeText(piece, encoding) : { digitsOf: piece },
      );
    }
  }
  // A payload is not held a second and third time on the way into its request.
  const each = encoding === "hex" ? 4 : 2;
  const lengthOf = (piece: Uint8Array | Digits): number =>
    piece instanceof Uint8Array ? piece.length : piece.digitsOf.length * each;
  const body = new Uint8Array(pieces.reduce((sum, piece) => sum + lengthOf(piece), 0));
  let at = 0;
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) body.set(piece, at);
    else setDigits(body, at, piece.digitsOf, encoding);
    at += lengthOf(piece);
  }
  return body;
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

function encodeText(text: string, encoding: IzynodeEncoding): Uint8Array {
  const encoder = new TextEncoder();
  if (encoding === "plain") return encoder.encode(text);
  if (encoding === "shift") return encoder.encode(shifted(text));
  return hexDigits(encoder.encode(text));
}

/** Octets whose digits are to be written. */
interface Digits {
  readonly digitsOf: Uint8Array;
}

/** So many octets at a time. */
const BLOCK = 64 * 1024;

/** Writes the digits straight into the body: what a block leaves behind is collected soon. */
function setDigits(
  body: Uint8Array<ArrayBuffer>,
  at: number,
  octets: Uint8Array,
  encoding: IzynodeEncoding,
): void {
  const encoder = new TextEncoder();
  for (let from = 0; from < octets.length; from += BLOCK) {
    const block = octets.subarray(from, from + BLOCK);
    let digits = Buffer.from(block.buffer, block.byteOffset, block.length).toString("hex");
    if (encoding === "hex") digits = Buffer.from(digits, "latin1").toString("hex");
    encoder.encodeInto(digits, body.subarray(at));
    if (encoding === "shift") shiftAscii(body, at, digits.length);
    at += digits.length;
  }
}

/** Every UTF-16 code unit plus one. */
function shifted(text: string): string {
  let result = "";
  for (let at = 0; at < text.length; at++) result += String.fromCharCode(text.charCodeAt(at) + 1);
  return result;
}

function hexDigits(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  const digits = new Uint8Array(octets.length * 2);
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("hex");
  new TextEncoder().encodeInto(text, digits);
  return digits;
}

/** Adds one to each of some octets, none of which passes 0x7e, four at a time: no carry can occur. */
function shiftAscii(octets: Uint8Array<ArrayBuffer>, at: number, length: number): void {
  const end = at + length;
  // Words begin at every fourth octet of the buffer.
  const aligned = (at + 3) & ~3;
  const count = Math.max(0, (end - aligned) >> 2);
  const words = new Uint32Array(octets.buffer, count === 0 ? 0 : aligned, count);
  for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) + 0x01010101;
  for (let i = at; i < Math.min(aligned, end); i++) octets[i] = (octets[i] ?? 0) + 1;
  for (let i = Math.max(at, aligned + count * 4); i < end; i++) octets[i] = (octets[i] ?? 0) + 1;
}
