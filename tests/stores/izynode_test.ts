import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  decodeAnswer,
  encodeRequest,
  isSendable,
  IZYNODE_ENCODINGS,
  octetsFromHex,
  textFromHex,
} from "../../lib/stores/izynode.ts";
import { readRequest } from "../helpers/gateway.ts";
import { concat, latin1, seeded, text } from "../helpers/random.ts";

const body = (...args: Parameters<typeof encodeRequest>): string =>
  text(encodeRequest(...args).whole());

Deno.test("a request in plain encoding is the text as it is", () => {
  assertEquals(body([["select 1"]], { encoding: "plain" }), "select 1");
  assertEquals(
    body([["select 1"], ["select ", "2"]], { encoding: "plain", token: "abc" }),
    "_=_:)a" + "abc" + "_=_:)a" + "select 1__QUERY_SEP__select 2",
  );
});

Deno.test("a shifted request is marked, and each of its code units is one more", () => {
  assertEquals(
    body([["select 1"]], { encoding: "shift", token: "abc" }),
    "__enc" + "`>`;*b" + "bcd" + "`>`;*b" + "tfmfdu!2",
  );
  assertEquals(
    body([["x'", latin1("\x09\xaf\xff"), "'"]], { encoding: "shift" }),
    "__ency(1:bggg(",
  );
});

Deno.test("a request in hex is marked, and has the digits of its UTF-8 octets", () => {
  assertEquals(body([["a ü"]], { encoding: "hex" }), "hex_6120c3bc");
  assertEquals(body([["'", latin1("\xff"), "'"]], { encoding: "hex" }), "hex_2766662" + "7");
});

Deno.test("octets in a statement become their digits, whatever their number and the encoding", () => {
  const random = seeded(11);
  for (const encoding of IZYNODE_ENCODINGS) {
    for (let length = 0; length < 40; length++) {
      const octets = Uint8Array.from({ length }, () => Math.floor(random() * 256));
      const digits = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
      const sent = new TextDecoder().decode(
        encodeRequest([["a x'", octets, "'"], ["b"]], { encoding, token: "t" }).whole(),
      );
      const { octets: _, ...read } = readRequest(sent);
      assertEquals(read, { encoding, token: "t", statements: [`a x'${digits}'`, "b"] });
    }
  }
});

Deno.test("octets that nobody holds go as those that are held, in small pieces", () => {
  const random = seeded(12);
  for (const encoding of IZYNODE_ENCODINGS) {
    const octets = Uint8Array.from({ length: 100_001 }, () => Math.floor(random() * 256));
    const long = {
      length: octets.length,
      *chunks(): Generator<Uint8Array> {
        // One buffer for all of them, as a file is read.
        const buffer = new Uint8Array(40_000);
        for (let at = 0; at < octets.length; at += buffer.length) {
          const part = octets.subarray(at, at + buffer.length);
          buffer.set(part);
          yield buffer.subarray(0, part.length);
        }
      },
    };
    const held = encodeRequest([["a x'", octets, "'"]], { encoding, token: "t" });
    const sent = encodeRequest([["a x'", long, "'"]], { encoding, token: "t" });
    assertEquals([held.isLong, sent.isLong], [false, true]);
    assertEquals(sent.length, held.length);
    for (let time = 0; time < 2; time++) {
      const pieces = [...sent.pieces()];
      assert(pieces.every((piece) => piece.length <= 64 * 1024));
      assert(text(concat(pieces)) === text(held.whole()));
    }
    assert(text(sent.whole()) === text(held.whole()));
  }
});

Deno.test("a token is sent only if it comes through and cannot be taken for a mark", () => {
  for (const encoding of IZYNODE_ENCODINGS) {
    for (const token of ["abc", "ünï 雪", "a,b'c\"d\\e\n"]) {
      assert(isSendable(token, encoding));
      const sent = encodeRequest([["x"]], { encoding, token }).whole();
      assertEquals(readRequest(new TextDecoder().decode(sent)).token, token);
    }
    assertFalse(isSendable("a_=_:)ab", encoding));
    assertFalse(isSendable("a__QUERY_SEP__b", encoding));
  }
  assertFalse(isSendable("\udbff\udfff", "shift"));
  assert(isSendable("\udbff\udfff", "hex"));
  assertFalse(isSendable("\ud800", "plain"));
});

Deno.test("an answer of rows is taken apart, its commas put back", () => {
  assertEquals(decodeAnswer("SUCCESS: __ROW__1,a__COMMA__b,__ROW__2,,"), {
    outcome: "success",
    rows: [["1", "a,b", ""], ["2", "", ""]],
  });
});

Deno.test("an answer without rows has none, and a single value is one row of one column", () => {
  for (const answer of ["SUCCESS: OK", "SUCCESS: ", "SUCCESS:", "SUCCESS: OK\n"]) {
    assertEquals(decodeAnswer(answer), { outcome: "success", rows: [] });
  }
  assertEquals(decodeAnswer("SUCCESS: 42"), { outcome: "success", rows: [["42"]] });
  assertEquals(decodeAnswer("SUCCESS: a__COMMA__b"), { outcome: "success", rows: [["a,b"]] });
});

Deno.test("a refusal has its reason, and anything else is no answer", () => {
  assertEquals(decodeAnswer("FAIL: no such table"), { outcome: "fail", reason: "no such table" });
  assertEquals(decodeAnswer("FAIL:"), { outcome: "fail", reason: "" });
  for (const other of ["", "SUCC", "SUCCESS", "SUCCESSFUL", "<html>SUCCESS: OK", " SUCCESS: OK"]) {
    assertEquals(decodeAnswer(other), undefined, other);
  }
});

Deno.test("hexadecimal digits of either case become octets, other text does not", () => {
  assertEquals(octetsFromHex("00ffAb"), latin1("\0\xff\xab"));
  assertEquals(octetsFromHex(""), new Uint8Array());
  for (const bad of ["0", "0g", "zz", "0x00", "null"]) assertEquals(octetsFromHex(bad), undefined);
  assertEquals(textFromHex("C3BC2c"), "ü,");
});
