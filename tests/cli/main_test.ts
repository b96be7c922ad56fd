import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../lib/cli/command_table.ts";
import { main } from "../../lib/cli/main.ts";
import { VERSION } from "../../lib/cli/version.ts";
import { permitted } from "../helpers/permissions.ts";
import { testIo, type TestIoOptions } from "../helpers/test_io.ts";

async function run(args: readonly string[], options: TestIoOptions = {}) {
  const io = testIo(options);
  const code = await main(args, io);
  return { code, out: io.out(), err: io.err() };
}

/** A usage error: exit code 64, one line on stderr, nothing on stdout. */
async function refusal(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(args);
  assertEquals([code, out], [64, ""], err);
  assertMatch(err, /^izypop3: Cannot [^\n]+\n$/);
  return err;
}

Deno.test("--version prints name and version", async () => {
  const wanted = { code: 0, out: `izypop3 ${VERSION}\n`, err: "" };
  assertEquals(await run(["--version"]), wanted);
  assertEquals(await run(["-V"]), wanted);
});

permitted({ read: true }, "the version is the one in deno.json and in the change log", async () => {
  const root = new URL("../../", import.meta.url);
  const { version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  assertEquals(version, VERSION);
  assertStringIncludes(
    await Deno.readTextFile(new URL("CHANGELOG.md", root)),
    `## ${VERSION}`,
  );
});

Deno.test("help, --help and -h list the commands on stdout", async () => {
  const wanted = await run(["help"]);
  assertEquals([wanted.code, wanted.err], [0, ""]);
  for (const name of Object.keys(COMMANDS)) assertStringIncludes(wanted.out, `\n${name} `);
  assertEquals(await run(["--help"]), wanted);
  assertEquals(await run(["-h"]), wanted);
});

for (const [name, { options, examples }] of Object.entries(COMMANDS)) {
  Deno.test(`${name} --help shows usage, every flag with its default, and examples`, async () => {
    const { code, out, err } = await run([name, "--help"]);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, `Usage: izypop3 ${name} `);
    for (const [flag, spec] of Object.entries(options)) {
      assertMatch(out, new RegExp(`\\n  --(no-)?${flag.replaceAll(".", "\\.")}\\b`));
      if (spec.alias !== undefined) assertStringIncludes(out, `--${spec.alias}`);
      if (spec.default !== undefined && spec.default !== "true") {
        assertStringIncludes(out.replace(/\s+/g, " "), `default: ${spec.default})`);
      }
    }
    for (const example of examples) assertStringIncludes(out, `  ${example}\n`);
    assertEquals(await run(["help", name]), { code, out, err });
    assertEquals(await run(["method", name, "--help"]), { code, out, err });
  });
}

Deno.test("help is given even where the other words are wrong", async () => {
  assertEquals((await run(["serverpop3", "--prot", "x", "--help"])).code, 0);
});

Deno.test("an unknown command is refused with the nearest known one", async () => {
  assertStringIncludes(await refusal("serverpop"), "the nearest known one is serverpop3");
  assertStringIncludes(await refusal("clinetpop3", "--port", "1"), "clientpop3");
  assertStringIncludes(await refusal("method", "tset"), `"tset"`);
  assertStringIncludes(await refusal("help", "querystor"), "querystore");
});

Deno.test("a word of clientpop3 or querystore without it is refused with the whole command", async () => {
  assertStringIncludes(await refusal("sync"), "the nearest known one is clientpop3 sync");
  assertStringIncludes(await refusal("verify"), "the nearest known one is querystore verify");
});

Deno.test("without a command, or with flags before it, nothing is done", async () => {
  await refusal();
  await refusal("");
  await refusal("--port", "1110", "serverpop3");
  await refusal("method");
});

Deno.test("unknown flags, missing values and wrong types are refused by name", async () => {
  const cases: readonly [readonly string[], string, string][] = [
    [["serverpop3", "--prot", "1"], "--prot", "--port"],
    [["serverpop3", "--bogus", "f"], "--bogus", "flag"],
    [["serverpop3", "--port"], "--port", "value is missing"],
    [["serverpop3", "--port", "x"], "--port", "a whole number from 0 to 65535"],
    [["serverpop3", "--port", "65536"], "--port", "a whole number from 0 to 65535"],
    [["serverpop3", "--on-delete", "x"], "--on-delete", "archive, remove"],
    [["serverpop3", "--mimestore.modhandler", "s4"], "--mimestore.modhandler", "fake, localfs"],
    [["clientpop3", "--tls=perhaps"], "--tls", "true or false"],
    [["clientpop3", "--pipeline", "0"], "--pipeline", "auto, off"],
    [["clientpop3", "--lines", "100000000"], "--lines", "to 99999999"],
    [["clientpop3", "--keep-day", "3"], "--keep-day", "--keep-days"],
    [["querystore", "--query.order", "up"], "--query.order", "asc, desc"],
    [["test", "--testtype", "x"], "--testtype", "fullclientserver, mimestore, server"],
    [["method", "serverpop3", "prot", "1"], `"prot"`, "port"],
    [["method", "serverpop3", "port", "x"], "port", "a whole number"],
    [["method", "serverpop3", "port"], "port", "value is missing"],
  ];
  for (const [args, name, reason] of cases) {
    const err = await refusal(...args);
    assertStringIncludes(err, name);
    assertStringIncludes(err, reason);
  }
});

Deno.test("what does not fit together is refused before anything starts", async () => {
  const client = ["clientpop3", "--ip", "h", "--user", "u", "--pass", "p"];
  const cases: readonly (readonly string[])[] = [
    ["serverpop3", "list"],
    ["serverpop3", "--mimestore.path", "/x"],
    ["serverpop3", "--store", "localfs"],
    ["serverpop3", "--password", "a", "--password-file", "b"],
    ["clientpop3", "list"],
    ["clientpop3", "--ip", "h", "--pass", "p", "list"],
    ["clientpop3", "--ip", "h", "--user", "u", "list"],
    ["clientpop3", "--ip", "h", "--user", "u", "--pass", "p\r\nDELE 1", "list"],
    ["clientpop3", "--ip", "h", "--user", "u\r\nDELE 1", "--pass", "p", "list"],
    client,
    [...client, "lits"],
    [...client, "list", "stat"],
    [...client, "--cmd", "list", "stat"],
    [...client, "--tls", "--stls", "list"],
    [...client, "dele"],
    [...client, "--query", "3..4", "list"],
    [...client, "--query", "3", "--query.id", "3", "list"],
    [...client, "--delete", "retr"],
    [...client, "--delete", "--store", "fake", "sync"],
    [...client, "--keep-days", "0", "--store", "fake", "retr"],
    [...client, "sync"],
    [...client, "--json", "retr"],
    [...client, "pop3://other", "list"],
    ["querystore"],
    ["querystore", "--store", "fake", "qurey"],
    ["querystore", "--store", "fake", "add"],
    ["querystore", "--store", "fake", "cat"],
    ["querystore", "--store", "fake", "mark", "--query.id", "1"],
    ["querystore", "--store", "fake", "status", "x"],
    ["test", "server"],
  ];
  for (const args of cases) await refusal(...args);
});

Deno.test("what the environment has wrong is a configuration error", async () => {
  const { code, err } = await run(["serverpop3"], { env: { IZYPOP3_PORT: "x" } });
  assertEquals(code, 78);
  assertStringIncludes(err, "IZYPOP3_PORT");
});

Deno.test("no message shows a secret", async () => {
  const secret = "hunter2";
  const lines: readonly (readonly string[])[] = [
    ["serverpop3", "--pasword", secret],
    ["serverpop3", `--pasword=${secret}`],
    ["serverpop3", "--password", `--${secret}`],
    ["clientpop3", "--pass", "--user", "u", secret],
    ["clientpop3", "--ip", "h", "--user", "u", "--pass=", secret, "list"],
    ["clientpop3", "--ip", "h", "--user", "u", "--pass", "p", "list", secret],
    ["clientpop3", "--ip", "h", "--user", "u", "--pass", "p", secret],
    ["clientpop3", `pop3://u:${secret}@h:99999`, "list"],
    ["clientpop3", `pop3://u:${secret}%@h`, "list"],
    ["clientpop3", `imap://u:${secret}@h`, "list"],
    ["method", "clientpop3", "tls", "pass", secret, "cmd", "list"],
    ["method", "clientpop3", "pass", `json:"${secret}`],
  ];
  for (const args of lines) assertFalse((await refusal(...args)).includes(secret), args.join(" "));
});

Deno.test("the test store is shown with the old word pairs, too", async () => {
  const pairs = "method test testtype mimestore mimestore.modhandler fake query.limit 2";
  const { code, out } = await run(pairs.split(" "));
  assertEquals(code, 0);
  assertEquals(out.trimEnd().split("\n").length, 2);
  assertEquals(await run([...pairs.split(" "), "query.tags", "abc"]), {
    code: 0,
    out: "",
    err: "",
  });
});
