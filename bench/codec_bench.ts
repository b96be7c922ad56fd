/**
 * The codecs beside loops over every octet, on chunks of 64 KiB as a socket gives them. Within a
 * group `deno bench` prints how many times faster or slower the others are than the baseline.
 *
 * - text: lines of about 70 octets with a full stop here and there, ASCII
 * - dotted: the same, every 20th line begins with a dot
 * - utf-8: the same text with an umlaut in every third line
 * - base64: lines of 76 characters, no dot at all
 * - lf: the text with bare LF, as files on disk have it
 */

import { CrlfRepairer, measureWire, type WireFacts } from "../lib/protocol/crlf.ts";
import { DotDecoder } from "../lib/protocol/dot_decoder.ts";
import { DotEncoder } from "../lib/protocol/dot_encoder.ts";
import { LineBuffer } from "../lib/protocol/line_buffer.ts";

const CHUNK = 64 * 1024;
const LF = 10;
const CR = 13;
const DOT = 46;

function chunkOf(line: (index: number) => string, ending = "\r\n"): Uint8Array {
  const encoder = new TextEncoder();
  const chunk = new Uint8Array(CHUNK).fill(0x78);
  let length = 0;
  for (let index = 0;; index++) {
    const octets = encoder.encode(line(index) + ending);
    if (length + octets.length > CHUNK) break;
    chunk.set(octets, length);
    length += octets.length;
  }
  return chunk.subarray(0, length);
}

const WORDS = "the octets that a server sends. are those that were stored, and never others".split(
  " ",
);

function sentence(index: number): string {
  let line = "";
  for (let word = index; line.length < 64; word += 5) line += `${WORDS[word % WORDS.length]} `;
  return line.trimEnd();
}

function dotted(index: number): string {
  return (index % 20 === 7 ? "." : "") + sentence(index);
}

const TEXT = chunkOf(sentence);
const DOTTED = chunkOf(dotted);
const UTF8 = chunkOf((index) => sentence(index) + (index % 3 === 0 ? " Gr\u00fc\u00dfe" : ""));
const BASE64 = chunkOf((index) =>
  "TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsu".repeat(3).slice(index % 9).slice(0, 76)
);
const LF_TEXT = chunkOf(dotted, "\n");

/** Stuffing an octet at a time. */
function stuffEveryOctet(chunk: Uint8Array): Uint8Array {
  const stuffed = new Uint8Array(2 * chunk.length);
  let length = 0;
  let before = LF;
  for (let at = 0; at < chunk.length; at++) {
    const octet = chunk[at] ?? 0;
    if (octet === DOT && before === LF) stuffed[length++] = DOT;
    stuffed[length++] = octet;
    before = octet;
  }
  return stuffed.subarray(0, length);
}

/** Un-stuffing an octet at a time, with the states that finding the end takes. */
function unstuffEveryOctet(chunk: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(chunk.length);
  let length = 0;
  let beforeLast = CR;
  let before = LF;
  for (let at = 0; at < chunk.length; at++) {
    const octet = chunk[at] ?? 0;
    if (octet === DOT && before === LF && beforeLast === CR) {
      if (chunk[at + 1] === CR && chunk[at + 2] === LF) break;
      if (chunk[at + 1] === DOT) at++;
    }
    decoded[length++] = octet;
    beforeLast = before;
    before = octet;
  }
  return decoded.subarray(0, length);
}

/** Measuring an octet at a time. */
function measureEveryOctet(message: Uint8Array): WireFacts {
  let bare = 0;
  let stuffing = false;
  let before = LF;
  for (let at = 0; at < message.length; at++) {
    const octet = message[at] ?? 0;
    if (octet === LF && before !== CR) bare++;
    if (octet === DOT && before === LF) stuffing = true;
    before = octet;
  }
  return { size: message.length + bare + (before === LF ? 0 : 2), canonical: bare === 0, stuffing };
}

/** CRLF repair an octet at a time. */
function repairEveryOctet(message: Uint8Array): Uint8Array {
  const repaired = new Uint8Array(2 * message.length);
  let length = 0;
  let before = LF;
  for (let at = 0; at < message.length; at++) {
    const octet = message[at] ?? 0;
    if (octet === LF && before !== CR) repaired[length++] = CR;
    repaired[length++] = octet;
    before = octet;
  }
  return repaired.subarray(0, length);
}

/** Lines found and copied an octet at a time. */
function linesEveryOctet(chunk: Uint8Array): number {
  let lines = 0;
  let line: number[] = [];
  for (let at = 0; at < chunk.length; at++) {
    const octet = chunk[at] ?? 0;
    if (octet !== LF) {
      line.push(octet);
      continue;
    }
    lines += Math.sign(Uint8Array.from(line).length);
    line = [];
  }
  return lines;
}

function linesBuffered(chunk: Uint8Array): number {
  const buffer = new LineBuffer(1000);
  buffer.push(chunk);
  let lines = 0;
  while (buffer.next() !== undefined) lines++;
  return lines;
}

function pair(
  group: string,
  octets: Uint8Array,
  ours: (octets: Uint8Array) => unknown,
  everyOctet: (octets: Uint8Array) => unknown,
): void {
  const bench = (name: string, run: (octets: Uint8Array) => unknown, baseline: boolean): void =>
    Deno.bench({ name: `${group}: ${name}`, group, baseline, fn: () => void run(octets) });
  bench("izypop3", ours, true);
  bench("every octet", everyOctet, false);
}

const KINDS = { text: TEXT, dotted: DOTTED, "utf-8": UTF8, base64: BASE64 };

for (const [kind, chunk] of Object.entries(KINDS)) {
  pair(`stuff ${kind}`, chunk, (octets) => new DotEncoder().push(octets), stuffEveryOctet);
}
for (const [kind, chunk] of Object.entries(KINDS)) {
  const stuffed = new DotEncoder().push(chunk);
  const decode = (octets: Uint8Array): unknown =>
    new DotDecoder({ lineEnding: "crlf" }).push(octets);
  pair(`un-stuff ${kind}`, stuffed, decode, unstuffEveryOctet);
}
for (const [kind, chunk] of Object.entries({ ...KINDS, lf: LF_TEXT })) {
  pair(`measure ${kind}`, chunk, measureWire, measureEveryOctet);
}
pair("repair text", TEXT, (octets) => new CrlfRepairer().push(octets), repairEveryOctet);
pair("repair lf", LF_TEXT, (octets) => new CrlfRepairer().push(octets), repairEveryOctet);
pair("lines of text", TEXT, linesBuffered, linesEveryOctet);
