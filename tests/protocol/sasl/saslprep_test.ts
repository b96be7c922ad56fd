import { assertEquals, assertThrows } from "@std/assert";
import { SaslError } from "../../../lib/protocol/sasl.ts";
import { preparedPassword, saslprep, saslprepOrAsIs } from "../../../lib/protocol/sasl/saslprep.ts";
import { seeded } from "../../helpers/random.ts";

Deno.test("SASLprep gives what the examples of RFC 4013 give", () => {
  const examples = [
    ["I\u00adX", "IX"],
    ["user", "user"],
    ["USER", "USER"],
    ["\u00aa", "a"],
    ["\u2168", "IX"],
  ] as const;
  for (const [input, output] of examples) assertEquals(saslprep(input), output);
  assertThrows(() => saslprep("\u0007"), SaslError, "may not be used");
  assertThrows(() => saslprep("\u0627\u0031"), SaslError, "directions");
});

Deno.test("SASLprep maps spaces, drops what nobody sees, and composes", () => {
  const cases = [
    ["", ""],
    ["a b  c", "a b  c"],
    ["a\u00a0b\u3000c\u2003d", "a b c d"],
    ["\ufeffa\u200db\u2060", "ab"],
    ["a\u0308", "ä"],
    ["ﬁne", "fine"],
    ["Ａｌｉｃｅ", "Alice"],
    ["…", "..."],
    ["\u00ad", ""],
    ["😀", "😀"],
    ["\u0627\u0644\u0628", "\u0627\u0644\u0628"],
    ["\u05d0 1 \u05d1", "\u05d0 1 \u05d1"],
  ] as const;
  for (const [input, output] of cases) assertEquals(saslprep(input), output, input);
});

Deno.test("SASLprep refuses what RFC 3454 prohibits", () => {
  const prohibited = [
    "\0",
    "\x1f",
    "\x7f",
    "a\nb",
    "\u0085",
    "\ue000", // private use
    "\u{10fffd}",
    "\ufffe", // not a character
    "\u{1fffe}",
    "\ud800", // half a character
    "\udc00a",
    "\ufffd",
    "\u2ff0",
    "\u200e", // marks of direction
    "\u202e",
    "\u206a",
    "\u{e0041}", // tags
    "\u2028",
    "\u{1d173}",
  ];
  for (const text of prohibited) {
    assertThrows(() => saslprep(`x${text}`), SaslError, "may not be used");
    assertEquals(saslprepOrAsIs(`x${text}`), `x${text}`);
  }
});

Deno.test("SASLprep wants one direction of writing from end to end", () => {
  for (const text of ["\u05d0a", "a\u05d0", "\u05d01", "1\u05d0", "\u0627\u00e9\u0628"]) {
    assertThrows(() => saslprep(text), SaslError, "directions", text);
  }
});

Deno.test("what is prepared stays as it is when prepared again", () => {
  const random = seeded(2);
  let prepared = 0;
  for (let round = 0; round < 3000; round++) {
    const limit = random() < 0.5 ? 0x3000 : 0x1_1000;
    const text = Array.from(
      { length: 1 + Math.floor(random() * 4) },
      () => String.fromCodePoint(Math.floor(random() * limit)),
    ).join("");
    const once = saslprepOrAsIs(text);
    if (once === text) continue;
    prepared++;
    assertEquals(saslprep(once), once, JSON.stringify(text));
  }
  assertEquals(prepared > 300, true);
});

Deno.test("a password that cannot be prepared counts as it is", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  assertEquals(preparedPassword(encode("a\u0308")), encode("ä"));
  for (const text of ["\u0007", "\u00ad", "\u05d0a", ""]) {
    assertEquals(preparedPassword(encode(text)), encode(text));
  }
  const latin1 = Uint8Array.of(0x70, 0xe4, 0x73);
  assertEquals(preparedPassword(latin1), latin1);
});
