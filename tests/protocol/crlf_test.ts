import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  canonicalOctets,
  CrlfRepairer,
  measureWire,
  type WireFacts,
  WireMeter,
} from "../../lib/protocol/crlf.ts";
import { DotEncoder } from "../../lib/protocol/dot_encoder.ts";
import { corpus } from "../helpers/corpus.ts";
import { naiveCanonical, nastyMessage, waysToFeed } from "../helpers/naive_codec.ts";
import { concat, latin1, seeded, text } from "../helpers/random.ts";

function repair(chunks: Iterable<Uint8Array>): Uint8Array {
  const repairer = new CrlfRepairer();
  const parts = Array.from(chunks, (chunk) => repairer.push(chunk));
  return concat([...parts, repairer.finish()]);
}

function measure(chunks: Iterable<Uint8Array>): WireFacts {
  const meter = new WireMeter();
  for (const chunk of chunks) meter.push(chunk);
  return meter.finish();
}

/** Whether stuffing changes anything, found by doing it. */
function isStuffed(canonical: Uint8Array): boolean {
  return new DotEncoder().push(canonical) !== canonical;
}

const CORNERS: readonly (readonly [name: string, kept: string, canonical: string])[] = [
  ["an empty message stays empty", "", ""],
  ["canonical lines stay", "a\r\nb\r\n", "a\r\nb\r\n"],
  ["a bare LF becomes CRLF", "a\nb\n", "a\r\nb\r\n"],
  ["a bare LF as the first octet", "\n", "\r\n"],
  ["bare LFs in a row", "\n\n\n", "\r\n\r\n\r\n"],
  ["mixed line ends", "a\r\nb\nc\r\n", "a\r\nb\r\nc\r\n"],
  ["a bare CR inside stays", "a\rb\r\n", "a\rb\r\n"],
  ["a bare CR before CRLF stays", "a\r\r\n", "a\r\r\n"],
  ["a bare CR at the end stays and gets CRLF behind it", "a\r", "a\r\r\n"],
  ["nothing but a bare CR", "\r", "\r\r\n"],
  ["no final newline", "a\r\nb", "a\r\nb\r\n"],
  ["LF CR is a bare LF and a bare CR", "a\n\rb", "a\r\n\rb\r\n"],
  ["a dot as the very first octet", ".a", ".a\r\n"],
  ["a bare-LF line that begins with a dot", "a\n.b\n", "a\r\n.b\r\n"],
  ["a dot alone and a double dot as lines", ".\n..\n", ".\r\n..\r\n"],
  ["NUL and 8-bit octets", "\0\n\xff\0\x80\n", "\0\r\n\xff\0\x80\r\n"],
];

for (const [name, kept, canonical] of CORNERS) {
  Deno.test(`canonical form: ${name}`, () => {
    for (const [way, chunks] of waysToFeed(latin1(kept))) {
      assertEquals(text(repair(chunks)), canonical, way);
      const facts = measure(chunks);
      assertEquals(facts.size, canonical.length, way);
      assertEquals(facts.canonical, kept === canonical, way);
      assertEquals(facts.stuffing, /(^|\n)\./.test(canonical), way);
    }
    assertEquals(text(canonicalOctets(latin1(kept))), canonical);
  });
}

Deno.test("canonical form and its measure agree with the naive ones for nasty messages", () => {
  const random = seeded(21);
  for (let round = 0; round < 1000; round++) {
    const message = latin1(nastyMessage(random));
    const wanted = naiveCanonical(message);
    for (const [way, chunks] of waysToFeed(message, round)) {
      assertEquals(text(repair(chunks)), text(wanted), way);
      assertEquals(measure(chunks), {
        size: wanted.length,
        canonical: text(wanted) === text(message),
        stuffing: isStuffed(wanted),
      }, way);
    }
  }
});

Deno.test("canonical form and its measure agree with the naive ones for the whole corpus", () => {
  const random = seeded(22);
  for (const { name, octets } of corpus()) {
    const wanted = naiveCanonical(octets);
    for (const chunks of [[octets], [...cutIntoPages(octets, random)]]) {
      assertEquals(repair(chunks), wanted, name);
      const facts = measure(chunks);
      assertEquals(facts.size, wanted.length, name);
      assertEquals(facts.canonical, text(wanted) === text(octets), name);
      assertEquals(facts.stuffing, isStuffed(wanted), name);
    }
  }
});

function* cutIntoPages(octets: Uint8Array, random: () => number): Generator<Uint8Array> {
  let at = 0;
  while (at < octets.length) {
    const end = at + 1 + Math.floor(random() * 40_000);
    yield octets.subarray(at, end);
    at = end;
  }
}

Deno.test("canonical form is given out as the very chunk where nothing is to be done", () => {
  const clean = latin1("a\r\nb\r\n");
  assertStrictEquals(new CrlfRepairer().push(clean), clean);
  assertStrictEquals(canonicalOctets(clean), clean);
  const repairer = new CrlfRepairer();
  repairer.push(latin1("a\r"));
  const border = latin1("\nb\r\n");
  assertStrictEquals(repairer.push(border), border);
});

Deno.test("canonical form made once more does not change", () => {
  const random = seeded(23);
  for (let round = 0; round < 200; round++) {
    const once = canonicalOctets(latin1(nastyMessage(random)));
    assertStrictEquals(canonicalOctets(once), once);
    assert(measureWire(once).canonical);
  }
});

Deno.test("canonical form of a line of 10 MB is that line", () => {
  const line = new Uint8Array(10_000_000).fill(0x61);
  assertEquals(measureWire(line), { size: 10_000_002, canonical: false, stuffing: false });
  assertEquals(canonicalOctets(line).length, 10_000_002);
});

Deno.test("canonical form does not change the chunks it is given", () => {
  const chunk = latin1("a\nb\n");
  new CrlfRepairer().push(chunk);
  assertEquals(text(chunk), "a\nb\n");
});
