/** What people and peers get wrong: a clear line, the right exit code, and nothing lost. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  client,
  izypop3,
  PASSWORD,
  PROGRAMS,
  type Said,
  temporaryFolder,
} from "../helpers/command_line.ts";
import { connect } from "../../lib/net/connect.ts";
import { answeringServer } from "../helpers/answering_server.ts";
import { NOBODYS_PORT } from "../helpers/ports.ts";
import { permitted } from "../helpers/permissions.ts";
import { serveIzypop3, type ServerProgram } from "../helpers/program.ts";
import { Dialogue } from "../server/dialogue.ts";

/** One line on stderr, nothing on stdout. */
function assertFails({ code, out, err }: Said, wanted: number, ...words: readonly string[]): void {
  assertEquals([code, out], [wanted, ""], err);
  assertMatch(err, /^izypop3: [^\n]+\n$/);
  for (const word of words) assertStringIncludes(err, word);
}

const DOWNLOAD = ["retr", "--json", "--store", "localfs", "--mimestore.path"];

permitted(PROGRAMS, "an unknown flag ends with 64, and nothing is started", async () => {
  const said = await izypop3(["serverpop3", "--prot", "0", "--mimestore.count", "1"]);
  assertFails(said, 64, `"--prot"`, "--port");
});

permitted(PROGRAMS, "a port in use ends with 69 and says which", async () => {
  await using server = await serveIzypop3(["--password", PASSWORD]);
  const said = await izypop3(["serverpop3", "--port", `${server.port}`]);
  assertFails(said, 69, `Cannot listen on 127.0.0.1:${server.port}`, "--port");
});

permitted(PROGRAMS, "a missing folder ends with 66 and says which", async () => {
  await using folder = await temporaryFolder();
  const store = ["--store", "localfs", "--mimestore.path", `${folder.path}/none`];
  for (const command of [["serverpop3", "--port", "0"], ["querystore"], ["querystore", "status"]]) {
    assertFails(await izypop3([...command, ...store]), 66, `${folder.path}/none`);
  }
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

permitted(PROGRAMS, "a folder for messages that cannot be made ends with 73", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const path = `${folder.path}/file/store`;
  const add = ["querystore", "--store", "localfs", "--mimestore.path", path, "add", "-"];
  assertFails(await izypop3(add), 73, path);
  await using server = answeringServer("+OK ready\r\n");
  assertFails(await client(server, [...DOWNLOAD, path]), 73, path);
  assertEquals(server.commands(), []);
});

permitted(PROGRAMS, "files that the program is told to read, and cannot, are named", async () => {
  await using folder = await temporaryFolder();
  const [none, store] = [`${folder.path}/none`, `${folder.path}/store`];
  const server = ["serverpop3", "--port", "0"];
  const signIn = ["clientpop3", "--ip", "127.0.0.1", "--user", "me", "list"];
  const add = ["querystore", "--store", "localfs", "--mimestore.path", store, "add"];
  const cases: readonly (readonly string[])[] = [
    [...server, "--password-file", none],
    [...server, "--config", none],
    [...signIn, "--pass-file", none],
    [...signIn, "--pass", "x", "--tls-ca", none],
    [...add, none],
  ];
  for (const args of cases) assertFails(await izypop3(args), 66, none, "there is no such file");
  assertFails(await izypop3([...add, folder.path]), 66, folder.path, "folder");
});

permitted(
  PROGRAMS,
  "what is in the folder and is no message that can be read is passed over",
  async () => {
    await using folder = await temporaryFolder();
    await Deno.mkdir(`${folder.path}/folder.eml`);
    await Deno.symlink(`${folder.path}/nowhere`, `${folder.path}/link.eml`);
    await Deno.writeTextFile(`${folder.path}/notes.txt`, "no mail");
    await Deno.writeTextFile(`${folder.path}/good.eml`, "Subject: good\r\n\r\n");
    const store = ["--store", "localfs", "--mimestore.path", folder.path];
    await using server = await serveIzypop3([...store, "--password", PASSWORD]);
    assertEquals((await client(server, ["list"])).out, "1 17\n");
    assertEquals((await client(server, ["retr"])).out, "Subject: good\r\n\r\n");
  },
);

permitted(
  PROGRAMS,
  "a wrong password ends with 77, the server's words and what to do",
  async () => {
    await using server = await serveIzypop3(["--password", PASSWORD, "--auth-penalty-max", "0"]);
    const env = { IZYPOP3_PASS: "hunter2-is-not-it" };
    for (const auth of ["auto", "user", "apop"]) {
      const said = await client(server, ["list", "--auth", auth], { env });
      assertFails(said, 77, "Cannot sign in as me", "What to do: ");
      assert(!said.err.includes(env.IZYPOP3_PASS));
    }
  },
);

permitted(PROGRAMS, "a server that cannot be reached ends with 69", async () => {
  const list = ["--user", "me", "--pass", "x", "list"];
  const refused = await izypop3([
    "clientpop3",
    "--ip",
    "127.0.0.1",
    "--port",
    `${NOBODYS_PORT}`,
    ...list,
  ]);
  assertFails(refused, 69, `127.0.0.1:${NOBODYS_PORT}`);
  // Apart: Deno 2.4 leaves a resource behind when it finds no address.
  const unknown = await izypop3(["clientpop3", "--ip", "nowhere.invalid", ...list], {
    apart: true,
  });
  assertFails(unknown, 69, "nowhere.invalid");
});

permitted(PROGRAMS, "a peer that is not POP3 ends with 76, and what it looks like", async () => {
  const banners: readonly [string, string][] = [
    ["220 mail.example ESMTP ready\r\n", "SMTP"],
    ["* OK [CAPABILITY IMAP4rev1] ready\r\n", "IMAP"],
    ["SSH-2.0-OpenSSH_9.2\r\n", "SSH"],
    ["HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"],
    // An alert in a TLS record: no line, and no line end.
    ["\x15\x03\x03\x00\x02\x02\x46", "TLS from the first octet on. Use --tls"],
  ];
  for (const [banner, protocol] of banners) {
    await using server = answeringServer(banner);
    assertFails(await client(server, ["list"]), 76, protocol);
  }
});

permitted(PROGRAMS, "a server that says nothing ends with 75 after --timeout", async () => {
  await using server = answeringServer("");
  assertFails(await client(server, ["list", "--timeout", "0.2"]), 75, "0.2 seconds");
});

permitted(
  PROGRAMS,
  "a connection that is cut within a message ends with 75; it is not stored",
  async () => {
    await using folder = await temporaryFolder();
    await using server = answeringServer("+OK ready\r\n", {
      LIST: "+OK\r\n1 20\r\n2 20\r\n.\r\n",
      UIDL: "+OK\r\n1 a\r\n2 b\r\n.\r\n",
      "RETR 1": "+OK\r\nSubject: whole\r\n\r\n.\r\n",
      "RETR 2": "+OK\r\nSubject: half\r\n\r\nno en",
    }, "RETR 2");
    const flags = ["--auth", "user", "--retries", "1"];
    const { code, lines, err } = await client(server, [...DOWNLOAD, folder.path, ...flags]);
    assertEquals(code, 75, err);
    assertEquals(lines.map((line) => JSON.parse(line).guid), ["a"]);
    const mails = [...Deno.readDirSync(folder.path)].filter(({ name }) => name.endsWith(".eml"));
    assertEquals(mails.length, 1);
    assertEquals(server.commands().some((command) => /^(DELE|QUIT)/.test(command)), false);
  },
);

permitted(
  PROGRAMS,
  "a message that is refused is told; the others are stored, and deleted",
  async () => {
    await using folder = await temporaryFolder();
    await using server = answeringServer("+OK ready\r\n", {
      LIST: "+OK\r\n1 14\r\n2 14\r\n3 14\r\n.\r\n",
      UIDL: "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n",
      "RETR 1": "+OK\r\nSubject: 1\r\n\r\n.\r\n",
      "RETR 2": "-ERR no such message\r\n",
      "RETR 3": "+OK\r\nSubject: 3\r\n\r\n.\r\n",
    });
    const flags = [...DOWNLOAD, folder.path, "--delete", "--auth", "user"];
    const { code, lines, err } = await client(server, flags);
    assertEquals(code, 66);
    const [refusal, summary, ...more] = err.split("\n");
    assertEquals([refusal, more], ["izypop3: message 2 was refused (RETR 2): no such message", [
      "",
    ]]);
    assertMatch(
      summary ?? "",
      /^izypop3: 2 new, 0 known, 1 skipped \(1 refused by the server\), 2 deleted .*, 28 octets in/,
    );
    const events = lines.map((line) => JSON.parse(line));
    const skipped = "refused by the server";
    assertEquals(events.map(({ id, skipped }) => [id, skipped]).sort(), [
      [1, undefined],
      [2, skipped],
      [3, undefined],
    ]);
    const deletions = server.commands().filter((command) => /^(DELE|QUIT)/.test(command));
    assertEquals(deletions, ["DELE 1", "DELE 3", "QUIT"]);
  },
);

permitted(
  PROGRAMS,
  "a single message that is not there ends with 66, and nothing is done",
  async () => {
    await using server = await serveIzypop3(["--password", PASSWORD, "--mimestore.count", "2"]);
    assertFails(await client(server, ["retr", "--query", "3"]), 66, "message 3");
    assertFails(await client(server, ["dele", "--query", "1,3"]), 66, "message 3");
    assertFails(await client(server, ["retr", "--query", "uid:none"]), 66, "uid");
    assertMatch((await client(server, ["stat"])).out, /^2 /);
  },
);

permitted(
  PROGRAMS,
  "a file that vanishes between LIST and RETR costs one -ERR, no more",
  async () => {
    await using folder = await temporaryFolder();
    for (const name of ["a", "b"]) {
      await Deno.writeTextFile(`${folder.path}/${name}.eml`, `Subject: ${name}\r\n\r\n`);
    }
    const store = ["--store", "localfs", "--mimestore.path", folder.path];
    await using server = await serveIzypop3([...store, "--password", PASSWORD]);
    const dialogue = await signedIn(server);
    assertEquals(await ask(dialogue, "LIST 1"), "+OK 1 14");
    await Deno.remove(`${folder.path}/a.eml`);
    assertMatch(await ask(dialogue, "RETR 1"), /^-ERR /);
    assertMatch(await ask(dialogue, "RETR 2"), /^\+OK/);
    assertEquals(await dialogue.lines(), ["Subject: b", ""]);
    assertMatch(await ask(dialogue, "QUIT"), /^\+OK/);
    dialogue.transport.close();
  },
);

permitted(PROGRAMS, "a command line of 10 MB is refused, and the session goes on", async () => {
  await using server = await serveIzypop3(["--password", PASSWORD, "--mimestore.count", "1"]);
  const dialogue = await signedIn(server);
  await dialogue.send("N".repeat(10_000_000));
  assertMatch(await ask(dialogue, ""), /^-ERR /);
  assertMatch(await ask(dialogue, "STAT"), /^\+OK 1 /);
  dialogue.transport.close();
});

/** A conversation word by word, signed in. */
async function signedIn({ hostname, port }: ServerProgram): Promise<Dialogue> {
  const dialogue = new Dialogue(await connect({ hostname, port }));
  await dialogue.line();
  await ask(dialogue, "USER me");
  assertMatch(await ask(dialogue, `PASS ${PASSWORD}`), /^\+OK/);
  return dialogue;
}

async function ask(dialogue: Dialogue, command: string): Promise<string> {
  await dialogue.send(`${command}\r\n`);
  return await dialogue.line();
}

/** A port where nobody listens: one that was given and handed back. */
