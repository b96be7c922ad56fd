import { assertEquals } from "@std/assert";
import {
  parseListLine,
  parseListLines,
  parseListReply,
  parseStat,
  parseUidlLine,
  parseUidlLines,
  parseUidlReply,
} from "../../lib/client/listings.ts";

Deno.test("a line of LIST is a number and a size, whatever stands between and behind them", () => {
  assertEquals(parseListLine("1 2300"), { number: 1, size: 2300 });
  assertEquals(parseListLine("  17   42  "), { number: 17, size: 42 });
  assertEquals(parseListLine("3\t120 whqtswO00WBw418f9t5JxYwZ"), { number: 3, size: 120 });
  assertEquals(parseListLine("+OK 4 99"), { number: 4, size: 99 });
  assertEquals(parseListLine("14600000 3000000000"), { number: 14_600_000, size: 3_000_000_000 });
});

Deno.test("a size that is none counts as unknown, since the message is there all the same", () => {
  assertEquals(parseListLine("1 -2147483648"), { number: 1, size: 0 });
  assertEquals(parseListLine("1"), { number: 1, size: 0 });
  assertEquals(parseListLine("1 many"), { number: 1, size: 0 });
  assertEquals(parseListLine("1 1234567890123456"), { number: 1, size: 0 });
});

Deno.test("a line without a message number is no line of a listing", () => {
  for (const line of ["", "x 1", "0 12", "-1 12", "12345678901 1", "1x 2", "%!d(float64=1) 2"]) {
    assertEquals(parseListLine(line), undefined, line);
    assertEquals(parseUidlLine(line), undefined, line);
  }
});

Deno.test("a line of UIDL keeps every character of the id but the spaces around it", () => {
  assertEquals(parseUidlLine("1 whqtswO00WBw418f9t5JxYwZ"), {
    number: 1,
    uid: "whqtswO00WBw418f9t5JxYwZ",
  });
  assertEquals(parseUidlLine("2   abc"), { number: 2, uid: "abc" });
  assertEquals(parseUidlLine("+OK 3 abc"), { number: 3, uid: "abc" });
  assertEquals(parseUidlLine("4"), { number: 4, uid: "" });
  assertEquals(parseUidlLine("5 "), { number: 5, uid: "" });
  assertEquals(parseUidlLine("6 a b"), { number: 6, uid: "a b" });
  assertEquals(parseUidlLine(`7 ${"x".repeat(200)}`), { number: 7, uid: "x".repeat(200) });
});

Deno.test("lines that are all as RFC 1939 wants them are read together, as they are singly", () => {
  const sizes = ["1 2300", "2 0", "999999999 999999999999999"];
  const ids = ["1 whqtswO00WBw418f9t5JxYwZ", "2 !", `999999999 ${"~".repeat(255)}`];
  for (const end of ["\r\n", "\n"]) {
    const text = (lines: readonly string[]) => lines.map((line) => line + end).join("");
    assertEquals(parseListLines(text(sizes)), sizes.map((line) => parseListLine(line)));
    assertEquals(parseUidlLines(text(ids)), ids.map((line) => parseUidlLine(line)));
  }
  assertEquals(parseListLines(""), []);
});

Deno.test("one line that is otherwise makes all of them be read singly", () => {
  const odd = [
    ...["", " 1 2", "1  2", "1 2 ", "1\t2", "+OK 1 2", "0 2", "01 2", "1", "1234567890 2"],
    ...["1 é", "1 \x7f", "1 2\r", "."],
  ];
  for (const line of odd) {
    assertEquals(parseListLines(`1 2\r\n${line}\r\n`), undefined, line);
    assertEquals(parseUidlLines(`1 2\r\n${line}\r\n`), undefined, line);
  }
  for (const line of ["1 02", "1 -2", "1 1234567890123456", "1 many", "1 2 3", "1 1e3"]) {
    assertEquals(parseListLines(`1 2\r\n${line}\r\n`), undefined, line);
  }
  assertEquals(parseUidlLines(`1 2\r\n3 ${"x".repeat(256)}\r\n`), undefined);
  assertEquals(parseListLines("1 2\r\n3 4"), undefined, "half a line");
});

Deno.test("STAT is two numbers; a counter that overflowed is read as what it was", () => {
  assertEquals(parseStat("2 320"), { count: 2, octets: 320 });
  assertEquals(parseStat(" 2  320 and more"), { count: 2, octets: 320 });
  assertEquals(parseStat("7"), { count: 7, octets: 0 });
  assertEquals(parseStat("20437 -2147483648"), { count: 20_437, octets: 2_147_483_648 });
  assertEquals(parseStat("messages: 2"), undefined);
  assertEquals(parseStat(""), undefined);
});

Deno.test("LIST and UIDL of one message are read with and without the number", () => {
  assertEquals(parseListReply("2 200", 2), { number: 2, size: 200 });
  assertEquals(parseListReply("200", 2), { number: 2, size: 200 });
  assertEquals(parseListReply("2 200 octets", 2), { number: 2, size: 200 });
  assertEquals(parseListReply("no size", 2), undefined);
  assertEquals(parseUidlReply("2 abc", 2), { number: 2, uid: "abc" });
  assertEquals(parseUidlReply("abc", 2), { number: 2, uid: "abc" });
});
