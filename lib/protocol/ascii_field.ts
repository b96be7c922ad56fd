/**
 * One header field in ASCII, as RFC 6857 §3 has it: nothing is lost but the look of it.
 *
 * @module
 */

import { isAscii, isUtf8 } from "node:buffer";
import { toBase64 } from "./sasl/base64.ts";

/** Fields of addresses (RFC 5322 §3.6), where encoded words may stand for names only. */
const ADDRESSES =
  /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)$|^(?:return-receipt|disposition-notification)-to$/i;

/** Fields with parameters, which are encoded in a way of their own (RFC 2231). */
const PARAMETERS = /^content-(?:type|disposition)$/i;

/** Fields in which no encoded word may stand: what is left of them gets another name. */
const STRUCTURED = new RegExp(
  "^(?:(?:resent-)?(?:date|message-id)|in-reply-to|references|received|return-path|mime-version" +
    "|content-(?:id|transfer-encoding|language|location)|dkim-signature|arc-.*|authentication-.*" +
    "|list-.*|auto-submitted|received-spf)$",
  "i",
);

/** RFC 2047 §2 allows 75; this leaves room for the field's name on the same line. */
const WORD_LENGTH = 60;

/** RFC 5322 §2.1.1 */
const LINE_LENGTH = 78;

/**
 * `field`, with its line ends; the very same octets where they are ASCII, and where they are no
 * field in UTF-8 (RFC 6532): nobody knows what such octets mean, so they are nobody's to change.
 */
export function asciiField(field: Uint8Array): Uint8Array {
  const text = isAscii(field) || !isUtf8(field) ? "" : decode(field);
  const [, name, value] = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) return field;
  const line = value.replace(/\r?\n(?=[ \t])/g, "").replace(/\r?\n$/, "").trim();
  if (ADDRESSES.test(name)) return written(name, addresses(line));
  if (PARAMETERS.test(name)) return written(name, parameters(line));
  // RFC 6857 §3.2: Downgraded- and the name, the value as if it were free text.
  if (STRUCTURED.test(name)) return written(`Downgraded-${name}`, encodedWords(line));
  return written(name, phrase(line));
}

function decode(octets: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets);
}

/** The words that are not ASCII encoded, the blanks between two of them with them. */
function phrase(text: string): string {
  // Words are at even places, blanks at odd ones.
  const parts = text.split(/([ \t]+)/);
  let written = "";
  for (let at = 0; at < parts.length; at += 2) {
    let run = parts[at] ?? "";
    if (isPlain(run)) {
      written += run + (parts[at + 1] ?? "");
      continue;
    }
    while (at + 2 < parts.length && !isPlain(parts[at + 2] ?? "")) {
      run += `${parts[at + 1]}${parts[at + 2]}`;
      at += 2;
    }
    written += encodedWords(run) + (parts[at + 1] ?? "");
  }
  return written;
}

function isPlain(text: string): boolean {
  // deno-lint-ignore no-control-regex -- all of ASCII is meant
  return /^[\x00-\x7f]*$/.test(text);
}

/** RFC 6857 §3.1: names and comments as encoded words, an address as a group that holds nobody. */
function addresses(line: string): string {
  const removed = (address: string): string =>
    `Internationalized address ${encodedWords(address)} removed:;`;
  let written = "";
  for (const part of addressParts(line)) {
    const inside = part.slice(1, -1);
    if (isPlain(part)) written += part;
    else if (part.startsWith("(")) written += `(${phrase(inside)})`;
    else if (part.startsWith("<")) written += removed(inside);
    else if (part.startsWith('"')) written += encodedWords(inside.replace(/\\(.)/gsu, "$1"));
    else written += part.includes("@") ? removed(part) : encodedWords(part);
  }
  // RFC 2047 §5: a blank stands between an encoded word and what follows.
  return written.replace(/\?=(?=[=<(])/g, "?= ");
}

/** Quoted strings, comments, addresses in angle brackets, words, blanks and separators. */
function* addressParts(line: string): Generator<string> {
  const closing: Readonly<Record<string, RegExp>> = {
    '"': /"(?:[^"\\]|\\.)*"/suy,
    "(": /\((?:[^()\\]|\\.)*\)/suy,
    "<": /<[^<>]*>/suy,
  };
  const other = /[^"(<,;:\s]+|\s+|[,;:]/suy;
  for (let at = 0; at < line.length;) {
    const pattern = closing[line[at] ?? ""] ?? other;
    pattern.lastIndex = at;
    // What is opened and never closed is one word to its end: looking on would take for ever.
    const part = pattern.exec(line)?.[0] ?? `${line.slice(at).replace(/["(<]/g, " ")}`;
    yield part;
    at += part.length;
  }
}

/** `name="…"` becomes `name*=UTF-8''…` (RFC 2231 §4); the rest as free text. */
function parameters(line: string): string {
  const rewritten = line.replace(
    /([A-Za-z0-9!#$&.^_`|~+-]{1,60})=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/gsu,
    (whole: string, name: string, quoted?: string, bare?: string) => {
      if (isPlain(whole)) return whole;
      const value = quoted === undefined ? bare ?? "" : quoted.replace(/\\(.)/gsu, "$1");
      const octets = Array.from(new TextEncoder().encode(value), (octet) => {
        const character = String.fromCharCode(octet);
        return /[A-Za-z0-9.-]/.test(character)
          ? character
          : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`;
      });
      return `${name}*=UTF-8''${octets.join("")}`;
    },
  );
  return phrase(rewritten);
}

/** A text as encoded words (RFC 2047 §2), each of whole characters. */
function encodedWords(text: string): string {
  const start = "=?UTF-8?B?";
  const room = Math.floor((WORD_LENGTH - start.length - 2) / 4) * 3;
  const words: string[] = [];
  let octets: number[] = [];
  for (const character of text) {
    const more = new TextEncoder().encode(character);
    if (octets.length + more.length > room) {
      words.push(`${start}${toBase64(Uint8Array.from(octets))}?=`);
      octets = [];
    }
    octets.push(...more);
  }
  words.push(`${start}${toBase64(Uint8Array.from(octets))}?=`);
  return words.join(" ");
}

/** The field, folded at its blanks. */
function written(name: string, value: string): Uint8Array {
  let line = `${name}:`;
  let text = "";
  for (const word of value.split(/[ \t]+/)) {
    if (line.length + 1 + word.length > LINE_LENGTH && line.includes(" ")) {
      text += `${line}\r\n`;
      line = "";
    }
    line += ` ${word}`;
  }
  return ascii(`${text}${line}\r\n`);
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
