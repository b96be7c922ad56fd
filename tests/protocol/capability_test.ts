import { assertEquals } from "@std/assert";
import { parseCapabilities } from "../../lib/protocol/capability.ts";

Deno.test("capabilities are found in any case, with their parameters as they came", () => {
  const capabilities = parseCapabilities([
    "TOP",
    "sasl PLAIN  XOAUTH2\tLogin",
    "EXPIRE 60 USER",
    "IMPLEMENTATION Some Server 1.0 ",
  ]);
  assertEquals(capabilities.has("top"), true);
  assertEquals(capabilities.has("UIDL"), false);
  assertEquals(capabilities.has("PLAIN"), false);
  assertEquals(capabilities.params("SASL"), ["PLAIN", "XOAUTH2", "Login"]);
  assertEquals(capabilities.params("Expire"), ["60", "USER"]);
  assertEquals(capabilities.params("TOP"), []);
  assertEquals(capabilities.params("UIDL"), []);
});

Deno.test("capability lines are kept in order, without blank ones and spaces at the ends", () => {
  const lines = parseCapabilities(["", " TOP ", "UIDL", "  ", "UIDL"]).lines;
  assertEquals(lines, ["TOP", "UIDL", "UIDL"]);
});

Deno.test("lines that repeat a tag add up", () => {
  const capabilities = parseCapabilities(["SASL PLAIN", "sasl LOGIN"]);
  assertEquals(capabilities.params("SASL"), ["PLAIN", "LOGIN"]);
});

Deno.test("names that JavaScript objects bear are nothing special", () => {
  const capabilities = parseCapabilities([]);
  assertEquals(capabilities.has("constructor"), false);
  assertEquals(capabilities.params("__proto__"), []);
  assertEquals(parseCapabilities(["__PROTO__ x"]).params("__proto__"), ["x"]);
});

Deno.test("a server without CAPA offers nothing", () => {
  assertEquals(parseCapabilities([]).lines, []);
});
