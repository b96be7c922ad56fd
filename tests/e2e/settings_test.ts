/** Where settings come from: flags, environment, configuration file, old word pairs, secrets. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { client, izypop3, PASSWORD, PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { serveIzypop3 } from "../helpers/program.ts";

permitted(
  PROGRAMS,
  "flags win over the environment, it over the file, it over defaults",
  async () => {
    await using folder = await temporaryFolder();
    const config = `${folder.path}/izypop3.jsonc`;
    await Deno.writeTextFile(
      config,
      `{
      // shared by all commands
      "mimestore": { "modhandler": "fake", "count": 5, "size": 3000 },
      "query": { "limit": 4 }, /* of the server */ "port": 1,
    }`,
    );
    const query = ["querystore", "--config", config];
    const count = async (args: readonly string[], env: Record<string, string> = {}) =>
      (await izypop3([...query, ...args], { env })).lines.length;
    assertEquals(await count([]), 4);
    assertEquals(await count([], { IZYPOP3_QUERY_LIMIT: "3" }), 3);
    assertEquals(await count(["--query.limit", "2"], { IZYPOP3_QUERY_LIMIT: "3" }), 2);
    assertEquals(await count([], { IZYPOP3_QUERY_LIMIT: "" }), 4);
    assertEquals(await count(["--query.limit", "99"]), 5);
    const env = { IZYPOP3_CONFIG: config };
    assertEquals((await izypop3(["querystore"], { env })).lines.length, 4);
  },
);

permitted(
  PROGRAMS,
  "a configuration that is wrong ends with 78, a missing one with 66",
  async () => {
    await using folder = await temporaryFolder();
    const config = `${folder.path}/izypop3.jsonc`;
    for (
      const [text, reason] of [
        [`{"mimestore": {"pth": "x"}}`, `the key "mimestore.pth" is unknown`],
        [`{"port": "x"}`, "port in "],
        [`{"password": 12345}`, "password in "],
        [`{"port": 1`, "line 1, column "],
      ] as const
    ) {
      await Deno.writeTextFile(config, text);
      const { code, out, err } = await izypop3(["serverpop3", "--config", config]);
      assertEquals([code, out], [78, ""]);
      assertMatch(err, /^izypop3: Cannot [^\n]*\n$/);
      assertStringIncludes(err, reason);
    }
    const missing = await izypop3(["serverpop3", "--config", `${folder.path}/none`]);
    assertEquals(missing.code, 66);
    assertStringIncludes(missing.err, "there is no such file");
  },
);

permitted(PROGRAMS, "the old word pairs still work, for server, client and test", async () => {
  await using server = await serveIzypop3(["--password", "12345", "--mimestore.count", "4"]);
  const { hostname, port } = server;
  const pairs = `method clientpop3 ip ${hostname} port ${port} user U pass 12345 tls false ` +
    "verbose.clientLog true cmd list";
  const { code, lines, err } = await izypop3(pairs.split(" "));
  assertEquals([code, lines.length], [0, 4]);
  assertMatch(err, /^C: LIST$/m);
  const json = ["method", "clientpop3", "ip", hostname, "port", `json:${port}`, "user", "U"];
  const more = ["pass", `json:"12345"`, "cmd", "list", "query", `json:{"id":2}`];
  assertEquals((await izypop3([...json, ...more])).lines.length, 1);
  const test = "method test testtype mimestore mimestore.modhandler fake query.limit 2";
  assertEquals((await izypop3(test.split(" "))).lines.length, 2);
  const none = await izypop3([...test.split(" "), "query.tags", "abc"]);
  assertEquals([none.code, none.out, none.err], [0, "", ""]);
});

permitted(PROGRAMS, "a server in the old form answers", async () => {
  // The helper's flags would not be old words: this one is started by hand, on a port it picks.
  const config = { IZYPOP3_PORT: "0" };
  const words = "method serverpop3 password 12345 mimestore.modhandler fake".split(" ");
  await using server = await serveIzypop3(words, { asTheyAre: true, env: config });
  assertEquals((await client(server, ["stat"], { env: { IZYPOP3_PASS: "12345" } })).code, 0);
});

permitted(PROGRAMS, "a password comes from a file, a command or the environment", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/pw`;
  await Deno.writeTextFile(file, `${PASSWORD}\nsecond line\n`);
  const ways = [
    ["--password-file", file],
    ["--password-command", `cat '${file}'`],
  ];
  for (const way of ways) {
    await using server = await serveIzypop3(way);
    const clientWays = way.map((word) => word.replace("--password", "--pass"));
    const env = { IZYPOP3_PASS: "" };
    assertEquals((await client(server, [...clientWays, "stat"], { env })).code, 0);
    // What a flag says wins over the variable of another form.
    const wrong = { IZYPOP3_PASS: "wrong" };
    assertEquals((await client(server, [...clientWays, "stat"], { env: wrong })).code, 0);
    assertEquals(
      (await client(server, ["stat"], { env: { IZYPOP3_PASS: "", IZYPOP3_PASS_FILE: file } })).code,
      0,
    );
  }
});

permitted(PROGRAMS, "without a password one is made up and printed, and it works", async () => {
  await using server = await serveIzypop3(["--mimestore.count", "1"]);
  const [, password = ""] = /password for this run is (\S+)/.exec(server.log()) ?? [];
  assertMatch(password, /^[a-z2-9]{20}$/);
  const env = { IZYPOP3_PASS: password };
  assertMatch((await client(server, ["stat"], { env })).out, /^1 \d+\n$/);
});

permitted(
  PROGRAMS,
  "without a password and a terminal the ways to give one are named",
  async () => {
    const args = ["clientpop3", "--ip", "127.0.0.1", "--user", "me", "list"];
    const { code, err } = await izypop3(args);
    assertEquals(code, 64);
    for (const way of ["--pass-file", "--pass-command", "IZYPOP3_PASS"]) {
      assertStringIncludes(err, way);
    }
  },
);

permitted(PROGRAMS, "with --log-format json every line of the server is an object", async () => {
  const flags = ["--log-format", "json", "--verbose.serverLog", "--mimestore.count", "1"];
  await using server = await serveIzypop3(flags);
  const entries = () => server.log().trimEnd().split("\n").map((line) => JSON.parse(line));
  const made = entries().find(({ password }) => password !== undefined);
  const ready = entries().find(({ msg }) => msg === "listening");
  assertEquals([ready.host, ready.port], [server.hostname, server.port]);
  const env = { IZYPOP3_PASS: made.password };
  assertEquals((await client(server, ["stat"], { env })).code, 0);
  await server.stop();
  const told = entries().filter((entry) => JSON.stringify(entry).includes(made.password));
  assertEquals(told.length, 1);
});
