import { assertEquals, assertStrictEquals } from "@std/assert";
import { canonicalOctets } from "../../lib/protocol/crlf.ts";
import { TopSlicer } from "../../lib/protocol/top_slicer.ts";
import { corpus } from "../helpers/corpus.ts";
import { naiveTop, nastyMessage, waysToFeed } from "../helpers/naive_codec.ts";
import { concat, latin1, seeded, text } from "../helpers/random.ts";

function top(chunks: Iterable<Uint8Array>, bodyLines: number): [string, boolean] {
  const slicer = new TopSlicer(bodyLines);
  const parts = Array.from(chunks, (chunk) => slicer.push(chunk));
  return [text(concat(parts)), slicer.done];
}

const HEAD = "A: 1\r\nB: 2\r\n\r\n";

const CORNERS: readonly (readonly [
  name: string,
  message: string,
  lines: number,
  cut: string,
  done: boolean,
])[] = [
  ["no lines: headers and the blank line", `${HEAD}a\r\nb\r\n`, 0, HEAD, true],
  ["one line", `${HEAD}a\r\nb\r\n`, 1, `${HEAD}a\r\n`, true],
  ["exactly as many lines as there are", `${HEAD}a\r\nb\r\n`, 2, `${HEAD}a\r\nb\r\n`, true],
  ["more lines than there are: the whole", `${HEAD}a\r\nb\r\n`, 9, `${HEAD}a\r\nb\r\n`, false],
  ["blank lines of the body count", `${HEAD}\r\n\r\nc\r\n`, 2, `${HEAD}\r\n\r\n`, true],
  ["a message without a body", HEAD, 3, HEAD, false],
  ["a message without a blank line", "A: 1\r\n", 0, "A: 1\r\n", false],
  ["no headers: it begins with the blank line", "\r\na\r\nb\r\n", 1, "\r\na\r\n", true],
  ["an empty message", "", 0, "", false],
  ["a bare CR makes no blank line", "A\r\n\r\r\nB\r\n\r\nc\r\n", 0, "A\r\n\r\r\nB\r\n\r\n", true],
  ["dots are not stuffed here", `${HEAD}.\r\n..\r\nc\r\n`, 2, `${HEAD}.\r\n..\r\n`, true],
  ["NUL and 8-bit octets", `\xff: \0\r\n\r\n\0\r\nb\r\n`, 1, `\xff: \0\r\n\r\n\0\r\n`, true],
];

for (const [name, message, lines, cut, done] of CORNERS) {
  Deno.test(`TOP: ${name}`, () => {
    for (const [way, chunks] of waysToFeed(latin1(message))) {
      assertEquals(top(chunks, lines), [cut, done], way);
    }
  });
}

Deno.test("TOP agrees with the naive one for nasty messages and for the corpus", () => {
  const random = seeded(61);
  const messages = corpus().map(({ octets }) => octets).filter(({ length }) => length < 10_000);
  for (let round = 0; round < 500; round++) messages.push(latin1(nastyMessage(random)));
  messages.forEach((message, round) => {
    const canonical = canonicalOctets(message);
    const lines = Math.floor(random() * 6);
    for (const [way, chunks] of waysToFeed(canonical, round)) {
      assertEquals(top(chunks, lines)[0], text(naiveTop(canonical, lines)), way);
    }
  });
});

Deno.test("TOP gives out the very chunk where it is all wanted, and nothing once it is done", () => {
  const slicer = new TopSlicer(1);
  const head = latin1(HEAD);
  assertStrictEquals(slicer.push(head), head);
  assertStrictEquals(slicer.done, false);
  const line = latin1("a\r\n");
  assertStrictEquals(slicer.push(line), line);
  assertStrictEquals(slicer.done, true);
  assertEquals(slicer.push(latin1("b\r\n")).length, 0);
});
