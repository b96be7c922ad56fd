export { guessProtocol } from "./guess_protocol.ts";
import { TERMINATOR } from "./dot_encoder.ts";
import { REPLY_LINE_LIMIT, WRITE_CHUNK } from "./limits.ts";
import { CR, decodeText, LF } from "./octets.ts";

/** The response codes that we send (RFC 2449 §8, RFC 3206, RFC 6856 §5). */
export type ResponseCode = "IN-USE" | "LOGIN-DELAY" | "AUTH" | "SYS/TEMP" | "SYS/PERM" | "UTF8";

/** What a server answers. Texts are for people; line ends in them are made harmless. */
export type Reply =
  | { readonly kind: "ok"; readonly text: string }
  | { readonly kind: "err"; readonly text: string; readonly code?: ResponseCode }
  | {
    readonly kind: "challenge";
    /** In base64 (RFC 5034 §4); may be empty. */
    readonly data: string;
  }
  | {
    readonly kind: "lines";
    readonly text: string;
    /** Neither stuffed nor ended. */
    readonly lines: Iterable<string>;
  }
  | {
    readonly kind: "message";
    readonly text: string;
    /**
     * In canonical CRLF form, before stuffing. An `Iterable` if the message is there as a whole;
     * in one piece, of at most `SMALL_MESSAGE` octets, it need not outlast a wait.
     */
    readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Uint8Array;
    /** Whether a line may begin with a dot. */
    readonly stuffing: boolean;
  };

// deno-lint-ignore no-control-regex -- control characters are just what is looked for
const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f]/g;

/**
 * The first or only line of a reply, with CRLF, at most 512 octets (RFC 1939 §3); only a
 * challenge may be longer, for half of one is of no use (RFC 5034 §4). A text cannot begin a new
 * line, nor pass for a response code.
 */
export function encodeStatusLine(reply: Reply): Uint8Array {
  if (reply.kind === "challenge") {
    return new TextEncoder().encode(`+ ${oneLine(reply.data)}\r\n`);
  }
  const line = new Uint8Array(REPLY_LINE_LIMIT);
  return line.subarray(0, writeStatusLine(reply, line, 0));
}

/**
 * Writes what {@linkcode encodeStatusLine} gives into a buffer, from `at` on; there must be room
 * for {@linkcode REPLY_LINE_LIMIT} octets. Returns where the line ends.
 */
export function writeStatusLine(
  reply: Exclude<Reply, { readonly kind: "challenge" }>,
  into: Uint8Array,
  at: number,
): number {
  const content = statusText(reply);
  const limit = at + REPLY_LINE_LIMIT - 2;
  let end = writePrintable(content, into, at, limit);
  if (end === -1) {
    // encodeInto stops at the last whole character that fits.
    end = at + new TextEncoder().encodeInto(oneLine(content), into.subarray(at, limit)).written;
  }
  into[end] = CR;
  into[end + 1] = LF;
  return end + 2;
}

/** The first or only line of a reply in words, before it is made to fit a line. */
export function statusText(reply: Exclude<Reply, { readonly kind: "challenge" }>): string {
  if (reply.kind !== "err") return reply.text === "" ? "+OK" : `+OK ${reply.text}`;
  const status = reply.code === undefined ? "-ERR" : `-ERR [${reply.code}]`;
  if (reply.text === "") return status;
  return `${status} ${reply.code === undefined ? uncoded(reply.text) : reply.text}`;
}

/**
 * Writes a text of printable ASCII, as nearly all are, and returns where it ends; -1 for any
 * other. A status line is short: a loop takes a fifth of the time of a TextEncoder.
 */
function writePrintable(text: string, into: Uint8Array, at: number, limit: number): number {
  if (text.length > limit - at) return -1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return -1;
    into[at + index] = code;
  }
  return at + text.length;
}

function oneLine(text: string): string {
  return text.replace(CONTROLS, " ");
}

/** Keeps a text that quotes somebody else from being read as a response code. */
function uncoded(text: string): string {
  const line = oneLine(text);
  return line.trimStart().startsWith("[") ? line.replace("[", "(") : line;
}

/**
 * The lines of a multi-line reply, stuffed and closed by ".", in blocks of about 64 KiB, so
 * that a listing of a million messages is never held as a whole.
 */
export function* encodeLines(lines: Iterable<string>): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let block = "";
  for (const line of lines) {
    block += `${line.startsWith(".") ? "." : ""}${oneLine(line)}\r\n`;
    if (block.length >= WRITE_CHUNK) {
      yield encoder.encode(block);
      block = "";
    }
  }
  const end = encoder.encode(block);
  const last = new Uint8Array(end.length + TERMINATOR.length);
  last.set(end);
  last.set(TERMINATOR, end.length);
  yield last;
}

/** What a status line of a server says. */
export type StatusLine =
  | {
    readonly status: "ok" | "err";
    /** The response code in upper case, without brackets (RFC 2449 §8). */
    readonly code?: string;
    /** The rest of the line, with `?` for control characters: it may end up on a terminal. */
    readonly text: string;
  }
  | {
    readonly status: "challenge";
    /** In base64, empty where the server sent a mere "+". */
    readonly data: string;
  };

const STATUS = /^(\+OK|-ERR)[ \t]*(?:\[([a-z][a-z0-9/_-]*)\])?[ \t]*(.*)$/is;
const CHALLENGE = /^\+(?:[ \t]+(.*))?$/s;

/**
 * Reads a status line (without its ending), with patience: in any case, without a text, a
 * challenge without data. Undefined: this is not POP3; see {@linkcode guessProtocol}.
 */
export function parseStatusLine(line: Uint8Array): StatusLine | undefined {
  const text = decodeText(line);
  const challenge = CHALLENGE.exec(text);
  if (challenge !== null) return { status: "challenge", data: (challenge[1] ?? "").trim() };
  const [, word, code, rest] = STATUS.exec(text) ?? [];
  if (word === undefined || rest === undefined) return undefined;
  const status = word.toUpperCase() === "+OK" ? "ok" : "err";
  const harmless = rest.trim().replace(CONTROLS, "?");
  if (code === undefined) return { status, text: harmless };
  return { status, code: code.toUpperCase(), text: harmless };
}
