/** The main job: a server program, and client programs that fetch from it. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { client, izypop3, PASSWORD, PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { serveIzypop3 } from "../helpers/program.ts";

const FAKE = ["--password", PASSWORD, "--mimestore.count", "3"];

/** Three messages with corners; `wire` is what RETR brings. */
const MESSAGES = [
  { name: "a.eml", kept: "Subject: a\n\n.bare\n", wire: "Subject: a\r\n\r\n.bare\r\n" },
  {
    name: "b.eml",
    kept: "Subject: b\r\n\r\n.\r\n..\r\n\xff\0",
    wire: "Subject: b\r\n\r\n.\r\n..\r\n\xff\0\r\n",
  },
  {
    name: "c c.eml",
    kept: "Subject: c\r\n\r\n1\r\n2\r\n3\r\n",
    wire: "Subject: c\r\n\r\n1\r\n2\r\n3\r\n",
  },
] as const;

async function folderOfMessages(path: string): Promise<void> {
  await Deno.mkdir(path);
  for (const [index, { name, kept }] of MESSAGES.entries()) {
    await Deno.writeFile(`${path}/${name}`, Uint8Array.from(kept, (char) => char.charCodeAt(0)));
    // Served by age, then by name.
    await Deno.utime(`${path}/${name}`, 1_700_000_000 + index, 1_700_000_000 + index);
  }
}

permitted(PROGRAMS, "the made-up messages are served and fetched", async (t) => {
  await using server = await serveIzypop3(FAKE);
  assertMatch(server.log(), /^izypop3: .*listening on 127\.0\.0\.1:\d+\n/m);

  await t.step("list prints NUMBER SIZE a line", async () => {
    const { code, lines, err } = await client(server, ["list"]);
    assertEquals([code, lines.length, err], [0, 3, ""]);
    lines.forEach((line, index) => assertMatch(line, new RegExp(`^${index + 1} [1-9]\\d*$`)));
  });

  await t.step("list with --json prints an object a line", async () => {
    const { lines } = await client(server, ["--json", "--cmd", "list"]);
    assertEquals(lines.map((line) => Object.keys(JSON.parse(line))), [
      ["id", "size"],
      ["id", "size"],
      ["id", "size"],
    ]);
    assertEquals(JSON.parse(lines[1] ?? "").id, 2);
  });

  await t.step("stat prints COUNT OCTETS, the sum of what list prints", async () => {
    const sizes = (await client(server, ["list"])).lines.map((line) => Number(line.split(" ")[1]));
    const sum = sizes.reduce((a, b) => a + b, 0);
    assertEquals((await client(server, ["stat"])).out, `3 ${sum}\n`);
    assertEquals(JSON.parse((await client(server, ["stat", "--json"])).out), {
      count: 3,
      octets: sum,
    });
  });

  await t.step("uidl prints NUMBER UID a line", async () => {
    const { lines } = await client(server, ["uidl"]);
    assertEquals(lines.map((line) => line.split(" ")[0]), ["1", "2", "3"]);
    assertEquals(new Set(lines.map((line) => line.split(" ")[1])).size, 3);
    const [first] = (await client(server, ["uidl", "--json", "--query", "1"])).lines;
    assertEquals(JSON.parse(first ?? ""), { id: 1, uid: lines[0]?.split(" ")[1] });
  });

  await t.step("capa prints a capability a line, without a sign-in too", async () => {
    const signedIn = await client(server, ["capa"]);
    assertStringIncludes(signedIn.out, "UIDL\n");
    const url = `pop3://${server.hostname}:${server.port}`;
    const { code, out } = await izypop3(["clientpop3", url, "capa"]);
    assertEquals(code, 0);
    assertStringIncludes(out, "PIPELINING\n");
  });

  await t.step("a query chooses messages", async () => {
    const uid = (await client(server, ["uidl"])).lines[2]?.split(" ")[1];
    const cases: readonly [readonly string[], readonly string[]][] = [
      [["--query", "2"], ["2"]],
      [["--query.id", "2"], ["2"]],
      [["--query", "1-2"], ["1", "2"]],
      [["--query", "2-"], ["2", "3"]],
      [["--query", "1,3"], ["1", "3"]],
      [["--query", "last:2"], ["2", "3"]],
      [["--query", `uid:${uid}`], ["3"]],
      [["--limit", "1"], ["1"]],
      [["--query", "7-9"], []],
    ];
    for (const [flags, numbers] of cases) {
      const { code, lines } = await client(server, ["list", ...flags]);
      assertEquals([code, lines.map((line) => line.split(" ")[0])], [0, numbers], flags.join(" "));
    }
  });

  await t.step("one URL does instead of the flags", async () => {
    const url = `pop3://me@${server.hostname}:${server.port}`;
    const env = { IZYPOP3_PASS: PASSWORD };
    assertEquals((await izypop3(["clientpop3", url, "list"], { env })).lines.length, 3);
    const visible = `pop3://me:${PASSWORD}@${server.hostname}:${server.port}`;
    const { code, err } = await izypop3(["clientpop3", "--ip", visible, "stat"]);
    assertEquals(code, 0);
    assertMatch(err, /^izypop3: a password in a URL can be seen by other users[^\n]*\n$/);
  });

  await t.step("apop, plain text and what the client chooses all sign in", async () => {
    for (const auth of ["auto", "user", "apop"]) {
      assertEquals((await client(server, ["--auth", auth, "stat"])).code, 0, auth);
    }
  });

  await t.step("the dialogue can be seen, without the password", async () => {
    const flags = ["--verbose.clientLog", "--verbose.serverLog", "--verbose.waitTime"];
    const { out, err } = await client(server, ["stat", ...flags]);
    assertMatch(out, /^3 \d+\n$/);
    assertMatch(err, /^C: (PASS|AUTH SCRAM-SHA-256) \*\*\*$/m);
    assertMatch(err, /^S: \+OK/m);
    assertMatch(err, /^W: waited [\d.]+ ms$/m);
    assertEquals(err.includes(PASSWORD), false);
  });

  assertEquals(await server.stop(), 0);
});

permitted(PROGRAMS, "a folder of messages is served octet by octet", async (t) => {
  await using folder = await temporaryFolder();
  const source = `${folder.path}/source`;
  await folderOfMessages(source);
  const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", source];
  await using server = await serveIzypop3([...store, "--password", PASSWORD]);

  await t.step("retr without a store writes the octets, un-stuffed and exact", async () => {
    for (const [index, { wire }] of MESSAGES.entries()) {
      const { code, out } = await client(server, ["retr", "--query", `${index + 1}`]);
      assertEquals([code, out], [0, wire]);
    }
    const all = await client(server, ["retr", "--pipeline", "off"]);
    assertEquals(all.out, MESSAGES.map(({ wire }) => wire).join(""));
    assertEquals((await client(server, ["retr", "--pipeline", "2"])).out, all.out);
  });

  await t.step("top writes the header and as many lines", async () => {
    const { out } = await client(server, ["top", "--query", "3", "--lines", "2"]);
    assertEquals(out, "Subject: c\r\n\r\n1\r\n2\r\n");
    assertEquals((await client(server, ["top", "--query", "3"])).out, "Subject: c\r\n\r\n");
  });

  await t.step("--max-size leaves larger messages out, and says so", async () => {
    const { code, out, err } = await client(server, ["retr", "--max-size", "21"]);
    assertEquals([code, out], [0, `${MESSAGES[0].wire}`]);
    assertMatch(err, /message 2 skipped: \d+ octets, over --max-size/);
  });

  const target = ["--store", "localfs", "--mimestore.path", `${folder.path}/target`];
  await t.step("retr into a store keeps the octets and tells each message", async () => {
    const { code, lines, err } = await client(server, ["retr", "--json", ...target]);
    assertEquals(code, 0);
    assertMatch(err, /^izypop3: 3 new, 0 known, \d+ octets in [\d.]+ s\n$/);
    const facts = lines.map((line) => JSON.parse(line));
    assertEquals(
      facts.map(({ id, size }) => [id, size]),
      MESSAGES.map(({ wire }, index) => {
        return [index + 1, wire.length];
      }),
    );
    for (const [index, { name, sha256, guid }] of facts.entries()) {
      const octets = await Deno.readFile(`${folder.path}/target/${name}`);
      assertEquals(octets, Uint8Array.from(MESSAGES[index]?.wire ?? "", (c) => c.charCodeAt(0)));
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
      assertEquals(sha256, Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join(""));
      assertMatch(guid, /^[\x21-\x7e]{1,70}$/);
    }
  });

  await t.step("fetched again they are duplicates, and nothing is stored twice", async () => {
    const { code, lines } = await client(server, ["retr", "--json", ...target]);
    assertEquals(code, 0);
    assertEquals(lines.map((line) => JSON.parse(line).duplicate), [true, true, true]);
    const plain = await client(server, ["retr", ...target, "--query", "1"]);
    assertMatch(plain.out, /^1 \S+ 21 [0-9a-f]{64} \S+\.eml\n$/);
    const status = await izypop3(["querystore", ...target, "status"]);
    assertMatch(status.out, /^unread 3 \d+\n/);
  });

  await t.step("sync fetches what the store has not got, and nothing else", async () => {
    const fresh = ["--store", "localfs", "--mimestore.path", `${folder.path}/fresh`];
    const first = await client(server, ["sync", "--json", "--limit", "2", ...fresh]);
    assertEquals([first.code, first.lines.map((line) => JSON.parse(line).id)], [0, [1, 2]]);
    const flags = ["sync", ...fresh, "--verbose.clientLog"];
    const second = await client(server, flags);
    assertEquals([second.code, second.lines.length], [0, 1]);
    assertEquals(second.err.match(/RETR \d+/g), ["RETR 3"]);
    const third = await client(server, flags);
    assertEquals([third.code, third.out, third.err.includes("RETR")], [0, "", false]);
    const status = await izypop3(["querystore", ...fresh, "status"]);
    assertMatch(status.out, /^unread 3 \d+\n/);
  });

  await t.step("dele deletes; the numbers of the next session are new", async () => {
    const { code, out } = await client(server, ["dele", "--query", "1"]);
    assertEquals([code, out], [0, "1\n"]);
    assertEquals((await client(server, ["stat"])).lines[0]?.split(" ")[0], "2");
    assertEquals([...Deno.readDirSync(`${source}/archive`)].map(({ name }) => name), ["a.eml"]);
  });

  await t.step("retr --delete deletes what is in the store, and only that", async () => {
    const flags = ["retr", "--delete", ...target, "--query", "last:1"];
    assertEquals((await client(server, flags)).code, 0);
    const { lines } = await client(server, ["list"]);
    assertEquals(lines, [`1 ${MESSAGES[1].wire.length}`]);
  });
});

permitted(PROGRAMS, "each user has a folder of their own where the path says {user}", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/{user}`;
  await Deno.mkdir(`${folder.path}/me`);
  await Deno.writeTextFile(`${folder.path}/me/x.eml`, "Subject: mine\r\n\r\n");
  const flags = ["--store", "localfs", "--mimestore.path", path, "--password", PASSWORD];
  await using server = await serveIzypop3(flags);
  assertEquals((await client(server, ["stat"])).out, "1 17\n");
  // A name that would leave the folder is made safe; a folder that is missing is an empty maildrop.
  const other = ["clientpop3", "--ip", server.hostname, "--port", `${server.port}`];
  const env = { IZYPOP3_PASS: PASSWORD };
  for (const user of ["other", "../me", "me/../me"]) {
    const { code, out } = await izypop3([...other, "--user", user, "stat"], { env });
    assertEquals([code, out], [0, "0 0\n"], user);
  }
});

permitted(PROGRAMS, "with commitmode a fetched message is handed off", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/source`;
  await folderOfMessages(path);
  const store = ["--store", "localfs", "--mimestore.path", path];
  const flags = [...store, "--mimestore.commitmode", "--password", PASSWORD];
  await using server = await serveIzypop3(flags);
  assertEquals((await client(server, ["retr", "--query", "1"])).code, 0);
  assertEquals((await client(server, ["stat"])).lines[0]?.split(" ")[0], "2");
  const { lines } = await izypop3(["querystore", ...store, "--query.tags", "archive"]);
  assertEquals(lines.length, 1);
  assertMatch(lines[0] ?? "", / archive 21 .* a\.eml$/);
});
