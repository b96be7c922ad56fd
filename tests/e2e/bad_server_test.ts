/** Servers that hang, hang up or never stop: the right exit code, nothing half, and then all of it. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type AnsweringServer, answeringServer } from "../helpers/answering_server.ts";
import { client, izypop3, PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";

const LISTINGS = {
  LIST: "+OK\r\n1 14\r\n2 14\r\n3 14\r\n.\r\n",
  UIDL: "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n",
};
const MESSAGES = {
  "RETR 1": "+OK\r\nSubject: 1\r\n\r\n.\r\n",
  "RETR 2": "+OK\r\nSubject: 2\r\n\r\n.\r\n",
  "RETR 3": "+OK\r\nSubject: 3\r\n\r\n.\r\n",
};

function count(server: AnsweringServer, command: string): number {
  return server.commands().filter((line) => line === command).length;
}

for (const store of ["localfs", "maildir"]) {
  permitted(PROGRAMS, `a server that hangs within a message ends with 75 (${store})`, async () => {
    await using folder = await temporaryFolder();
    const sync = ["sync", "--delete", "--store", store, "--mimestore.path", folder.path];
    {
      await using server = answeringServer("+OK ready\r\n", {
        ...LISTINGS,
        ...MESSAGES,
        "RETR 2": "+OK\r\nSubject: 2\r\n\r\nbut there is more",
      });
      const flags = ["--auth", "user", "--timeout", "1.5", "--retries", "0"];
      const { code, lines, err } = await client(server, [...sync, ...flags]);
      assertEquals([code, lines.length], [75, 1], err);
      assertMatch(err, /Cannot get message 2 from .*no progress for 1.5 seconds/);
      assertMatch(err, /^izypop3: 1 new, 0 known/m);
      assertEquals(server.commands().filter((line) => /^(DELE|QUIT)/.test(line)), []);
      const verify = await izypop3(["querystore", ...sync.slice(2), "verify"]);
      assertEquals([verify.code, verify.out], [0, ""]);
    }
    await using server = answeringServer("+OK ready\r\n", { ...LISTINGS, ...MESSAGES });
    const { code, lines, err } = await client(server, sync);
    assertEquals([code, lines.length], [0, 2], err);
    assertEquals(count(server, "RETR 1"), 0);
    const end = server.commands().slice(-4);
    assertEquals(end, ["DELE 1", "DELE 2", "DELE 3", "QUIT"]);
  });
}

for (
  const [what, reply, hangUp, code] of [
    ["dies of", "+OK\r\nSubject: 2", "RETR 2", 75],
    ["answers with nonsense for", "what?\r\n", undefined, 76],
    ["never ends", "+OK\r\nSubject: 2", undefined, 75],
  ] as const
) {
  permitted(PROGRAMS, `a message that a server ${what} keeps no other one from us`, async () => {
    await using folder = await temporaryFolder();
    const answers = { ...LISTINGS, ...MESSAGES, "RETR 1": reply };
    const ends = hangUp === undefined ? undefined : "RETR 1";
    await using server = answeringServer("+OK ready\r\n", answers, ends);
    const store = ["--store", "maildir", "--mimestore.path", folder.path];
    const flags = ["--auth", "user", "--timeout", "1.5", "--retries", "1"];
    const run = await client(server, ["sync", "--json", ...store, ...flags]);
    const ids = run.lines.map((line) => JSON.parse(line).id);
    assertEquals([run.code, ids.sort()], [code, [2, 3]], run.err);
    assertEquals((await izypop3(["querystore", ...store])).lines.length, 2);
  });
}

for (
  const [what, hangUp, ...more] of [
    ["hangs up", "CAPA"],
    ["never answers", undefined],
    ["hangs up", "CAPA", "--auth", "user", "--retries", "0"],
  ] as const
) {
  const how = [what, "on CAPA", ...more].join(" ");
  permitted(PROGRAMS, `where a server ${how}, it is not asked again`, async () => {
    await using folder = await temporaryFolder();
    const answers = { ...LISTINGS, ...MESSAGES, CAPA: "" };
    await using server = answeringServer("+OK ready\r\n", answers, hangUp);
    const store = ["--store", "localfs", "--mimestore.path", folder.path];
    const { code, lines, err } = await client(server, [
      "sync",
      "--timeout",
      "1.5",
      ...store,
      ...more,
    ]);
    assertEquals([code, lines.length], [0, 3], err);
    assertStringIncludes(err, "without asking what the server offers (CAPA)\n");
    assertEquals(count(server, "CAPA"), 1);
    assertEquals(server.commands().slice(1, 3), ["USER me", "PASS 00123"]);
  });
}

permitted(PROGRAMS, "who asks for CAPA alone is told that the server hangs up on it", async () => {
  await using server = answeringServer("+OK ready\r\n", { CAPA: "" }, "CAPA");
  const { code, err } = await client(server, ["capa", "--auth", "user", "--retries", "1"]);
  assertEquals(code, 75);
  assertMatch(err, /reply to CAPA .*closed/);
});

for (const reply of ["", "-ERR Protocol error. Connection is closed. 10\r\n"]) {
  const what = reply === "" ? "hangs up" : "refuses and hangs up";
  permitted(PROGRAMS, `a server that ${what} on a token in one line gets it in two`, async () => {
    const token = "dXNlcj1tZQFhdXRoPUJlYXJlciB5YTI5AQE=";
    const oneLine = `AUTH XOAUTH2 ${token}`;
    const answers = { [oneLine]: reply, "AUTH XOAUTH2": "+ \r\n", [token]: "+OK\r\n" };
    await using server = answeringServer("+OK ready\r\n", { ...LISTINGS, ...answers }, oneLine);
    const flags = ["--auth", "xoauth2", "--token", "ya29", "--retries", "0"];
    const { code, lines, err } = await client(server, ["list", ...flags]);
    assertEquals([code, lines.length], [0, 3], err);
    assertStringIncludes(err, "with AUTH in two steps\n");
    assertEquals(err.includes("ya29") || err.includes(token), false);
    assertEquals([count(server, oneLine), count(server, token)], [1, 1]);
  });
}

permitted(PROGRAMS, "replies without end end with 76, and nothing is stored", async () => {
  const endless: readonly (readonly [string, string])[] = [
    ["LIST", `+OK ${"more ".repeat(1_000_000)}`],
    ["LIST", `+OK\r\n${"1 14\r\n".repeat(2_000_001)}`],
    ["UIDL", `+OK\r\n1 ${"a".repeat(1_000_000)}`],
  ];
  for (const [verb, answer] of endless) {
    await using folder = await temporaryFolder();
    const answers = { ...LISTINGS, ...MESSAGES, [verb]: answer };
    await using server = answeringServer("+OK ready\r\n", answers);
    const store = ["--store", "localfs", "--mimestore.path", folder.path];
    const { code, out, err } = await client(server, ["sync", "--timeout", "20", ...store]);
    assertEquals([code, out], [76, ""], err);
    assertEquals(server.commands().filter((line) => /^(RETR|QUIT)/.test(line)), []);
  }
});
