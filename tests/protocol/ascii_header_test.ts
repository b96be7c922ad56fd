import { assert, assertEquals } from "@std/assert";
import { isAscii, isUtf8 } from "node:buffer";
import { AsciiHeader, bodyStart } from "../../lib/protocol/ascii_header.ts";
import { HEADER_FIELD_LIMIT } from "../../lib/protocol/limits.ts";
import { naiveCanonical } from "../helpers/naive_codec.ts";
import { cut, fc, holdsForAll, nastyOctets } from "../helpers/property.ts";
import { concat, latin1, text } from "../helpers/random.ts";

function inAscii(message: Uint8Array, lengths: readonly number[] = []): Uint8Array {
  const header = new AsciiHeader();
  const parts = cut(message, lengths).map((each) => header.push(each));
  return concat([...parts, header.finish()]);
}

function rewritten(field: string): string {
  const wire = text(inAscii(new TextEncoder().encode(`${field}\r\n\r\nbody \u20ac\r\n`)));
  assert(wire.endsWith("\r\n\r\nbody \xe2\x82\xac\r\n"), wire);
  return wire.slice(0, wire.indexOf("\r\n\r\n"));
}

const CASES: readonly [string, string, string][] = [
  ["free text", "Subject: Grüße an alle", "Subject: =?UTF-8?B?R3LDvMOfZQ==?= an alle"],
  ["blanks between encoded words", "Subject: ä ö", "Subject: =?UTF-8?B?w6Qgw7Y=?="],
  ["a name", "From: Jörg <j@example.org>", "From: =?UTF-8?B?SsO2cmc=?= <j@example.org>"],
  [
    "a name in quotes",
    'To: "Jörg, \\"J\\""<j@x.org>',
    "To: =?UTF-8?B?SsO2cmcsICJKIg==?= <j@x.org>",
  ],
  ["a comment", "Cc: j@x.org (Jörg K)", "Cc: j@x.org (=?UTF-8?B?SsO2cmc=?= K)"],
  [
    "an address",
    "To: a@x.org, Jörg <jörg@x.org>",
    "To: a@x.org, =?UTF-8?B?SsO2cmc=?= Internationalized address\r\n" +
    " =?UTF-8?B?asO2cmdAeC5vcmc=?= removed:;",
  ],
  [
    "a bare address",
    "Reply-To: jörg@x.org",
    "Reply-To: Internationalized address =?UTF-8?B?asO2cmdAeC5vcmc=?= removed:;",
  ],
  [
    "a parameter",
    'Content-Type: text/plain; name="ä b.txt"; x=y',
    "Content-Type: text/plain; name*=UTF-8''%C3%A4%20b.txt; x=y",
  ],
  [
    "a field that takes no encoded words",
    "Message-ID: <ä@x.org>",
    "Downgraded-Message-ID: =?UTF-8?B?PMOkQHgub3JnPg==?=",
  ],
  ["a folded field", "Subject: a\r\n ä\r\n\tb", "Subject: a =?UTF-8?B?w6Q=?= b"],
  ["no field", "just text with ä in it", "just text with Ã¤ in it"],
];

for (const [what, field, wanted] of CASES) {
  Deno.test(`in ASCII: ${what}`, () => assertEquals(rewritten(field), wanted));
}

Deno.test("what is not UTF-8 stays as it is: its charset is not known", () => {
  const message = "Subject: J\xf6rg\r\nTo: \xc3\xb6\r\n\r\n";
  const wanted = message.replace("\xc3\xb6", "=?UTF-8?B?w7Y=?=");
  assertEquals(text(inAscii(latin1(message))), wanted);
});

Deno.test("what is no header stays as it is, all 256 octets of it", () => {
  const octets = Uint8Array.from({ length: 256 }, (_, octet) => octet);
  assertEquals(inAscii(octets), octets);
});

Deno.test("long text becomes encoded words, on lines of 78", () => {
  const lines = rewritten(`Subject: ${"\u20ac".repeat(100)}`).split("\r\n");
  assert(lines.length > 4 && lines.every((line) => line.length <= 78));
  const words = lines.join("").match(/=\?UTF-8\?B\?[^?]*\?=/g) ?? [];
  assert(words.every((word) => word.length <= 75));
  const decode = (word: string) => new TextDecoder().decode(latin1(atob(word.slice(10, -2))));
  assertEquals(words.map(decode).join(""), "\u20ac".repeat(100));
});

Deno.test("a field that is too long to be held stays as it is", () => {
  const field = `X-Long: ${"\xc3\xa4".repeat(3 * HEADER_FIELD_LIMIT)}\r\n\r\nbody\r\n`;
  assert(text(inAscii(latin1(field), [50_000])) === field);
});

Deno.test("what is opened a thousand times and never closed takes no time", () => {
  const bait = ['"', '\\"', "(", "<", "=", ' "', "a=", 'a="\\"', ";", "a"];
  for (const piece of bait) {
    for (const name of ["To", "Content-Type", "Subject", "X"]) {
      const field = latin1(`${name}: \xc3\xa4${piece.repeat(20_000 / piece.length)}\r\n\r\n`);
      const start = performance.now();
      inAscii(field);
      // A quadratic way through it takes a minute.
      assert(performance.now() - start < 5000, `${name}: ${piece}`);
    }
  }
});

const field = fc.constantFrom(
  ...["Subject: x\r\n", "To: \xc3\xa4 <a@b>, c\r\n", "Subject: \xc3\xa4\r\n d\r\n", "\xff\r\n"],
  ...[
    'Content-Type: text/plain; name="\xc3\xa4"\r\n',
    "Received: \xe4\r\n",
    "x: \r\n",
    ":\xe4\r\n",
  ],
  ...['From: "\xc3\xa4" (\xc3\xb6) <\xc3\xbc@x>\r\n', 'Cc: "\xe4\r\n', "Bcc: <\xe4\r\n"],
);
const message = fc.oneof(
  fc.tuple(fc.array(field, { maxLength: 6 }), nastyOctets(30))
    .map(([fields, body]) => concat([latin1(`${fields.join("")}\r\n`), body])),
  nastyOctets(80),
).map(naiveCanonical);

Deno.test("fields in UTF-8 come out in ASCII, in canonical form, all else as it is, however cut", () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 });
  holdsForAll(fc.tuple(message, cuts), ([octets, lengths]) => {
    const wire = inAscii(octets, lengths);
    assertEquals(wire, inAscii(octets));
    assertEquals(wire, naiveCanonical(wire));
    const [before, after] = [bodyStart(octets), bodyStart(wire)];
    const header = after === -1 ? wire : wire.subarray(0, after);
    for (const each of text(header).split(/\r\n(?![ \t])/)) {
      // What is left of other octets is in no field of UTF-8.
      const isPlain = isAscii(latin1(each)) || !isUtf8(latin1(each)) ||
        !/^[!-9;-~]+[ \t]*:/.test(each);
      assert(isPlain, each);
    }
    assertEquals(
      text(after === -1 ? wire.subarray(wire.length) : wire.subarray(after)),
      text(
        before === -1 ? octets.subarray(octets.length) : octets.subarray(before),
      ),
    );
    if (octets.every((octet) => octet < 0x80)) assertEquals(wire, octets);
  }, { runs: 3000 });
});

Deno.test("a field too long to be held ends where it ends, wherever the octets are cut", () => {
  const long = `X-Long: ${"x".repeat(HEADER_FIELD_LIMIT)}`;
  const message = new TextEncoder().encode(`${long}\r\nSubject: \u00e4\r\n\r\nbody \u00e4\r\n`);
  const whole = text(inAscii(message));
  assert(
    whole.startsWith(`${long}\r\nSubject: =?UTF-8?B?w6Q=?=\r\n\r\nbody \xc3\xa4`),
    whole.slice(-60),
  );
  for (let at = long.length - 3; at < long.length + 14; at++) {
    for (let next = 1; next < 5; next++) {
      assertEquals(
        text(inAscii(message, [at, next])).slice(-60),
        whole.slice(-60),
        `${at} ${next}`,
      );
    }
  }
});
