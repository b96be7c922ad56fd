import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { canonicalOctets } from "../../lib/protocol/crlf.ts";
import { DotDecoder } from "../../lib/protocol/dot_decoder.ts";
import { DotEncoder, TERMINATOR } from "../../lib/protocol/dot_encoder.ts";
import { corpus } from "../helpers/corpus.ts";
import { naiveStuffed, nastyMessage, waysToFeed } from "../helpers/naive_codec.ts";
import { concat, latin1, randomCuts, seeded, text } from "../helpers/random.ts";

function encode(chunks: Iterable<Uint8Array>): Uint8Array {
  const encoder = new DotEncoder();
  const parts = Array.from(chunks, (chunk) => encoder.push(chunk));
  return concat([...parts, encoder.finish()]);
}

const CORNERS: readonly (readonly [name: string, content: string, wire: string])[] = [
  ["an empty message is just the end", "", ".\r\n"],
  ["plain lines", "a\r\nb\r\n", "a\r\nb\r\n.\r\n"],
  ["a dot as the very first octet", ".a\r\n", "..a\r\n.\r\n"],
  ["a dot alone as a line", "a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"],
  ["a double dot as a line", "..\r\n", "...\r\n.\r\n"],
  ["a dot inside a line", "a.b\r\n .\r\n", "a.b\r\n .\r\n.\r\n"],
  ["nothing but a dot", ".", "..\r\n.\r\n"],
  ["no final newline", "a", "a\r\n.\r\n"],
  ["a bare CR before a dot", "a\r.\r\n", "a\r.\r\n.\r\n"],
  ["a bare CR at the end", "a\r", "a\r\r\n.\r\n"],
  ["NUL and 8-bit octets", ".\0\r\n.\xff\r\n", "..\0\r\n..\xff\r\n.\r\n"],
];

for (const [name, content, wire] of CORNERS) {
  Deno.test(`stuffing: ${name}`, () => {
    for (const [way, chunks] of waysToFeed(latin1(content))) {
      assertEquals(text(encode(chunks)), wire, way);
    }
  });
}

Deno.test("stuffing agrees with the naive one for nasty messages", () => {
  const random = seeded(31);
  for (let round = 0; round < 1000; round++) {
    const message = canonicalOctets(latin1(nastyMessage(random)));
    for (const [way, chunks] of waysToFeed(message, round)) {
      assertEquals(text(encode(chunks)), text(naiveStuffed(message)), way);
    }
  }
});

Deno.test("stuffing sees a dot at every chunk border", () => {
  const content = latin1("a\r\n.b\r\n..\r\n.\r\n");
  for (let cut = 0; cut <= content.length; cut++) {
    const parts = [content.slice(0, cut), content.slice(cut)];
    assertEquals(text(encode(parts)), "a\r\n..b\r\n...\r\n..\r\n.\r\n", `cut at ${cut}`);
  }
});

Deno.test("stuffing gives out the very chunk where no line begins with a dot", () => {
  const encoder = new DotEncoder();
  const clean = latin1("a.\r\n b.c\r\n");
  assertStrictEquals(encoder.push(clean), clean);
  const empty = new Uint8Array();
  assertStrictEquals(encoder.push(empty), empty);
  const dotted = latin1(".\r\n");
  assertEquals(text(encoder.push(dotted)), "..\r\n");
  assertEquals(text(dotted), ".\r\n");
});

Deno.test("stuffing ends with a buffer that the caller may change", () => {
  const encoder = new DotEncoder();
  assertEquals(text(TERMINATOR), ".\r\n");
  assertNotStrictEquals(encoder.finish(), TERMINATOR);
});

Deno.test("stuffing, cut anew and un-stuffing give the canonical octets back", () => {
  const random = seeded(32);
  const messages = corpus().map(({ octets }) => octets);
  for (let round = 0; round < 500; round++) messages.push(latin1(nastyMessage(random)));
  for (const message of messages) {
    const canonical = canonicalOctets(message);
    const wire = encode(randomCuts(canonical, random));
    const decoder = new DotDecoder({ lineEnding: "crlf", expectedSize: canonical.length });
    const parts = randomCuts(wire, random).flatMap((chunk) => decoder.push(chunk));
    assertEquals(decoder.state, "ended");
    assertEquals(decoder.rest.length, 0);
    assertEquals(decoder.size, canonical.length);
    assertEquals(concat(parts), canonical);
  }
});
