import { assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../../lib/config/errors.ts";
import { asksForHelp, readFlags } from "../../lib/config/flags.ts";
import type { OptionTable } from "../../lib/config/option.ts";

const TABLE = {
  port: { kind: "integer", about: "" },
  password: { kind: "secret", about: "" },
  tls: { kind: "boolean", about: "" },
  "mimestore.path": { kind: "text", about: "" },
  "mimestore.modhandler": { kind: "text", alias: "store", about: "" },
  query: { kind: "text", about: "" },
  "query.id": { kind: "integer", about: "" },
} as const satisfies OptionTable;

function read(...args: string[]) {
  const { given, operands } = readFlags(args, TABLE, "demo");
  return { values: Object.fromEntries([...given].map(([k, v]) => [k, v.written])), operands };
}

function refusal(...args: string[]): string {
  return assertThrows(() => readFlags(args, TABLE, "demo"), UsageError).message;
}

Deno.test("a flag takes its value from the next word or from behind an equals sign", () => {
  assertEquals(read("--port", "11", "--mimestore.path=a=b").values, {
    port: "11",
    "mimestore.path": "a=b",
  });
});

Deno.test("a value keeps leading zeros, exponents and blanks", () => {
  for (const value of ["00123", "1e3", " x ", "0x10", "true"]) {
    assertEquals(read("--password", value).values, { password: value });
  }
});

Deno.test("a value may begin with one dash, and with two behind an equals sign", () => {
  assertEquals(read("--password", "-secret").values, { password: "-secret" });
  assertEquals(read("--password=--secret").values, { password: "--secret" });
});

Deno.test("a boolean needs no value, takes true and false, and can be negated", () => {
  assertEquals(read("--tls").values, { tls: true });
  assertEquals(read("--tls", "list"), { values: { tls: true }, operands: ["list"] });
  assertEquals(read("--tls", "false").values, { tls: false });
  assertEquals(read("--tls=true").values, { tls: true });
  assertStringIncludes(refusal("--tls=maybe"), "Cannot use --tls: it takes true or false");
  assertEquals(read("--no-tls").values, { tls: false });
});

Deno.test("of a repeated flag the last one counts", () => {
  assertEquals(read("--port", "1", "--port=2", "--tls", "--no-tls").values, {
    port: "2",
    tls: false,
  });
});

Deno.test("an alias gives the option of the proper name", () => {
  assertEquals(read("--store", "fake").values, { "mimestore.modhandler": "fake" });
});

Deno.test("a flag may be the beginning of another one's name", () => {
  assertEquals(read("--query", "3", "--query.id", "4").values, { query: "3", "query.id": "4" });
});

Deno.test("what stands behind two dashes is no flag", () => {
  assertEquals(read("a", "--", "--port", "-").operands, ["a", "--port", "-"]);
  assertEquals(read("-").operands, ["-"]);
});

Deno.test("an unknown flag is refused, and the nearest known one named", () => {
  assertStringIncludes(refusal("--prot", "1"), `Cannot use "--prot": demo knows no such flag`);
  assertStringIncludes(refusal("--prot", "1"), "--port");
  assertStringIncludes(refusal("--path", "/x"), "--mimestore.path");
  assertStringIncludes(refusal("--stor=x"), "--store");
  assertStringIncludes(refusal("-p", "1"), `"-p"`);
  assertStringIncludes(refusal("--no-tsl"), "--tls");
  assertStringIncludes(refusal("--no-port"), `"--no-port"`);
});

Deno.test("names of JavaScript's own are unknown flags like any other", () => {
  for (const name of ["__proto__", "__proto__.x", "constructor", "toString"]) {
    assertStringIncludes(refusal(`--${name}`, "x"), `"--${name}"`);
  }
});

Deno.test("a missing value is refused, and no secret is shown", () => {
  assertStringIncludes(refusal("--port"), "Cannot use --port: its value is missing");
  const message = refusal("--password", "--hunter2");
  assertStringIncludes(message, "Cannot use --password: its value is missing");
  assertFalse(message.includes("hunter2"));
  assertFalse(refusal("--pasword=hunter2").includes("hunter2"));
});

Deno.test("control characters and endless names do not reach the message", () => {
  const message = refusal(`--\x1b[31m\n${"x".repeat(10_000)}`);
  // deno-lint-ignore no-control-regex -- they are what is looked for
  assertFalse(/[\x00-\x1f]/.test(message));
  assertEquals(message.length < 300, true);
});

Deno.test("help is asked for by --help and -h, but not behind two dashes", () => {
  assertEquals(asksForHelp(["--port", "1", "--help"]), true);
  assertEquals(asksForHelp(["-h"]), true);
  assertEquals(asksForHelp(["--", "--help"]), false);
});

Deno.test("ordinary command lines are read as parseArgs of @std/cli reads them", () => {
  const lines = [
    "--port 1110 --tls list",
    "--port=1110 --no-tls retr",
    "list --tls true --mimestore.path /srv/mail",
    "--tls false a b",
    "--password 00123 --mimestore.path=x=y -- --port 1",
    "--port 1 --port 2",
  ];
  for (const line of lines) {
    const args = line.split(" ");
    const theirs: Record<string, unknown> = parseArgs(args, {
      string: ["port", "password", "mimestore.path", "_"],
      boolean: ["tls"],
      negatable: ["tls"],
    });
    const ours = read(...args);
    const { port, password, tls = false } = ours.values;
    assertEquals<unknown>([port, password, String(tls)], [
      theirs.port,
      theirs.password,
      String(theirs.tls),
    ]);
    const nested = ours.values["mimestore.path"];
    assertEquals<unknown>(nested === undefined ? undefined : { path: nested }, theirs.mimestore);
    assertEquals<unknown>(ours.operands, theirs._);
  }
});
