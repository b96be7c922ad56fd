/**
 * The lines of STAT, LIST and UIDL, read with all the tolerance that servers in the wild need.
 *
 * @module
 */

/** A line of LIST. */
export interface ListEntry {
  /** The message's number in this session, from 1 on; numbers may have gaps. */
  readonly number: number;
  /**
   * Its octets, as the server counts them, before dot-stuffing; 0 where the server gave a size that
   * is none. Many servers are wrong about it.
   */
  readonly size: number;
}

/** A line of UIDL. */
export interface UidlEntry {
  /** The message's number in this session. */
  readonly number: number;
  /** Its unique id as the server gave it, one character an octet; empty where it gave none. */
  readonly uid: string;
}

/** What STAT tells. */
export interface MaildropStat {
  /** How many messages there are. */
  readonly count: number;
  /** Their octets, as the server counts them. */
  readonly octets: number;
}

const NUMBERED = /^\s*(?:\+OK\s+)?(\d{1,10})(?:\s+(.*))?$/is;

/** The two to the power of 32 that a server's signed counter lost when it overflowed. */
const OVERFLOW = 2 ** 32;

/**
 * Reads `2 320`, also with several spaces, more columns, or a `+OK` before it; `undefined` where
 * no message number begins the line.
 */
export function parseListLine(line: string): ListEntry | undefined {
  const at = plainNumber(line);
  if (at > 0) {
    const size = line.slice(at + 1);
    if (size.length <= EXACT_DIGITS && isDigits(size)) {
      return { number: Number(line.slice(0, at)), size: Number(size) };
    }
  }
  const [number, rest] = numbered(line) ?? [];
  if (number === undefined || rest === undefined) return undefined;
  return { number, size: octetCount(rest) };
}

/** Reads `2 whqtswO00WBw418f9t5JxYwZ`, also with several spaces or no id at all. */
export function parseUidlLine(line: string): UidlEntry | undefined {
  const at = plainNumber(line);
  if (at > 0) {
    const uid = line.slice(at + 1);
    if (isWord(uid)) return { number: Number(line.slice(0, at)), uid };
  }
  const [number, rest] = numbered(line) ?? [];
  if (number === undefined || rest === undefined) return undefined;
  return { number, uid: rest.trim() };
}

/** Reads the text of STAT's reply, `2 320`; a negative octet count is an overflowed one. */
export function parseStat(text: string): MaildropStat | undefined {
  const [, count, octets] = /^\s*(\d{1,10})(?:\s+(-?\d{1,15}))?(?:\s|$)/.exec(text) ?? [];
  if (count === undefined) return undefined;
  const sum = Number(octets ?? 0);
  return { count: Number(count), octets: sum < 0 && sum >= -OVERFLOW / 2 ? sum + OVERFLOW : sum };
}

/** The text of the reply to `LIST 2`: some servers leave the number out. */
export function parseListReply(text: string, number: number): ListEntry | undefined {
  const words = text.trim().split(/\s+/);
  const own = words.length > 1 && Number(words[0]) === number;
  const size = own ? words[1] : words[0];
  return size === undefined || !/^\d/.test(size) ? undefined : { number, size: octetCount(size) };
}

/** The text of the reply to `UIDL 2`: some servers leave the number out. */
export function parseUidlReply(text: string, number: number): UidlEntry {
  const [first, ...rest] = text.trim().split(/\s+/);
  const uid = rest.length > 0 && Number(first) === number ? rest.join(" ") : text.trim();
  return { number, uid };
}

/**
 * Where the number ends that begins a line as RFC 1939 wants it, a space behind it; 0 for any other
 * line. Nearly all are like that, and listings are long: the regular expression takes ten times as
 * long before it is compiled.
 */
function plainNumber(line: string): number {
  const at = line.indexOf(" ");
  const first = line.charCodeAt(0);
  if (at < 1 || at > 9 || first < ONE || first > NINE) return 0;
  return isDigits(line, at) ? at : 0;
}

const [ZERO, ONE, NINE] = [0x30, 0x31, 0x39];

/** So many digits are exact as a JavaScript number. */
const EXACT_DIGITS = 15;

function isDigits(text: string, end: number = text.length): boolean {
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return false;
  }
  return end > 0;
}

/** Whether it is printable ASCII without spaces, as RFC 1939 §7 wants an id. */
function isWord(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return text.length > 0;
}

function numbered(line: string): [number, string] | undefined {
  const [, digits, rest] = NUMBERED.exec(line) ?? [];
  const number = Number(digits);
  return digits === undefined || number === 0 ? undefined : [number, rest ?? ""];
}

function octetCount(text: string): number {
  const digits = /^\d{1,15}(?!\d)/.exec(text)?.[0];
  return digits === undefined ? 0 : Number(digits);
}
