import { assertEquals } from "@std/assert";
import { HeaderDate, parseMessageDate } from "../../lib/stores/header_date.ts";
import { latin1, octetByOctet } from "../helpers/random.ts";

const NINE = Date.UTC(2024, 0, 2, 9, 17, 5);

Deno.test("dates of all kinds mean what they say", () => {
  for (
    const text of [
      "Tue, 02 Jan 2024 09:17:05 +0000",
      "Tue, 2 Jan 2024 10:17:05 +0100",
      "2 Jan 2024 04:17:05 EST",
      "Tue, 02 Jan 2024 09:17:05 GMT",
      "tue, 02 jan 2024 09:17:05 gmt",
      "Tue, 02 January 2024 09:17:05 -0000",
      "Tue,2 Jan 24 09:17:05 UT",
      "Tue, 02 Jan 2024 (a (nested) comment) 09:17:05 +0000 (UTC)",
      "Tue, 02 Jan 2024 09:17:05",
      "Tue Jan  2 09:17:05 2024",
      "02-Jan-2024 09.17.05 +0000",
      "2024-01-02T09:17:05Z",
      "2024-01-02 10:17:05 +01:00",
      "2024-01-02 09:17:05",
      " Tue,  02  Jan\r\n 2024 09:17:05 Z ",
    ]
  ) assertEquals(parseMessageDate(text), NINE, text);
  assertEquals(parseMessageDate("2 Jan 2024 09:17 +0000"), Date.UTC(2024, 0, 2, 9, 17));
  assertEquals(parseMessageDate("31 Dec 99 23:59:60 +0000"), Date.UTC(2000, 0, 1));
  assertEquals(parseMessageDate("1 Jan 124 00:00 +0000"), Date.UTC(2024, 0, 1));
});

Deno.test("what is no date is 0", () => {
  for (
    const text of [
      "",
      "yesterday",
      "2 Foo 2024 09:17:05",
      "2 nfe 2024 09:17:05",
      "99 Jan 2024 09:17:05",
      "2 Jan 2024 29:17:05",
      "2024-13-45T99:99:99Z",
    ]
  ) assertEquals(parseMessageDate(text), 0, text);
});

function dateOf(message: string, chunks = [latin1(message)]): number {
  const date = new HeaderDate();
  for (const chunk of chunks) date.push(chunk);
  return date.finish();
}

Deno.test("the date is looked for in the header only, and may be folded", () => {
  const value = "Tue, 2 Jan 2024 09:17:05 +0000";
  assertEquals(dateOf(`From: a\r\nDate: ${value}\r\n\r\nx`), NINE);
  assertEquals(dateOf(`From: a\nDATE:${value}\n\nx`), NINE);
  assertEquals(dateOf(`Date:\r\n ${value.replace("09:", "\r\n\t09:")}\r\n\r\n`), NINE);
  assertEquals(dateOf(`Date: ${value}`), NINE);
  assertEquals(dateOf(`From: a\r\n\r\nDate: ${value}\r\n`), 0);
  assertEquals(dateOf(`X-Date: ${value}\r\nResent-Date: ${value}\r\n\r\n`), 0);
  assertEquals(dateOf(`\r\nDate: ${value}\r\n`), 0);
  assertEquals(dateOf(""), 0);
});

Deno.test("the date is found in whatever pieces the message comes", () => {
  const message = `${"X: y\r\n".repeat(1000)}Date: 2 Jan 2024 09:17:05 +0000\r\n\r\nDate: x\r\n`;
  assertEquals(dateOf(message), NINE);
  assertEquals(dateOf(message, octetByOctet(latin1(message))), NINE);
});

Deno.test("a header without end is given up at 64 KiB", () => {
  const message = `${"X: y\r\n".repeat(12_000)}Date: 2 Jan 2024 09:17:05 +0000\r\n\r\n`;
  assertEquals(dateOf(message), 0);
});
