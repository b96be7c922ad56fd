import { assert, assertEquals, assertThrows } from "@std/assert";
import { DotDecoder, type DotDecoderOptions } from "../../lib/protocol/dot_decoder.ts";
import { naiveDecode, nastyMessage, waysToFeed } from "../helpers/naive_codec.ts";
import { concat, latin1, octetByOctet, seeded, text } from "../helpers/random.ts";

interface Decoded {
  readonly content: string;
  readonly state: "open" | "unsure" | "ended";
  readonly rest: string;
  readonly size: number;
}

/** Feeds a decoder, copying parts and rest at once as a caller with one read buffer does. */
function feed(decoder: DotDecoder, chunks: Iterable<Uint8Array>): Decoded {
  let content = "";
  let rest = "";
  for (const chunk of chunks) {
    const before = decoder.state;
    content += text(concat(decoder.push(chunk)));
    rest = before === "ended" ? rest + text(chunk) : text(decoder.rest);
  }
  return { content, state: decoder.state, rest, size: decoder.size };
}

function decode(chunks: Iterable<Uint8Array>, options: Partial<DotDecoderOptions> = {}): Decoded {
  return feed(new DotDecoder({ lineEnding: "crlf", ...options }), chunks);
}

const BEHIND = "+OK 2 octets\r\n.\r\n";

type Corner = readonly [name: string, wire: string, content: string];

const CRLF_CORNERS: readonly Corner[] = [
  ["an empty message", ".\r\n", ""],
  ["plain lines", "a\r\nb\r\n.\r\n", "a\r\nb\r\n"],
  ["a stuffed dot as the very first octet", "..a\r\n.\r\n", ".a\r\n"],
  ["a stuffed dot alone as a line", "a\r\n..\r\n.\r\n", "a\r\n.\r\n"],
  ["a stuffed double dot as a line", "...\r\n.\r\n", "..\r\n"],
  ["an un-stuffed dot before a word keeps it", ".a\r\nb\r\n.b\r\n.\r\n", ".a\r\nb\r\n.b\r\n"],
  ["a dot line between bare LFs is content", "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n"],
  ["a bare LF before dot CRLF is content", "a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n"],
  ["CRLF dot bare LF is content", "a\r\n.\nb\r\n.\r\n", "a\r\n.\nb\r\n"],
  ["a double dot behind a bare LF is content", "a\n..b\r\n.\r\n", "a\n..b\r\n"],
  ["a dot and a bare CR are content", "a\r\n.\rb\r\n.\r\r\n.\r\n", "a\r\n.\rb\r\n.\r\r\n"],
  ["a dot behind a bare CR is content", "a\r.\r\n.\r\n", "a\r.\r\n"],
  ["CR CR LF ends a line", "a\r\r\n.\r\n", "a\r\r\n"],
  ["NUL and 8-bit octets", "\0\r\n.\0\r\n..\xff\r\n.\r\n", "\0\r\n.\0\r\n.\xff\r\n"],
  ["a final line without an end of its own", "a.\r\n.\r\n", "a.\r\n"],
];

const LF_CORNERS: readonly Corner[] = [
  ["an empty message", ".\n", ""],
  ["an empty message that CRLF ends", ".\r\n", ""],
  ["plain lines", "a\nb\n.\n", "a\nb\n"],
  ["stuffed dots", "..a\n..\n...\n.\n", ".a\n.\n..\n"],
  ["an un-stuffed dot before a word keeps it", ".a\n.b\n.\n", ".a\n.b\n"],
  ["LF dot CRLF ends", "a\n.\r\n", "a\n"],
  ["a dot and a bare CR are content", "a\n.\rb\n.\n", "a\n.\rb\n"],
  ["CRLF lines among LF lines", "a\r\n..b\r\n.\n", "a\r\n.b\r\n"],
];

const MODES = [["crlf", CRLF_CORNERS], ["lf", LF_CORNERS]] as const;

for (const [lineEnding, corners] of MODES) {
  for (const [name, wire, content] of corners) {
    Deno.test(`un-stuffing in ${lineEnding} mode: ${name}`, () => {
      const wanted = { content, state: "ended" as const, rest: "", size: content.length };
      for (const [way, chunks] of waysToFeed(latin1(wire))) {
        assertEquals(decode(chunks, { lineEnding }), wanted, way);
      }
      for (const [way, chunks] of waysToFeed(latin1(wire + BEHIND))) {
        assertEquals(decode(chunks, { lineEnding }), { ...wanted, rest: BEHIND }, way);
      }
    });
  }
}

Deno.test("un-stuffing agrees with the naive one for nasty wire octets, ended or not", () => {
  const random = seeded(51);
  for (let round = 0; round < 1500; round++) {
    const lineEnding = round % 2 === 0 ? "crlf" : "lf";
    const wire = latin1(nastyMessage(random, 30) + (round % 3 === 0 ? "\r\n.\r\nx" : ""));
    const naive = naiveDecode(wire, lineEnding);
    for (const [way, chunks] of waysToFeed(wire, round)) {
      assertEquals(decode(chunks, { lineEnding }), {
        content: text(naive.content),
        state: naive.ended ? "ended" : "open",
        rest: text(naive.rest),
        size: naive.content.length,
      }, `${way}, ${lineEnding}, ${JSON.stringify(text(wire))}`);
    }
  }
});

Deno.test("the end is found wherever a chunk border cuts it", () => {
  for (const wire of ["ab\r\n.\r\n+OK", ".\r\n+OK", "a\r\n..\r\n.\r\n+OK"]) {
    const wanted = decode([latin1(wire)]);
    assertEquals(wanted.rest, "+OK");
    for (let cut = 0; cut <= wire.length; cut++) {
      for (let next = cut; next <= wire.length; next++) {
        const parts = [wire.slice(0, cut), wire.slice(cut, next), wire.slice(next)];
        assertEquals(decode(parts.map(latin1)), wanted, JSON.stringify(parts));
      }
    }
  }
});

Deno.test("a message is not ended before the last octet of its end has come", () => {
  for (const wire of ["a\r\n.\r\n", ".\r\n", "a\r\n..\r\n.\r\n"]) {
    for (let length = 0; length < wire.length; length++) {
      assertEquals(decode([latin1(wire.slice(0, length))]).state, "open");
    }
  }
  assertEquals(decode([latin1("a\r\n.\r")]).content, "a\r\n");
});

Deno.test("a dot and CRLF where all that came ends are held back, and content once more comes", () => {
  const options = { lineEnding: "crlf", expectedSize: 99 } as const;
  for (const portions of [(octets: Uint8Array) => [octets], octetByOctet]) {
    const decoder = new DotDecoder(options);
    const got: Uint8Array[] = [];
    const push = (part: string): void => {
      for (const portion of portions(latin1(part))) {
        for (const octets of decoder.push(portion)) got.push(octets.slice());
      }
    };
    push("abc.\r\n");
    assertEquals([text(concat(got)), decoder.endsInDot, decoder.state], ["abc", true, "open"]);
    push("..x.\r");
    assertEquals([text(concat(got)), decoder.endsInDot], ["abc.\r\n.x", false]);
    push("y.\r\n");
    assertEquals([text(concat(got)), decoder.endsInDot], ["abc.\r\n.x.\ry", true]);
    decoder.doubt();
    push("z.\r\n");
    assertEquals([decoder.state, text(decoder.rest)], ["unsure", "z.\r\n"]);
    got.push(...decoder.decide("content"));
    assertEquals([text(concat(got)), decoder.endsInDot], ["abc.\r\n.x.\ry.\r\nz", true]);
    decoder.doubt();
    assertEquals([decoder.decide("end"), decoder.state, decoder.size], [[], "ended", 15]);
  }
  for (const other of [{ lineEnding: "lf", expectedSize: 99 }, { lineEnding: "crlf" }] as const) {
    const decoder = new DotDecoder(other);
    assertEquals(text(concat(decoder.push(latin1("abc.\r\n")))), "abc.\r\n");
    assertThrows(() => decoder.doubt());
  }
});

Deno.test("a final dot glued to the last octet is no end", () => {
  assertEquals(decode([latin1("no newline.\r\n")]).state, "open");
});

Deno.test("decoded parts are views of the chunk where it can be given as it is", () => {
  const chunk = latin1("a\r\n..b\r\n.\r\nrest");
  const decoder = new DotDecoder({ lineEnding: "crlf" });
  const parts = decoder.push(chunk);
  assertEquals(parts.map(text), ["a\r\n", ".b\r\n"]);
  assert(parts.every((part) => part.buffer === chunk.buffer));
  assertEquals(decoder.rest.buffer, chunk.buffer);
});

Deno.test("octets behind the end are kept exactly, push after push", () => {
  const decoder = new DotDecoder({ lineEnding: "crlf" });
  decoder.push(latin1("a\r\n.\r\n.\r"));
  assertEquals(decoder.push(latin1("\n..\r\n")), []);
  assertEquals(decoder.push(new Uint8Array()), []);
  assertEquals(text(decoder.rest), ".\r\n..\r\n");
  assertEquals(decoder.size, 3);
});

Deno.test("a dot line once LIST's size has come ends the message at once", () => {
  for (const expectedSize of [0, 2, 3]) {
    for (const [way, chunks] of waysToFeed(latin1("a\r\n.\r\nrest"))) {
      const wanted = { content: "a\r\n", state: "ended" as const, rest: "rest", size: 3 };
      assertEquals(decode(chunks, { expectedSize }), wanted, way);
    }
  }
});

Deno.test("a lone un-stuffed dot is content where LIST's size was right", () => {
  const content = "a\r\n.\r\nb\r\n.\r\nc\r\n";
  for (const [way, chunks] of waysToFeed(latin1(content + ".\r\n+OK"))) {
    const decoder = new DotDecoder({ lineEnding: "crlf", expectedSize: content.length });
    let decoded = "";
    for (const chunk of chunks) {
      decoded += text(concat(decoder.push(chunk)));
      while (decoder.state === "unsure") decoded += text(concat(decoder.decide("content")));
    }
    assertEquals([decoded, decoder.state], [content, "ended"], way);
    assertEquals(decoder.size, content.length, way);
    if (way === "whole") assertEquals(text(decoder.rest), "+OK");
  }
});

Deno.test("a dot line is the end where LIST's size was too large", () => {
  for (const [way, chunks] of waysToFeed(latin1("a\r\n.\r\n+OK bye\r\n"))) {
    const decoder = new DotDecoder({ lineEnding: "crlf", expectedSize: 3_000_000_000 });
    const before = feed(decoder, chunks);
    const wanted = { content: "a\r\n", state: "unsure" as const, rest: "+OK bye\r\n", size: 3 };
    assertEquals(before, wanted, way);
    assertEquals(decoder.decide("end"), []);
    assertEquals([decoder.state, text(decoder.rest)], ["ended", "+OK bye\r\n"], way);
  }
});

Deno.test("an unsure decoder keeps what follows even if the chunk's buffer is used anew", () => {
  const buffer = latin1("a\r\n.\r\nbc");
  const decoder = new DotDecoder({ lineEnding: "crlf", expectedSize: 100 });
  decoder.push(buffer);
  buffer.fill(0x78);
  decoder.push(buffer.subarray(0, 2));
  buffer.fill(0x79);
  assertEquals(text(decoder.rest), "bcxx");
  assertEquals(text(concat(decoder.decide("content"))), ".\r\nbcxx");
  assertEquals([decoder.state, decoder.rest.length, decoder.size], ["open", 0, 10]);
});

Deno.test("content that was decided may begin with a dot line, stuffed or the end itself", () => {
  const decoder = new DotDecoder({ lineEnding: "crlf", expectedSize: 9 });
  decoder.push(latin1(".\r\n..b\r\n.\r"));
  assertEquals(decoder.state, "unsure");
  assertEquals(text(concat(decoder.decide("content"))), ".\r\n.b\r\n");
  decoder.push(latin1("\n"));
  assertEquals([decoder.state, decoder.size], ["unsure", 7]);
  assertEquals(text(concat(decoder.decide("content"))), ".\r\n");
  decoder.push(latin1(".\r\n"));
  assertEquals([decoder.state, decoder.size], ["ended", 10]);
});

Deno.test("an unsure dot line of a bare-LF session is given out as it came", () => {
  const decoder = new DotDecoder({ lineEnding: "lf", expectedSize: 100 });
  decoder.push(latin1("a\n.\nb\n"));
  assertEquals(text(concat(decoder.decide("content"))), ".\nb\n");
});

Deno.test("decide is refused where there is nothing to decide", () => {
  const decoder = new DotDecoder({ lineEnding: "crlf" });
  assertThrows(() => decoder.decide("end"), Error, "the state is open");
  decoder.push(latin1(".\r\n"));
  assertThrows(() => decoder.decide("content"), Error, "the state is ended");
});

Deno.test("a line of 10 MB passes through without being held", () => {
  const decoder = new DotDecoder({ lineEnding: "crlf" });
  const chunk = new Uint8Array(64 * 1024).fill(0x2e);
  chunk[0] = 0x61;
  for (let sent = 0; sent < 10_000_000; sent += chunk.length) {
    assertEquals(decoder.push(chunk), [chunk]);
  }
  decoder.push(latin1("\r\n.\r\n"));
  assertEquals(decoder.state, "ended");
});
