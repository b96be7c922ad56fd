/**
 * The codecs once more, an octet at a time and as plainly as can be: what lib/protocol does fast
 * must come out the same. Also the four ways in which every codec is fed.
 *
 * @module
 */

import { octetByOctet, randomCuts, seeded, text } from "./random.ts";

const LF = 10;
const CR = 13;
const DOT = 46;

/** Canonical form: CR before every LF that has none, CRLF at the end of what is not empty. */
export function naiveCanonical(message: Uint8Array): Uint8Array {
  const wire: number[] = [];
  for (const octet of message) {
    if (octet === LF && wire.at(-1) !== CR) wire.push(CR);
    wire.push(octet);
  }
  if (wire.length > 0 && wire.at(-1) !== LF) wire.push(CR, LF);
  return Uint8Array.from(wire);
}

/** A canonical message as a multi-line reply carries it: stuffed, and closed by ".". */
export function naiveStuffed(canonical: Uint8Array): Uint8Array {
  const wire: number[] = [];
  for (const octet of canonical) {
    const lineBegins = wire.length === 0 || (wire.at(-1) === LF && wire.at(-2) === CR);
    if (octet === DOT && lineBegins) wire.push(DOT);
    wire.push(octet);
  }
  if (wire.length > 0 && !(wire.at(-1) === LF && wire.at(-2) === CR)) wire.push(CR, LF);
  return Uint8Array.from([...wire, DOT, CR, LF]);
}

/** What a {@linkcode naiveDecode} found. */
export interface NaiveMessage {
  readonly content: Uint8Array;
  readonly ended: boolean;
  readonly rest: Uint8Array;
}

/** Decodes a multi-line reply, which may be incomplete, a line at a time. */
export function naiveDecode(wire: Uint8Array, lineEnding: "crlf" | "lf"): NaiveMessage {
  const characters = text(wire);
  const ending = lineEnding === "crlf" ? "\r\n" : "\n";
  let content = "";
  let at = 0;
  while (at < characters.length) {
    const found = characters.indexOf(ending, at);
    const complete = found !== -1;
    const end = complete ? found + ending.length : characters.length;
    const line = characters.slice(at, end);
    at = end;
    if (line === ".\r\n" || (line === ".\n" && lineEnding === "lf")) {
      return { content: octets(content), ended: true, rest: wire.slice(at) };
    }
    // Half of what may become the last line is not content yet.
    if (!complete && (line === "." || line === ".\r")) break;
    content += line.startsWith("..") ? line.slice(1) : line;
  }
  return { content: octets(content), ended: false, rest: new Uint8Array() };
}

/** What TOP sends of a canonical message. */
export function naiveTop(canonical: Uint8Array, bodyLines: number): Uint8Array {
  const lines = text(canonical).split(/(?<=\n)/);
  const blank = lines.indexOf("\r\n");
  return octets(blank === -1 ? lines.join("") : lines.slice(0, blank + 1 + bodyLines).join(""));
}

/** Whole, octet by octet, and cut at random in several ways: what a codec must not tell apart. */
export function* waysToFeed(input: Uint8Array, seed = 1): Generator<[string, Uint8Array[]]> {
  yield ["whole", [input]];
  yield ["octet by octet", octetByOctet(input)];
  const random = seeded(seed);
  for (let round = 1; round <= 5; round++) {
    yield [`cut at random (seed ${seed}, round ${round})`, randomCuts(input, random)];
  }
}

/** A message made of the pieces that codecs stumble over. */
export function nastyMessage(random: () => number, pieces = 40): string {
  const nasty = ["\r", "\n", ".", "\r\n", "a", "\0", "\xff", "\r\n.", "\n.\n", ".\r", "\xc3\xa4"];
  let message = "";
  for (let count = Math.floor(random() * pieces); count > 0; count--) {
    message += nasty[Math.floor(random() * nasty.length)] ?? "";
  }
  return message;
}

function octets(characters: string): Uint8Array {
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}
