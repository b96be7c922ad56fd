import { assertEquals } from "@std/assert";
import { nearest } from "../../lib/config/nearest.ts";

const KNOWN = ["port", "password", "password-file", "mimestore.path", "verbose.serverLog"];

Deno.test("the nearest name is the one with the fewest slips", () => {
  const cases = {
    prot: "port",
    Port: "port",
    pasword: "password",
    "passwordfile": "password-file",
    "mimestorepath": "mimestore.path",
    path: "mimestore.path",
    serverlog: "verbose.serverLog",
    verbose: "verbose.serverLog",
    mimestore: "mimestore.path",
    "verbose.serverlog": "verbose.serverLog",
  };
  for (const [name, wanted] of Object.entries(cases)) assertEquals(nearest(name, KNOWN), wanted);
});

Deno.test("an endless name is no endless work", () => {
  assertEquals(typeof nearest("x".repeat(10_000_000), KNOWN), "string");
});

Deno.test("where nothing is known, nothing is near", () => {
  assertEquals(nearest("x", []), undefined);
});
