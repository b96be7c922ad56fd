import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { LineBuffer } from "../../lib/protocol/line_buffer.ts";
import { nastyMessage, waysToFeed } from "../helpers/naive_codec.ts";
import { latin1, seeded, text } from "../helpers/random.ts";

/** A line that was read, its octets copied. */
interface Read {
  readonly text: string;
  readonly ending: "crlf" | "lf";
  readonly tooLong: boolean;
}

function readOne(buffer: LineBuffer): Read[] {
  const line = buffer.next();
  if (line === undefined) return [];
  return [{ text: text(line.octets), ending: line.ending, tooLong: line.tooLong }];
}

function readAll(buffer: LineBuffer): Read[] {
  const lines: Read[] = [];
  for (let read = readOne(buffer); read.length > 0; read = readOne(buffer)) lines.push(...read);
  return lines;
}

/** Feeds chunks through one buffer that is overwritten, as a socket's would be. */
function readLines(chunks: Iterable<Uint8Array>, limit: number): Read[] {
  const buffer = new LineBuffer(limit);
  const lines: Read[] = [];
  const reused = new Uint8Array(100_000);
  for (const chunk of chunks) {
    reused.set(chunk);
    buffer.push(reused.subarray(0, chunk.length));
    reused.fill(0x0a, 0, chunk.length);
    lines.push(...readAll(buffer));
  }
  return lines;
}

/** The same in one go, as plainly as can be. */
function naiveLines(input: string, limit: number): Read[] {
  return input.split(/(?<=\n)/).filter((line) => line.endsWith("\n")).map((line) => {
    const ending = line.endsWith("\r\n") ? "crlf" : "lf";
    const content = line.slice(0, ending === "crlf" ? -2 : -1);
    const tooLong = line.length > limit;
    return { text: tooLong ? content.slice(0, limit) : content, ending, tooLong };
  });
}

function line(text: string, ending: "crlf" | "lf" = "crlf", tooLong = false): Read {
  return { text, ending, tooLong };
}

Deno.test("a line comes out whole however it came in, and what stands behind it waits", () => {
  for (const [way, chunks] of waysToFeed(latin1("USER a\r\n\r\nLIST\n\0\xff \r\r\nrest"))) {
    const wanted = [line("USER a"), line(""), line("LIST", "lf"), line("\0\xff \r")];
    assertEquals(readLines(chunks, 255), wanted, way);
  }
});

Deno.test("lines agree with the naive ones for nasty input and every limit", () => {
  const random = seeded(41);
  for (let round = 0; round < 400; round++) {
    const input = nastyMessage(random, 80);
    const limit = 1 + Math.floor(random() * 12);
    for (const [way, chunks] of waysToFeed(latin1(input), round)) {
      assertEquals(readLines(chunks, limit), naiveLines(input, limit), `${way}, limit ${limit}`);
    }
  }
});

Deno.test("lines are the same whenever they are read, one or many after some pushes", () => {
  const random = seeded(42);
  for (let round = 0; round < 400; round++) {
    const input = nastyMessage(random, 80);
    const limit = 1 + Math.floor(random() * 12);
    for (const [way, chunks] of waysToFeed(latin1(input), round)) {
      const buffer = new LineBuffer(limit);
      const lines: Read[] = [];
      for (const chunk of chunks) {
        buffer.push(chunk);
        while (random() < 0.4 && buffer.hasLine()) lines.push(...readOne(buffer));
      }
      lines.push(...readAll(buffer));
      assertEquals(lines, naiveLines(input, limit), `${way}, limit ${limit}`);
    }
  }
});

Deno.test("a line of exactly the limit is fine and one octet more is too long, split or not", () => {
  const atLimit = "x".repeat(253) + "\r\n";
  const over = "x".repeat(254) + "\r\n";
  for (const [way, chunks] of waysToFeed(latin1(atLimit + over + "NOOP\r\n"))) {
    const [first, second, third] = readLines(chunks, 255);
    assertEquals(first, line("x".repeat(253)), way);
    assertEquals(second, line("x".repeat(254), "crlf", true), way);
    assertEquals(third, line("NOOP"), way);
  }
});

Deno.test("a line of 10 MB without an end is never held, and the next line is read", () => {
  const buffer = new LineBuffer(255);
  const chunk = new Uint8Array(64 * 1024).fill(0x41);
  let most = 0;
  for (let sent = 0; sent < 10_000_000; sent += chunk.length) {
    buffer.push(chunk);
    assertEquals(buffer.next(), undefined);
    most = Math.max(most, buffer.buffered);
  }
  assert(most <= 255 + chunk.length, `${most} octets were held`);
  assert(buffer.overlong);
  assert(!buffer.hasLine());
  buffer.push(latin1("\r\nNOOP\r\n"));
  assert(!buffer.overlong);
  assertEquals(readAll(buffer), [line("A".repeat(255), "crlf", true), line("NOOP")]);
  assertEquals(buffer.buffered, 0);
});

Deno.test("many over-long lines that nobody read yet are each reported", () => {
  const buffer = new LineBuffer(4);
  for (
    const part of ["aaaaaa", "aaa", "a\r", "\nok\r\nbbbbbbb", "b", "\nccccccccc", "\r\n", "d\n"]
  ) {
    buffer.push(latin1(part));
  }
  const wanted = [
    line("aaaa", "crlf", true),
    line("ok"),
    line("bbbb", "lf", true),
    line("cccc", "crlf", true),
    line("d", "lf"),
  ];
  assertEquals(readAll(buffer), wanted);
});

Deno.test("overlong is told as soon as the limit is passed, before the line ends", () => {
  const buffer = new LineBuffer(5);
  buffer.push(latin1("ok\r\n"));
  buffer.push(latin1("12345"));
  assert(!buffer.overlong);
  buffer.push(latin1("6"));
  assert(buffer.overlong);
  assertEquals(readAll(buffer), [line("ok")]);
  assert(buffer.overlong);
});

Deno.test("a limit that was raised holds for a line that came in one push with the one before", () => {
  const buffer = new LineBuffer(10);
  buffer.push(latin1(`AUTH X\r\n${"t".repeat(50)}`));
  assertEquals(buffer.next()?.tooLong, false);
  buffer.setLimit(100);
  assert(!buffer.overlong);
  buffer.push(latin1("\r\n"));
  assertEquals(readAll(buffer), [line("t".repeat(50))]);
});

Deno.test("a line that lost octets stays too long when the limit is raised", () => {
  const buffer = new LineBuffer(4);
  buffer.push(latin1("abcdef"));
  buffer.push(latin1("g"));
  buffer.setLimit(1000);
  assert(buffer.overlong);
  buffer.push(latin1("h"));
  buffer.push(latin1("i\nok\r\n"));
  assertEquals(readAll(buffer), [line("abcd", "lf", true), line("ok")]);
});

Deno.test("hasLine tells without taking", () => {
  const buffer = new LineBuffer(255);
  assert(!buffer.hasLine());
  buffer.push(latin1("QUI"));
  assert(!buffer.hasLine());
  buffer.push(latin1("T\r\nx"));
  assert(buffer.hasLine());
  assert(buffer.hasLine());
  assertEquals(text(buffer.next()?.octets ?? new Uint8Array()), "QUIT");
  assert(!buffer.hasLine());
  assertEquals(buffer.buffered, 1);
});

Deno.test("take hands over what is unread and forgets it", () => {
  const buffer = new LineBuffer(255);
  buffer.push(latin1("+OK\r\nbody\r\n.\r\n+O"));
  buffer.next();
  const taken = buffer.take();
  assertEquals(text(taken), "body\r\n.\r\n+O");
  assertEquals([buffer.buffered, buffer.hasLine(), buffer.take().length], [0, false, 0]);
  buffer.push(latin1("K\r\n"));
  assertEquals(readAll(buffer), [line("K")]);
  assertEquals(text(taken), "body\r\n.\r\n+O");
});

Deno.test("take forgets an over-long line too", () => {
  const buffer = new LineBuffer(4);
  buffer.push(latin1("abcdef"));
  buffer.push(latin1("g\nabcdefg"));
  buffer.push(latin1("h"));
  assert(buffer.overlong);
  assert(buffer.take().length < 12);
  assert(!buffer.overlong);
  buffer.push(latin1("ok\n"));
  assertEquals(readAll(buffer), [line("ok", "lf")]);
});

Deno.test("a line's octets stay until the next push, also when it was the last one held", () => {
  const buffer = new LineBuffer(100_000);
  buffer.push(latin1(`${"a".repeat(20_000)}\r\nb\r\n`));
  const first = buffer.next();
  const second = buffer.next();
  assertEquals(buffer.next(), undefined);
  assertEquals(first?.octets.length, 20_000);
  assertEquals(text(second?.octets ?? new Uint8Array()), "b");
});

Deno.test("an empty push changes nothing", () => {
  const buffer = new LineBuffer(2);
  buffer.push(new Uint8Array());
  buffer.push(latin1("abc"));
  buffer.push(new Uint8Array());
  assertStrictEquals(buffer.hasLine(), false);
  buffer.push(latin1("\r"));
  buffer.push(new Uint8Array());
  buffer.push(latin1("\n"));
  assertEquals(readAll(buffer), [line("ab", "crlf", true)]);
});
