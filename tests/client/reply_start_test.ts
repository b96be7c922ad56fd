import { assertEquals } from "@std/assert";
import { startsReply } from "../../lib/client/reply_start.ts";
import { latin1 } from "../helpers/random.ts";

Deno.test("a status line is told from content as soon as that is certain, and not before", () => {
  const cases: readonly [string, boolean | undefined][] = [
    ["", undefined],
    ["+", undefined],
    ["+O", undefined],
    ["+OK", undefined],
    ["+OK\r", true],
    ["+ok 12 octets", true],
    ["+OK\n", true],
    ["+OKAY", false],
    ["-", undefined],
    ["-ERR", undefined],
    ["-ERR [SYS/TEMP]", true],
    ["-ERR\r\n", true],
    ["-ERRATUM", false],
    ["-- \r\nMy signature", false],
    ["\r\n", false],
    ["x", false],
    [".", false],
  ];
  for (const [octets, expected] of cases) {
    assertEquals(startsReply(latin1(octets)), expected, JSON.stringify(octets));
  }
});
