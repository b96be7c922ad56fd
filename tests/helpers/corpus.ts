/**
 * Messages with every corner that has ever broken a mail program, always the same octets, and
 * the messages that Python tests its own e-mail package with.
 *
 * @module
 */

import { concat, latin1, seeded } from "./random.ts";

/** A message as it is kept: its line endings are its own. */
export interface CorpusMessage {
  /** Says what is special about it; letters, digits, dots and dashes only. */
  readonly name: string;
  readonly octets: Uint8Array;
}

/** Where Debian's `libpython3.*-testsuite` puts the standard library, tests included. */
const LIBRARIES = "/usr/lib";

/** About 2 MB in 50 messages, none of which is hard to hold in memory. */
export function corpus(): CorpusMessage[] {
  return [...dots(), ...lineEndings(), ...octetValues(), ...shapes(), ...borders()];
}

/** A message whose body is one line of 10 MB: apart, because it is slow with some programs. */
export function tenMegabyteLine(): CorpusMessage {
  return { name: "line-of-10-mb", octets: concat([latin1(HEAD), longLine(10_000_000), CRLF]) };
}

/**
 * Python's own e-mail test messages, in the order of their names; `undefined` where Debian's
 * package is not installed (the test of this file then says so). Reads files: ask for the
 * permission first.
 */
export function pythonMessages(): CorpusMessage[] | undefined {
  const folder = pythonFolder();
  if (folder === undefined) return undefined;
  return messageFiles(folder).map((file) => ({
    name: `python-${file.replace(/\.txt$/, "").replaceAll("_", "-")}`,
    octets: Deno.readFileSync(`${folder}/${file}`),
  }));
}

/** Corpus and, where they are installed, Python's messages. */
export function allMessages(): CorpusMessage[] {
  return [...corpus(), ...(pythonMessages() ?? [])];
}

/**
 * What a POP3 server sends for `message`, before stuffing: bare LF becomes CRLF, a bare CR stays,
 * a last CRLF is added where it is missing. Octet by octet on purpose: it is the yardstick for
 * the code that is not.
 */
export function onTheWire(message: Uint8Array): Uint8Array {
  const wire = new Uint8Array(2 * message.length + 2);
  let length = 0;
  let before = 0;
  for (const octet of message) {
    if (octet === LF && before !== CR) wire[length++] = CR;
    wire[length++] = octet;
    before = octet;
  }
  if (length > 0 && before !== LF) {
    wire[length++] = CR;
    wire[length++] = LF;
  }
  return wire.slice(0, length);
}

const CR = 13;
const LF = 10;
const CRLF = latin1("\r\n");
const HEAD = "From: a@example.org\r\nSubject: corner\r\n\r\n";
const BLOCK = 64 * 1024;

function crlf(name: string, body: string): CorpusMessage {
  return { name, octets: latin1(HEAD + body) };
}

function raw(name: string, octets: string): CorpusMessage {
  return { name, octets: latin1(octets) };
}

function dots(): CorpusMessage[] {
  return [
    raw("dot-first-octet", ".Subject: not quite a header\r\n\r\nbody\r\n"),
    raw("dot-alone-first-line", ".\r\nSubject: behind a dot\r\n\r\nbody\r\n"),
    raw("dot-is-all", "."),
    crlf("dot-line", "before\r\n.\r\nafter\r\n"),
    crlf("dot-dot-line", "before\r\n..\r\n...\r\nafter\r\n"),
    crlf("dot-word", ".foo\r\n..foo\r\n.foo.\r\n . \r\n"),
    crlf("dot-last-line", "before\r\n.\r\n"),
    crlf("dot-last-octet", "before\r\n."),
    crlf("dot-lines-only", ".\r\n".repeat(200)),
    raw("dot-behind-bare-lf", "Subject: lf\n\n.\n..\n.foo\nafter\n"),
    crlf("dot-behind-bare-cr", "a\r.\rb\r\n.\r.\r\nc\r\n"),
    crlf("dot-between-mixed", "a\n.\r\nb\r\n.\nc\r\n"),
    crlf("looks-like-replies", "+OK\r\n-ERR no\r\n.\r\n+OK 3 octets\r\n.\r\n.\r\n"),
  ];
}

function lineEndings(): CorpusMessage[] {
  const lines = "Subject: plain\n\nfirst\nsecond\n\nlast\n";
  return [
    raw("plain-crlf", lines.replaceAll("\n", "\r\n")),
    raw("plain-lf", lines),
    raw("mixed-endings", "Subject: mixed\r\n\nlf\ncrlf\r\nlf\n"),
    raw("no-final-newline-crlf", "Subject: open\r\n\r\nend"),
    raw("no-final-newline-lf", "Subject: open\n\nend"),
    crlf("bare-cr-inside", "a\rb\r\rc\r\n\rd\r\n"),
    crlf("bare-cr-before-crlf", "a\r\r\nb\r\r\r\n\r\r\n"),
    crlf("bare-cr-last", "end\r"),
    raw("bare-cr-only", "Subject: mac\r\rline\rline\r"),
    raw("cr-is-all", "\r"),
    raw("lf-is-all", "\n"),
    raw("lfcr-endings", "Subject: reversed\n\r\n\rbody\n\r"),
    crlf("blank-lines-last", "body\r\n\r\n\r\n\r\n"),
  ];
}

function octetValues(): CorpusMessage[] {
  const every = Uint8Array.from({ length: 256 }, (_, value) => value);
  const random = seeded(3);
  const noise = Uint8Array.from({ length: 20_000 }, () => Math.floor(random() * 256));
  return [
    crlf("nul-inside", "a\0b\r\n\0\r\n.\0dot\r\n\0.\r\n"),
    { name: "all-octet-values", octets: concat([latin1(HEAD), every, CRLF, every]) },
    { name: "noise", octets: concat([latin1(HEAD), noise]) },
    crlf("invalid-utf8", "\xc3\x28 \xff\xfe \xed\xa0\x80 \xf8\x88 \xc3\r\n"),
    raw("eight-bit-headers", "From: J\xf6rg <j@example.org>\r\nSubject: \xe2\x82\xac\r\n\r\nx\r\n"),
    crlf("utf8-text", "Gr\xc3\xbc\xc3\x9fe \xf0\x9f\x93\xac\r\n"),
  ];
}

function shapes(): CorpusMessage[] {
  const received = `Received: from a.example.org by b.example.org;\r\n\t${"x".repeat(50)}\r\n`;
  return [
    { name: "empty", octets: new Uint8Array() },
    raw("header-only", "From: a@example.org\r\nSubject: no body\r\n"),
    raw("header-and-blank-line", "From: a@example.org\r\nSubject: no body\r\n\r\n"),
    raw("body-only", "\r\nThe header is empty.\r\n"),
    raw("text-without-header", "just one line\r\n"),
    raw("huge-header", `${received.repeat(1500)}Subject: far down\r\n\r\nbody\r\n`),
    raw("mbox-lines", "Subject: mbox\r\n\r\nFrom me to you\r\n>From you to me\r\n"),
    { name: "line-of-5000", octets: concat([latin1(HEAD), longLine(5_000), CRLF]) },
    { name: "line-of-100000", octets: concat([latin1(HEAD), longLine(100_000), CRLF]) },
    { name: "attachment-of-1-mb", octets: attachment(1_000_000) },
  ];
}

/** A line that begins with a dot, exactly at, before and behind the end of 64 KiB blocks. */
function borders(): CorpusMessage[] {
  const messages: CorpusMessage[] = [];
  for (const offset of [-3, -2, -1, 0, 1]) {
    const at = BLOCK + offset;
    messages.push({
      name: `dot-at-64k-${offset < 0 ? "minus" : "plus"}-${Math.abs(offset)}`,
      octets: concat([filler(at - 2), CRLF, latin1(".\r\n.x\r\n"), filler(BLOCK), CRLF]),
    });
  }
  const exact = filler(BLOCK - 2);
  messages.push({ name: "exactly-64k", octets: concat([exact, CRLF]) });
  messages.push({ name: "cr-ends-64k", octets: concat([exact, latin1("x\r\n.y\r\n")]) });
  messages.push({ name: "lf-ends-64k", octets: concat([exact, latin1("x\n.\ny\n")]) });
  return messages;
}

/** `length` octets of CRLF lines, a header first; the last line is open. */
function filler(length: number): Uint8Array {
  const octets = new Uint8Array(length).fill(0x2d);
  for (let end = 77; end + 1 < length; end += 78) octets.set(CRLF, end - 1);
  octets.set(latin1(HEAD));
  return octets;
}

function longLine(length: number): Uint8Array {
  const digits = latin1("0123456789 ".repeat(1000));
  const line = new Uint8Array(length);
  for (let at = 0; at < length; at += digits.length) {
    line.set(digits.subarray(0, Math.min(digits.length, length - at)), at);
  }
  return line;
}

/** A MIME message with `size` random octets in base64, lines of 76 characters. */
function attachment(size: number): Uint8Array {
  const head = "Subject: picture\r\nMIME-Version: 1.0\r\n" +
    'Content-Type: application/octet-stream; name="picture.bin"\r\n' +
    "Content-Transfer-Encoding: base64\r\n\r\n";
  const random = seeded(7);
  let part = "";
  while (part.length < 57_000) {
    const octets = String.fromCharCode(...Array.from({ length: 57 }, () => random() * 256));
    part += `${btoa(octets)}\r\n`;
  }
  const block = latin1(part);
  const blocks = Math.ceil((size * 4) / 3 / block.length);
  return concat([latin1(head), ...Array<Uint8Array>(blocks).fill(block)]);
}

function pythonFolder(): string | undefined {
  for (const library of namesIn(LIBRARIES).filter((name) => /^python3\.\d+$/.test(name))) {
    const folder = `${LIBRARIES}/${library}/test/test_email/data`;
    if (messageFiles(folder).length > 0) return folder;
  }
  return undefined;
}

function messageFiles(folder: string): string[] {
  return namesIn(folder).filter((name) => /^msg_.*\.txt$/.test(name));
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  } catch {
    return [];
  }
}
