import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { answeringServer } from "../helpers/answering_server.ts";
import { startDovecot } from "../helpers/dovecot.ts";
import { permitted } from "../helpers/permissions.ts";
import { runIzypop3, serveIzypop3 } from "../helpers/program.ts";
import { latin1, text } from "../helpers/random.ts";

const PROGRAMS = { net: true, read: true, write: true, env: true, run: true } as const;
const EXAMINE = ["test", "--testtype", "server", "--user", "me"] as const;

permitted(PROGRAMS, "test --testtype server finds nothing wrong with our own", async () => {
  await using server = await serveIzypop3(["--password", "s3cret", "--mimestore.count", "20"]);
  const where = ["--ip", server.hostname, "--port", `${server.port}`];
  const good = await runIzypop3([...EXAMINE, ...where, "--pass", "s3cret"]);
  assertEquals([good.code, good.stderr], [0, ""], text(good.stdout));
  assertMatch(text(good.stdout), /^\d+ passed, 0 failed\n$/m);

  const json = await runIzypop3([...EXAMINE, ...where, "--pass", "s3cret", "--json"]);
  const objects = text(json.stdout).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(objects.at(-1).failed, 0);
  assertEquals(objects.slice(0, -1).every(({ passed }) => passed === true), true);

  const refused = await runIzypop3([...EXAMINE, ...where, "--pass", "wrong"]);
  assertEquals(refused.code, 77);
  assertStringIncludes(refused.stderr, "Cannot sign in as me");
});

permitted(
  { ...PROGRAMS, programs: ["dovecot"] },
  "test --testtype server finds nothing wrong with Dovecot, and deletes nothing",
  async () => {
    const mailbox = ["Subject: a\r\n\r\n.dot\r\n", "Subject: b\n\n..\n", "x\n"].map(latin1);
    await using dovecot = await startDovecot({ mailboxes: { me: mailbox } });
    const where = ["--ip", dovecot.hostname, "--port", `${dovecot.port}`, "--pass", "secret"];
    const before = await dovecot.files("me");
    const { code, stdout } = await runIzypop3([...EXAMINE, ...where]);
    assertEquals(code, 0);
    assertMatch(text(stdout), /^\d+ passed, 0 failed\n$/m);
    assertEquals((await dovecot.files("me")).length, before.length);
  },
);

permitted(
  { ...PROGRAMS, programs: ["dovecot"] },
  "test --testtype server tells that Dovecot does not stuff a first octet, and lasts to the end",
  async () => {
    // An empty message, and one that is nothing but a dot, are sent in other sizes than listed.
    const mailbox = ["", ".", "Subject: c\r\n\r\n.\r\n"].map(latin1);
    await using dovecot = await startDovecot({ mailboxes: { me: mailbox } });
    const where = ["--ip", dovecot.hostname, "--port", `${dovecot.port}`, "--pass", "secret"];
    const { code, stdout } = await runIzypop3([...EXAMINE, ...where]);
    assertEquals(code, 0, text(stdout));
    const strays = text(stdout).split("\n").filter((line) => line.startsWith("FAILED"));
    assertEquals(strays.map((line) => line.slice(8).split(":")[0]?.slice(0, 30)), [
      "LIST sizes are those of RETR",
      "lines that begin with a dot ar",
    ]);
    assertMatch(text(stdout), /^ok {6}TOP: .*\nok {6}PIPELINING: announced, and real: 2 RETR/m);
  },
);

permitted(PROGRAMS, "test --testtype server takes all the ways to prove who one is", async () => {
  await using server = await serveIzypop3(["--password", "s3cret", "--mimestore.count", "2"]);
  const where = ["--testtype", "server", "--ip", server.hostname, "--port", `${server.port}`];
  const home = await Deno.makeTempDir({ prefix: "izypop3-home-" });
  try {
    const netrc = `machine ${server.hostname} login me password s3cret\n`;
    await Deno.writeTextFile(`${home}/.netrc`, netrc, { mode: 0o600 });
    const ways: readonly (readonly string[])[] = [
      [],
      ["--user", "me", "--pass-command", "echo s3cret", "--allow-plaintext"],
    ];
    for (const way of ways) {
      const env = { HOME: home };
      const { code, stderr, stdout } = await runIzypop3(["test", ...where, ...way], { env });
      assertEquals([code, stderr], [0, ""], text(stdout));
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

permitted(PROGRAMS, "test --testtype server signs in with a token", async () => {
  await using server = answeringServer("+OK\r\n", { AUTH: "-ERR [AUTH] no\r\n" });
  const where = ["--ip", server.hostname, "--port", `${server.port}`];
  const token = ["--token-command", "echo t0ken", "--auth", "xoauth2"];
  const { code, stderr } = await runIzypop3([...EXAMINE, ...where, ...token]);
  assertEquals(code, 77, stderr);
  assertMatch(server.commands().at(-1) ?? "", /^AUTH XOAUTH2/);
});

permitted(PROGRAMS, "a server that hangs up on CAPA is looked at without it", async () => {
  const answers = {
    CAPA: "",
    LIST: "+OK\r\n.\r\n",
    "LIST 1": "-ERR\r\n",
    STAT: "+OK 0 0\r\n",
    UIDL: "+OK\r\n.\r\n",
  };
  await using server = answeringServer("+OK\r\n", answers, "CAPA");
  const where = ["--ip", server.hostname, "--port", `${server.port}`, "--pass", "secret"];
  const { code, stdout, stderr } = await runIzypop3([...EXAMINE, ...where]);
  assertEquals([code, stderr], [0, ""], text(stdout));
  assertMatch(text(stdout), /^FAILED {2}CAPA: .*closed the connection. Looking again without it$/m);
  assertMatch(text(stdout), /^ok {6}RSET and QUIT/m);
  assertEquals(server.commands().filter((line) => line === "CAPA").length, 1);
});

permitted(PROGRAMS, "a server that hangs up in the middle is reported up to there", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      const replies = ["+OK\r\n", "-ERR\r\n", "+OK\r\n", "+OK\r\n", "-ERR\r\n"];
      const buffer = new Uint8Array(512);
      for (const reply of replies) {
        await connection.write(latin1(reply));
        await connection.read(buffer);
      }
      connection.close();
    }
  })();
  const port = `${listener.addr.port}`;
  const where = ["--ip", "127.0.0.1", "--port", port, "--pass", "secret", "--auth", "user"];
  const { code, stdout } = await runIzypop3([...EXAMINE, ...where]);
  listener.close();
  await serving;
  assertEquals(code, 75, text(stdout));
  assertMatch(text(stdout), /^FAILED {2}the session lasts to its end: .*LIST.*closed/m);
  assertMatch(text(stdout), /^\d+ passed, 1 failed\n$/m);
});
