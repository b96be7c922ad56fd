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
  const [number, rest] = numbered(line) ?? [];
  if (number === undefined || rest === undefined) return undefined;
  return { number, size: octetCount(rest) };
}

/** Reads `2 whqtswO00WBw418f9t5JxYwZ`, also with several spaces or no id at all. */
export function parseUidlLine(line: string): UidlEntry | undefined {
  const [number, rest] = numbered(line) ?? [];
  if (number === undefined || rest === undefined) return undefined;
  return { number, uid: rest.trim() };
}

/** Lines as RFC 1939 §5 has them. */
const PLAIN_LIST = /^(?:[1-9]\d{0,8} (?:0|[1-9]\d{0,14})\r?\n)*$/;
/** The same for §7. Longer ids are no plain ones. */
const PLAIN_UIDL = /^(?:[1-9]\d{0,8} [\x21-\x7e]{1,255}\r?\n)*$/;

/**
 * Reads whole lines of LIST with their ends, where every one is as RFC 1939 wants it, else gives
 * `undefined`. Nearly all servers write them so, and the engine's own code takes thousands of them
 * in the time that ours, which is not compiled yet, takes for a hundred.
 */
export function parseListLines(text: string): ListEntry[] | undefined {
  if (!PLAIN_LIST.test(text)) return undefined;
  // A CR is blank space in JSON.
  const json = `[${text.replaceAll(" ", ",").replaceAll("\n", ",")}0]`;
  // There is nothing but numbers in it.
  const numbers = JSON.parse(json) as number[];
  const entries: ListEntry[] = [];
  for (let i = 1; i < numbers.length; i += 2) {
    entries.push({ number: numbers[i - 1] ?? 0, size: numbers[i] ?? 0 });
  }
  return entries;
}

/** The same for lines of UIDL. */
export function parseUidlLines(text: string): UidlEntry[] | undefined {
  if (!PLAIN_UIDL.test(text)) return undefined;
  const words = text.replaceAll("\r", "").replaceAll("\n", " ").split(" ");
  const entries: UidlEntry[] = [];
  for (let i = 1; i < words.length; i += 2) {
    entries.push({ number: Number(words[i - 1]), uid: words[i] ?? "" });
  }
  return entries;
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

function numbered(line: string): [number, string] | undefined {
  const [, digits, rest] = NUMBERED.exec(line) ?? [];
  const number = Number(digits);
  return digits === undefined || number === 0 ? undefined : [number, rest ?? ""];
}

function octetCount(text: string): number {
  const digits = /^\d{1,15}(?!\d)/.exec(text)?.[0];
  return digits === undefined ? 0 : Number(digits);
}
