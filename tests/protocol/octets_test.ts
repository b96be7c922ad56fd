import { assertEquals } from "@std/assert";
import { decodeText, insertBefore, join } from "../../lib/protocol/octets.ts";
import { latin1, text } from "../helpers/random.ts";

Deno.test("insertBefore puts the octet before each place, the first and the last included", () => {
  const octets = latin1("abcd");
  assertEquals(text(insertBefore(octets, [0, 1, 3], 0x2e)), ".a.bc.d");
  assertEquals(text(insertBefore(octets, [], 0x2e)), "abcd");
  assertEquals(text(insertBefore(octets, [0, 1, 2, 3], 0x2e)), ".a.b.c.d");
  assertEquals(text(octets), "abcd");
});

Deno.test("join copies both parts", () => {
  const head = latin1("a");
  const joined = join(head, latin1("bc"));
  head[0] = 0;
  assertEquals(text(joined), "abc");
});

Deno.test("decodeText reads UTF-8, and other octets as a character each", () => {
  assertEquals(decodeText(latin1("Gr\xc3\xbc\xc3\x9fe")), "Grüße");
  assertEquals(decodeText(latin1("Gr\xfc\xdfe")), "Grüße");
  assertEquals(decodeText(latin1("\xff")), "\xff");
  assertEquals(decodeText(latin1("\xef\xbb\xbfx")), "\ufeffx");
});
