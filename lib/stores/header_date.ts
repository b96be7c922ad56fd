/**
 * The date that a message gives itself (RFC 5322 §3.3 and §4.3), read as tolerantly as is safe.
 *
 * @module
 */

/** A Date header behind so many octets of header is not looked for. */
const HEADER_LIMIT = 64 * 1024;

const MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";

/** Minutes east of Greenwich of the zones that have names (RFC 5322 §4.3); all others are UTC. */
const ZONES: Readonly<Record<string, number>> = {
  edt: -240,
  est: -300,
  cdt: -300,
  cst: -360,
  mdt: -360,
  mst: -420,
  pdt: -420,
  pst: -480,
};

/** Finds the date in a message that comes in chunks; what is behind the header is not looked at. */
export class HeaderDate {
  /** Not in the mode for streams, which is slow: a date is ASCII wherever the pieces are cut. */
  readonly #decoder = new TextDecoder();
  #header = "";
  #octets = 0;
  #done = false;

  /** Takes the next chunk into account. */
  push(chunk: Uint8Array): void {
    if (this.#done) return;
    const part = chunk.subarray(0, HEADER_LIMIT - this.#octets);
    // Most headers end within the first few KB: what comes behind need not become a string.
    for (let at = 0; at < part.length && !this.#done; at += 4096) {
      this.#take(part.subarray(at, at + 4096));
    }
  }

  /** The date in ms since the epoch, 0 where there is none that can be read. */
  finish(): number {
    const end = this.#header.search(/^\r?\n|\r?\n\r?\n/);
    const header = end === -1 ? this.#header : this.#header.slice(0, end);
    const value = /^date[ \t]*:((?:[^\r\n]|\r(?!\n)|\r?\n[ \t])*)/im.exec(header)?.[1];
    return value === undefined ? 0 : parseMessageDate(value);
  }

  #take(piece: Uint8Array): void {
    const from = Math.max(0, this.#header.length - 3);
    this.#header += this.#decoder.decode(piece);
    this.#octets += piece.length;
    this.#done = this.#octets >= HEADER_LIMIT || this.#header.indexOf("\n\r\n", from) !== -1 ||
      this.#header.indexOf("\n\n", from) !== -1;
  }
}

/**
 * The time that the text of a Date header means, in ms since the epoch; 0 where it means none.
 * Comments, the day of the week and the seconds may be missing or wrong; a zone that is missing
 * or unknown is UTC.
 */
export function parseMessageDate(text: string): number {
  const plain = withoutComments(text).trim();
  const match =
    /(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s,.-]+(\d{2,4})[\s,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*([+-]\d{4}|[a-z]+)?/i
      .exec(plain) ?? asctime(plain);
  return match === undefined ? isoDate(plain) : fromParts(match);
}

function fromParts(match: readonly (string | undefined)[]): number {
  const [, day, name = "", year = "", hour, minute, second = "0", zone = ""] = match;
  const month = MONTHS.indexOf(name.toLowerCase()) / 3;
  if (!Number.isInteger(month) || month < 0) return 0;
  const fields = [Number(day), Number(hour), Number(minute), Number(second)];
  const [d = 0, h = 0, m = 0, s = 0] = fields;
  // A leap second is the first one of the next minute.
  if (d < 1 || d > 31 || h > 24 || m > 59 || s > 60) return 0;
  const time = Date.UTC(fullYear(year), month, d, h, m, s) - zoneMinutes(zone) * 60_000;
  return Number.isFinite(time) ? time : 0;
}

/** `Tue Jan  2 08:30:00 2024`, as C's asctime writes it. */
function asctime(text: string): (string | undefined)[] | undefined {
  const match = /([a-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:[a-z]+\s+)?(\d{4})/i
    .exec(text);
  if (match === null) return undefined;
  const [all, month, day, hour, minute, second, year] = match;
  return [all, day, month, year, hour, minute, second, ""];
}

function isoDate(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) return 0;
  // Without a zone JavaScript would take the local one, which differs from machine to machine.
  const zoned = /(?:z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`;
  const time = Date.parse(zoned.replace(/^(\S+) (\d)/, "$1T$2").replace(/ /g, ""));
  return Number.isNaN(time) ? 0 : time;
}

/** RFC 5322 §4.3: years of two digits are 1950 to 2049, of three digits count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length >= 4) return year;
  return year + (digits.length === 2 && year < 50 ? 2000 : 1900);
}

function zoneMinutes(zone: string): number {
  const match = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (match === null) return ZONES[zone.toLowerCase()] ?? 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" ? -minutes : minutes;
}

/** Comments may be nested, and hold quoted pairs (RFC 5322 §3.2.2). */
function withoutComments(text: string): string {
  if (!text.includes("(")) return text;
  let plain = text.replace(/\\./g, "");
  for (let before = ""; before !== plain;) {
    before = plain;
    plain = plain.replace(/\([^()]*\)/g, " ");
  }
  return plain;
}
