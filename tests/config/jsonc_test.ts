import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/config/errors.ts";
import { type JsonValue, parseJsonc } from "../../lib/config/jsonc.ts";

/** Maps back to objects, so that values can be held against those of `JSON.parse`. */
function plain(value: JsonValue): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

Deno.test("plain JSON means what JSON.parse says", () => {
  for (
    const text of [
      "{}",
      "[]",
      `{"a":{"b":[1,-2.5e3,true,false]},"c":"\\u00e9\\n\\"\\\\/"}`,
      `  "x"  `,
      "0",
      `{"":""}`,
    ]
  ) {
    assertEquals(plain(parseJsonc(text)), JSON.parse(text));
  }
});

Deno.test("comments and trailing commas are passed over", () => {
  const text = `\uFEFF// first
    { /* a { */ "a": 1, // "b": 2
      "url": "pop3://x//y", /**/ "list": [1, 2,], }
    // last`;
  assertEquals(plain(parseJsonc(text)), { a: 1, url: "pop3://x//y", list: [1, 2] });
});

Deno.test("null is no value", () => assertEquals(parseJsonc("null"), undefined));

Deno.test("no key is special", () => {
  const value = parseJsonc(`{"__proto__": {"x": 1}, "constructor": 2}`);
  assertEquals(value instanceof Map && [...value.keys()], ["__proto__", "constructor"]);
});

Deno.test("a fault is told by line and column, without the text", () => {
  for (
    const [text, place] of [
      ["", "line 1, column 1"],
      [`{"a": 1\n "b": 2}`, "line 2, column 2"],
      [`{"pass": hunter2}`, "line 1, column 10"],
      [`{"pass": "hunter2}`, "line 1, column 10"],
      [`{"pass": "hun\nter2"}`, "line 1, column 10"],
      [`{"a":1} hunter2`, "line 1, column 9"],
      [`{"a":1,"a":2}`, "line 1, column 11"],
      [`[1,,2]`, "line 1, column 4"],
      [`{a: 1}`, "line 1, column 2"],
      [`[01]`, "line 1, column 3"],
      [`/* open`, "line 1, column 1"],
      ["[".repeat(100_000), "line 1, column 66"],
    ] as const
  ) {
    const { message } = assertThrows(() => parseJsonc(text), ConfigError, place);
    assertFalse(message.includes("hunter"));
  }
});
