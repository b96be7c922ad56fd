import { assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/config/errors.ts";
import { CLIENTPOP3_OPTIONS, SERVERPOP3_OPTIONS } from "../../lib/config/option_table.ts";
import type { OptionTable } from "../../lib/config/option.ts";
import { readWordPairs } from "../../lib/config/word_pairs.ts";

function read(table: OptionTable, line: string) {
  const { given } = readWordPairs(line.split(" "), table, "demo");
  return Object.fromEntries([...given].map(([name, { written }]) => [name, written]));
}

function refusal(table: OptionTable, line: string): string {
  return assertThrows(() => read(table, line), UsageError).message;
}

Deno.test("names and values come in turn", () => {
  assertEquals(
    read(SERVERPOP3_OPTIONS, "port 1110 password 012345 mimestore.modhandler fake"),
    { port: "1110", password: "012345", "mimestore.modhandler": "fake" },
  );
  assertEquals(
    read(CLIENTPOP3_OPTIONS, "ip H port 995 tls true verbose.clientLog true cmd list"),
    { ip: "H", port: "995", tls: "true", "verbose.clientLog": "true", cmd: "list" },
  );
});

Deno.test("a value may look like a flag", () => {
  assertEquals(read(SERVERPOP3_OPTIONS, "password --abc"), { password: "--abc" });
});

Deno.test("a json: word is JSON; an object's values go by their dotted names", () => {
  assertEquals(read(SERVERPOP3_OPTIONS, `mimestore json:{"modhandler":"fake","count":3}`), {
    "mimestore.modhandler": "fake",
    "mimestore.count": 3,
  });
  assertEquals(read(SERVERPOP3_OPTIONS, `query.tags json:["unread"]`), {
    "query.tags": ["unread"],
  });
});

Deno.test("an unknown name is refused with the nearest known one", () => {
  assertStringIncludes(refusal(SERVERPOP3_OPTIONS, "prot 1110"), "the nearest known one is port");
  assertStringIncludes(refusal(SERVERPOP3_OPTIONS, `query json:{"tag":"x"}`), "query.tags");
});

Deno.test("a name without a value is refused", () => {
  assertStringIncludes(refusal(SERVERPOP3_OPTIONS, "port 1 host"), "Cannot use host");
});

Deno.test("no secret is shown when the pairs are out of step or the JSON is broken", () => {
  assertFalse(refusal(CLIENTPOP3_OPTIONS, "tls pass hunter2 cmd list").includes("hunter2"));
  assertFalse(refusal(CLIENTPOP3_OPTIONS, "pass json:hunter2").includes("hunter2"));
});
