import { assert, assertEquals } from "@std/assert";
import { AsciiMessage } from "../../lib/protocol/ascii_message.ts";
import { MIME_PARTS } from "../../lib/protocol/limits.ts";
import { cut, fc, holdsForAll } from "../helpers/property.ts";
import { concat, text } from "../helpers/random.ts";

const FILE = 'Content-Disposition: attachment; filename="ä.txt"';
const FILE_IN_ASCII = "Content-Disposition: attachment; filename*=UTF-8''%C3%A4.txt";
const MIXED = 'Content-Type: multipart/mixed; boundary="b b"';

function inAscii(message: string, lengths: readonly number[] = []): [string, boolean] {
  const writer = new AsciiMessage();
  const octets = new TextEncoder().encode(message);
  const parts = cut(octets, lengths).map((each) => writer.push(each));
  const written = concat([...parts, writer.finish()]);
  return [new TextDecoder().decode(written), writer.changed];
}

function crlf(...lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join("");
}

/** What stands before and behind a part's header; the header is to be rewritten. */
const WHERE: Readonly<
  Record<string, readonly [before: readonly string[], after: readonly string[]]>
> = {
  "a part": [[MIXED, "", "--b b"], ["", "ä: ü", "--b b--"]],
  "a second part": [
    [MIXED, "", "preamble: ä", "--b b", "", "Subject: ä", "--b b  "],
    ["", "--b b--", "Subject: ä"],
  ],
  "a part in a part": [
    [MIXED, "", "--b b", "Content-Type: multipart/related;", " boundary=c", "", "--c"],
    ["", "--c--", "--b b", "", "X: ö", "--b b--", "--c", "X: ö"],
  ],
  "a part behind one that was not closed": [
    [MIXED, "", "--b b", "content-type: Multipart/x; BOUNDARY=c", "", "--c", "", "--b b"],
    ["", "--c", "X: ö"],
  ],
  "a message in a part": [
    [MIXED, "", "--b b", "Content-Type: message/rfc822", ""],
    ["", "X: ö", "--b b--"],
  ],
  "a part of a message in a part": [
    [
      MIXED,
      "",
      "--b b",
      "Content-Type: message/rfc822",
      "",
      "Subject: x",
      "Content-Type:",
      ' multipart/mixed; boundary="c\\"d"',
      "",
      '--c"d',
    ],
    ["", '--c"d--', "--b b", "", "X: ö", "--b b--"],
  ],
};

for (const [where, [before, after]] of Object.entries(WHERE)) {
  Deno.test(`the header of ${where} comes in ASCII, all else as it is, however cut`, async () => {
    const wanted = crlf(...before, FILE_IN_ASCII, ...after);
    const message = crlf(...before, FILE, ...after);
    assertEquals(inAscii(message), [wanted, true]);
    assertEquals(inAscii(message, new Array(message.length * 2).fill(1)), [wanted, true]);
    await holdsForAll(fc.array(fc.nat(40)), (lengths) => {
      assertEquals(inAscii(message, lengths), [wanted, true]);
    });
  });
}

const UNTOUCHED: Readonly<Record<string, string>> = {
  "a body that is not in parts": crlf("Content-Type: text/plain; boundary=b", "", "--b", FILE, ""),
  "a boundary in the midst of a line": crlf(MIXED, "", "x--b b", FILE, "", " --b b", FILE, ""),
  "a boundary that goes on": crlf(MIXED, "", "--b bc", FILE, "", "--b", FILE, "", "-", "--", FILE),
  "a line of dashes without end": crlf(MIXED, "", "-".repeat(100_000), FILE, "", "ö"),
  "a message that is encoded": crlf(
    MIXED,
    "",
    "--b b",
    "Content-Type: message/rfc822",
    "Content-Transfer-Encoding: base64",
    "",
    FILE,
    "",
    "--b b--",
  ),
};

for (const [what, message] of Object.entries(UNTOUCHED)) {
  Deno.test(`stays as it is: ${what}`, () => {
    assertEquals(inAscii(message), [message, false]);
    assertEquals(inAscii(message, [100, 1, 2, 3, 65_536]), [message, false]);
  });
}

Deno.test("octets that are no text stay as they are in a part", () => {
  const writer = new AsciiMessage();
  const octets = concat([
    new TextEncoder().encode(crlf(MIXED, "", "--b b", "")),
    Uint8Array.from({ length: 1000 }, (_, at) => at % 256),
    new TextEncoder().encode(crlf("", "--b b--")),
  ]);
  assertEquals(text(concat([writer.push(octets), writer.finish()])), text(octets));
  assert(!writer.changed);
});

Deno.test("what has no end of a header is not held, and stays as it is", () => {
  const writer = new AsciiMessage();
  const chunk = new TextEncoder().encode("no field \u00e4\r\n".repeat(5000));
  let octets = 0;
  for (let count = 0; count < 200; count++) octets += writer.push(chunk).length;
  assert(octets >= 199 * chunk.length);
  assertEquals(octets + writer.finish().length, 200 * chunk.length);
});

Deno.test("parts without number do not take time without bound", () => {
  const part = crlf("--b b", FILE, "", "");
  const [written] = inAscii(crlf(MIXED, "") + part.repeat(10 * MIME_PARTS), [65_536, 65_536]);
  assertEquals(written.split("filename*=").length - 1, MIME_PARTS);
});
