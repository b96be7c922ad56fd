/**
 * Made-up messages: valid MIME, of every kind that mail software has to cope with.
 *
 * @module
 */
import { Dice } from "./random.ts";
import { ACCENTED, paragraphs, PEOPLE, sentence, words } from "./words.ts";

/** A message in canonical form: `start`, then `block` so many times, then `end`. */
export interface MadeUpMessage {
  readonly start: Uint8Array;
  /** Whole lines; repeated, so that a message of any size costs no more than a small one. */
  readonly block: Uint8Array;
  readonly repeats: number;
  readonly end: Uint8Array;
  /** What its Date header says, in ms since the epoch. */
  readonly date: number;
}

interface Content {
  /** The header lines that describe the content. */
  readonly headers: string;
  readonly start: string;
  /** Lines that may be repeated as often as one likes. */
  readonly filler: string;
  readonly end: string;
}

/** The first message's date; each of the others is some hours younger than the one before. */
const FIRST_DATE = Date.UTC(2024, 0, 2, 8, 30);

const KINDS: readonly ((dice: Dice) => Content)[] = [
  plain,
  alternative,
  attachment,
  eightBit,
  quotedPrintable,
  longLines,
  dots,
];

/**
 * The message with this index (from 0), always the same for the same seed.
 *
 * @param size about how many octets it is to have; without it, as it comes (1 to 12 KB)
 */
export function madeUpMessage(
  seed: number,
  index: number,
  size: number | undefined,
): MadeUpMessage {
  const dice = new Dice(Math.imul(seed, 1_000_003) + index);
  const content = (KINDS[index % KINDS.length] ?? plain)(dice);
  const date = FIRST_DATE + index * 5 * 3600_000 + dice.below(3600) * 1000;
  const encoder = new TextEncoder();
  const start = encoder.encode(`${headers(dice, seed, index, date, content)}\r\n${content.start}`);
  const block = encoder.encode(content.filler);
  const end = encoder.encode(content.end);
  const rest = (size ?? 0) - start.length - end.length;
  const repeats = size === undefined
    ? 1 + dice.below(12)
    : Math.max(0, Math.round(rest / block.length));
  return { start, block, repeats, end, date };
}

function headers(
  dice: Dice,
  seed: number,
  index: number,
  date: number,
  content: Content,
): string {
  return [
    `From: ${dice.pick(PEOPLE)}`,
    `To: ${dice.pick(PEOPLE)}`,
    `Subject: ${words(dice, 2 + dice.below(5))} (${index + 1})`,
    `Date: ${new Date(date).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${index + 1}.${seed}@fake.izypop3.example>`,
    "MIME-Version: 1.0",
    content.headers,
    "",
  ].join("\r\n");
}

function plain(dice: Dice): Content {
  return {
    headers: "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit",
    start: paragraphs(dice, 2).join(""),
    filler: paragraphs(dice, 4).join(""),
    end: "-- \r\nsent by nobody\r\n",
  };
}

function alternative(dice: Dice): Content {
  const boundary = `=_alternative_${dice.below(1e9)}`;
  const text = paragraphs(dice, 2).join("");
  return {
    headers: `Content-Type: multipart/alternative;\r\n\tboundary="${boundary}"`,
    start: "This is a message of several parts in MIME format.\r\n\r\n" +
      `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}` +
      `--${boundary}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>\r\n`,
    filler: `<p>${sentence(dice)}</p>\r\n<p class="quiet">${sentence(dice)}</p>\r\n`,
    end: `</body></html>\r\n--${boundary}--\r\n`,
  };
}

function attachment(dice: Dice): Content {
  const boundary = `=_mixed_${dice.below(1e9)}`;
  // 57 octets make a line of 76 characters without padding, so the lines can be repeated.
  const lines = Array.from({ length: 12 }, () => `${base64(dice.octets(57))}\r\n`);
  return {
    headers: `Content-Type: multipart/mixed; boundary="${boundary}"`,
    start: `--${boundary}\r\nContent-Type: text/plain\r\n\r\n${sentence(dice)}\r\n` +
      `--${boundary}\r\nContent-Type: application/octet-stream; name="data.bin"\r\n` +
      'Content-Disposition: attachment; filename="data.bin"\r\n' +
      "Content-Transfer-Encoding: base64\r\n\r\n",
    filler: lines.join(""),
    end: `${base64(dice.octets(20))}\r\n--${boundary}--\r\n`,
  };
}

function eightBit(dice: Dice): Content {
  return {
    headers: "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit",
    start: `${dice.pick(ACCENTED)}\r\n\r\n`,
    filler: Array.from({ length: 12 }, () => `${dice.pick(ACCENTED)}: ${sentence(dice)}\r\n`)
      .join(""),
    end: `${dice.pick(ACCENTED)}\r\n`,
  };
}

function quotedPrintable(dice: Dice): Content {
  return {
    headers: "Content-Type: text/html; charset=utf-8\r\n" +
      "Content-Transfer-Encoding: quoted-printable",
    start: '<html><body style=3D"margin: 0">\r\n',
    filler: `<p>${sentence(dice)} =\r\n${sentence(dice)} Gr=C3=BC=C3=9Fe =E2=9C=89</p>=20\r\n`,
    end: "</body></html>\r\n",
  };
}

/** Lines as long as RFC 5322 §2.1.1 allows, and a header that is folded. */
function longLines(dice: Dice): Content {
  const line = `${words(dice, 400).slice(0, 998).trimEnd().padEnd(998, ".")}\r\n`;
  return {
    headers: "References: <1@fake.izypop3.example>\r\n <2@fake.izypop3.example>\r\n\t" +
      "<3@fake.izypop3.example>\r\nContent-Type: text/plain",
    start: `${sentence(dice)}\r\n`,
    filler: line,
    end: "\r\n",
  };
}

/** Lines that begin with dots, at the very places where dot-stuffing goes wrong. */
function dots(dice: Dice): Content {
  return {
    headers: "Content-Type: text/plain; format=flowed",
    start: `.${sentence(dice)}\r\n`,
    filler: `..\r\n...\r\n.\r\n. ${sentence(dice)}\r\n\r\n.\r\n${paragraphs(dice, 1).join("")}`,
    end: ".\r\n",
  };
}

function base64(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets));
}
