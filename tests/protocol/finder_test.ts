import { assertEquals } from "@std/assert";
import { Finder } from "../../lib/protocol/finder.ts";
import { nastyMessage } from "../helpers/naive_codec.ts";
import { concat, latin1, seeded } from "../helpers/random.ts";

const PATTERNS = ["\n", "\n."] as const;

function found(finder: Finder, octets: Uint8Array): number[] {
  finder.search(octets);
  const places: number[] = [];
  for (let at = finder.next(); at !== -1; at = finder.next()) places.push(at);
  return places;
}

function expected(pattern: string, octets: Uint8Array): number[] {
  const places: number[] = [];
  octets.forEach((octet, at) => {
    if (octet === 10 && (pattern === "\n" || octets[at + 1] === 46)) places.push(at);
  });
  return places;
}

function checkBoth(octets: Uint8Array): void {
  for (const pattern of PATTERNS) {
    assertEquals(found(new Finder(pattern), octets), expected(pattern, octets));
  }
}

Deno.test("the finder finds nothing in nothing, and goes on finding nothing", () => {
  const finder = new Finder("\n");
  assertEquals(finder.next(), -1);
  finder.search(new Uint8Array());
  assertEquals([finder.next(), finder.next()], [-1, -1]);
});

Deno.test("the finder finds every place in ASCII, 8-bit and broken UTF-8 text", () => {
  checkBoth(latin1("\n.\n\n..\na\n.b\r\n.\n"));
  checkBoth(latin1("Gr\xc3\xbc\xc3\x9fe\n.\xf0\x9f\x93\xac\n\n.x"));
  checkBoth(latin1("\xff\n.\xfe\n\xc3\n.\xc3"));
  checkBoth(latin1("\xef\xbb\xbf\n.behind a byte order mark\n"));
});

Deno.test("the finder finds a pattern wherever a block border cuts it, whatever stands around", () => {
  for (const filler of ["a", "\xff", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x93\xac", "\0"]) {
    for (const border of [16 * 1024, 32 * 1024]) {
      for (let at = border - 5; at <= border + 4; at++) {
        const head = latin1(filler.repeat(Math.ceil(at / filler.length)).slice(0, at));
        checkBoth(concat([head, latin1(`\n.${filler}\n`), latin1(filler.repeat(20_000))]));
      }
    }
  }
});

Deno.test("the finder finds the same in chunk after chunk, of text and of noise", () => {
  const random = seeded(11);
  const finders = PATTERNS.map((pattern) => ({ pattern, finder: new Finder(pattern) }));
  for (let round = 0; round < 60; round++) {
    const octets = messageOfKind(round % 3, random);
    for (const { pattern, finder } of finders) {
      assertEquals(found(finder, octets), expected(pattern, octets));
    }
  }
});

/** ASCII, 8-bit text, or noise, of several blocks each. */
function messageOfKind(kind: number, random: () => number): Uint8Array {
  if (kind === 2) return Uint8Array.from({ length: 40_000 }, () => Math.floor(random() * 256));
  const message = nastyMessage(random, 40_000);
  return latin1(kind === 0 ? message.replace(/[\x80-\xff]/g, "x") : message);
}
