import { assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError, UsageError } from "../../lib/config/errors.ts";
import type { JsonValue } from "../../lib/config/jsonc.ts";
import { type OptionSpec, readValue } from "../../lib/config/option.ts";

const PORT: OptionSpec = { kind: "integer", max: 65535, about: "" };

function read(spec: OptionSpec, written: JsonValue) {
  return readValue(spec, { written, source: "flag", label: "--x" });
}

function refuses(spec: OptionSpec, ...values: JsonValue[]): void {
  for (const value of values) assertThrows(() => read(spec, value), UsageError, "--x");
}

Deno.test("an integer is decimal digits in its range, nothing else", () => {
  assertEquals([read(PORT, "0"), read(PORT, "65535"), read(PORT, 110)], [0, 65535, 110]);
  refuses(PORT, "65536", "-1", "1e3", "0x10", "1.5", "", " 1", "ten", true, 1.5, -1, 1e21);
  refuses({ kind: "integer", min: 1, about: "" }, "0");
});

Deno.test("seconds may have decimals", () => {
  const spec: OptionSpec = { kind: "seconds", about: "" };
  assertEquals([read(spec, "60"), read(spec, "0.25"), read(spec, 1.5)], [60, 0.25, 1.5]);
  refuses(spec, "1m", "-1", ".5", "1e9", "");
});

Deno.test("octets take k, m and g", () => {
  const spec: OptionSpec = { kind: "octets", about: "" };
  assertEquals([read(spec, "100"), read(spec, "2k"), read(spec, "3M")], [100, 2048, 3 * 1024 ** 2]);
  assertEquals(read(spec, "1g"), 1024 ** 3);
  refuses(spec, "1kb", "k", "1.5m", "-1", "");
});

Deno.test("a boolean is true or false", () => {
  const spec: OptionSpec = { kind: "boolean", about: "" };
  assertEquals([read(spec, true), read(spec, "true"), read(spec, "1")], [true, true, true]);
  assertEquals([read(spec, false), read(spec, "false"), read(spec, "0")], [false, false, false]);
  refuses(spec, "yes", "", "TRUE", 1);
});

Deno.test("a choice is one of its words, and the message lists them", () => {
  const spec: OptionSpec = { kind: "choice", choices: ["asc", "desc"], about: "" };
  assertEquals(read(spec, "desc"), "desc");
  const { message } = assertThrows(() => read(spec, "down"), UsageError);
  assertEquals(message, `Cannot use "down" for --x: it must be one of asc, desc`);
});

Deno.test("a list is words between commas, or an array of texts", () => {
  const spec: OptionSpec = { kind: "list", about: "" };
  assertEquals(read(spec, "a, b,c"), ["a", "b", "c"]);
  assertEquals(read(spec, ["a", "b"]), ["a", "b"]);
  refuses(spec, "", ",", [], [1], 5);
});

Deno.test("a text is a text, never a number, and not empty", () => {
  const spec: OptionSpec = { kind: "text", about: "" };
  assertEquals(read(spec, "00123"), "00123");
  refuses(spec, "", 123, true, ["a"]);
});

Deno.test("a wrong secret is not shown", () => {
  const spec: OptionSpec = { kind: "secret", about: "" };
  const { message } = assertThrows(() => read(spec, 7310), UsageError);
  assertFalse(message.includes("7310"));
  assertStringIncludes(message, "Cannot use the value given for --x");
});

Deno.test("what the environment or the file has wrong is a configuration error", () => {
  for (const source of ["environment", "file"] as const) {
    assertThrows(
      () => readValue(PORT, { written: "x", source, label: "here" }),
      ConfigError,
      "here",
    );
  }
});
