/** The program among others: version, help, pipes, signals, standard input. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { answeringServer } from "../helpers/answering_server.ts";
import {
  client,
  izypop3,
  izypop3ReadOnce,
  PASSWORD,
  PROGRAMS,
  temporaryFolder,
} from "../helpers/command_line.ts";
import { kill } from "../helpers/kill.ts";
import { permitted } from "../helpers/permissions.ts";
import { izypop3Command, serveIzypop3 } from "../helpers/program.ts";

permitted(PROGRAMS, "--version and --help write to stdout and end with 0", async () => {
  assertMatch((await izypop3(["--version"], { apart: true })).out, /^izypop3 \d+\.\d+\.\d+\n$/);
  for (const args of [["help"], ["--help"], ["serverpop3", "--help"], ["clientpop3", "--help"]]) {
    const { code, out, err } = await izypop3(args, { apart: true });
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, "Usage: izypop3 ");
  }
});

permitted(PROGRAMS, "the program's own tests pass", async () => {
  const { code, lines, err } = await izypop3(["test"]);
  assertEquals([code, err], [0, ""], lines.join("\n"));
  assertMatch(lines.at(-1) ?? "", /^[1-9]\d* passed, 0 failed$/);
  for (const dialogue of ["badlogin", "listandquit", "pop3failed", "retrsuccess"]) {
    assert(lines.some((line) => line.startsWith(`ok      ${dialogue}`)), dialogue);
  }
});

permitted(
  PROGRAMS,
  "the program's tests leave nothing in the folder that they were given",
  async () => {
    await using folder = await temporaryFolder();
    const store = ["--store", "localfs", "--mimestore.path", folder.path];
    const { code, lines } = await izypop3(["test", "--json", ...store]);
    assertEquals([code, [...Deno.readDirSync(folder.path)]], [0, []]);
    assertEquals(JSON.parse(lines.at(-1) ?? "").failed, 0);
  },
);

permitted(PROGRAMS, "messages are put into a store, looked at, marked, checked", async (t) => {
  await using folder = await temporaryFolder();
  const [path, file] = [`${folder.path}/store`, `${folder.path}/in.txt`];
  await Deno.writeTextFile(file, "Subject: from a file\n\n.\n");
  const store = ["--store", "localfs", "--mimestore.path", path];
  const query = (...args: readonly string[]) => izypop3(["querystore", ...store, ...args]);

  await t.step("add takes files and standard input, each message once", async () => {
    const stdin = new TextEncoder().encode("Subject: from stdin\r\n\r\n");
    const args = ["querystore", ...store, "add", file, "-", file, "--json"];
    const { code, lines, err } = await izypop3(args, { stdin, apart: true });
    assertEquals([code, err], [0, ""]);
    const facts = lines.map((line) => JSON.parse(line));
    assertEquals(facts.map(({ duplicate }) => duplicate), [undefined, undefined, true]);
    // A bare line feed is one octet here, and two on the wire.
    assertEquals(facts.map(({ size }) => size), [27, 23, 27]);
  });

  await t.step("add takes all messages of a folder, in the order of their names", async () => {
    const mail = `${folder.path}/mail`;
    await Deno.mkdir(`${mail}/deep/.hidden`, { recursive: true });
    const files = ["b.eml", "a.EML", "deep/c.eml", "deep/.hidden/d.eml", ".e.eml", "f.txt"];
    for (const name of files) await Deno.writeTextFile(`${mail}/${name}`, `Subject: ${name}\n\n`);
    await Deno.symlink(file, `${mail}/link.eml`);
    const into = ["--store", "localfs", "--mimestore.path", `${folder.path}/copy`];
    assertEquals((await izypop3(["querystore", ...into, "add", mail])).code, 0);
    const { lines } = await izypop3(["querystore", ...into, "--json"]);
    const sizes = lines.map((line) => JSON.parse(line).size);
    assertEquals(sizes, ["a.EML", "b.eml", "deep/c.eml"].map((name) => name.length + 13));
  });

  const ids: string[] = [];
  await t.step("query prints a line or an object an item", async () => {
    const { lines } = await query("--json");
    const items = lines.map((line) => JSON.parse(line));
    assertEquals(Object.keys(items[0]), ["id", "guid", "tag", "size", "sourceid", "name"]);
    ids.push(...items.map(({ id }) => id));
    const plain = await query("--query.order", "desc", "--query.limit", "1");
    assertEquals(plain.lines.length, 1);
    assertMatch(plain.out, new RegExp(`^${ids[1]} sha256-[0-9a-f]{64} unread 23 local - \\S+\\n$`));
  });

  await t.step("cat writes the octets that were added", async () => {
    const [first = ""] = ids;
    assertEquals((await query("cat", "--query.id", first)).out, "Subject: from a file\n\n.\n");
    const missing = await query("cat", "--query.id", "none");
    assertEquals([missing.code, missing.out], [66, ""]);
  });

  await t.step("mark changes the tag, status counts by tag", async () => {
    const [, second = ""] = ids;
    assertEquals((await query("mark", "--query.id", second, "--tag", "staged")).code, 0);
    const { lines } = await query("status");
    assertEquals(lines.slice(0, 3), ["unread 1 27", "archive 0 0", "staged 1 23"]);
    assertEquals((await query("--query.tags", "staged,nonsense")).lines.length, 1);
    assertEquals((await query("mark", "--query.id", second, "--tag", "nonsense")).code, 64);
  });

  await t.step("verify names what is damaged, and ends with 65", async () => {
    assertEquals((await query("verify")).code, 0);
    const [damaged] = (await query("--query.tags", "unread", "--json")).lines;
    const { id, name } = JSON.parse(damaged ?? "");
    const octets = await Deno.readFile(`${path}/${name}`);
    octets[0] = 0x73;
    await Deno.writeFile(`${path}/${name}`, octets);
    const { code, out, err } = await query("verify");
    assertEquals([code, out], [65, `${id} ${name}\n`]);
    assertStringIncludes(err, name);
  });
});

permitted(PROGRAMS, "test --testtype mimestore shows what the query finds", async () => {
  const store = ["--mimestore.modhandler", "fake", "--mimestore.count", "5"];
  const args = ["test", "--testtype", "mimestore", ...store];
  assertEquals((await izypop3(args)).lines.length, 5);
  const found = await izypop3([...args, "--query.limit", "2", "--query.tags", "unread,archive"]);
  assertEquals(found.lines.map((line) => line.split(" ")[2]), ["unread", "unread"]);
  assertEquals((await izypop3([...args, "--query.tags", "abc"])).out, "");
});

permitted(PROGRAMS, "a reader that goes away ends the program quietly", async () => {
  const flags = ["--password", PASSWORD, "--mimestore.size", "100k", "--query.limit", "20"];
  await using server = await serveIzypop3(flags);
  const where = ["--ip", server.hostname, "--port", `${server.port}`, "--user", "me"];
  const said = await izypop3ReadOnce(["clientpop3", ...where, "retr"], { IZYPOP3_PASS: PASSWORD });
  assertEquals(said, { code: 0, err: "" });
});

permitted(PROGRAMS, "a signal ends the waiting for --pass-command", async () => {
  await using folder = await temporaryFolder();
  const pipe = `${folder.path}/pipe`;
  const [program, ...before] = izypop3Command();
  const where = ["--ip", "127.0.0.1", "--port", "1", "--user", "me"];
  // What the shell starts outlives it, and holds its output open until somebody writes.
  const command = `mkfifo ${pipe}; (echo asked >&2; cat ${pipe}) | cat`;
  const child = new Deno.Command(program, {
    args: [...before, "clientpop3", ...where, "--pass-command", command, "list"],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stderr.getReader();
  await reader.read();
  reader.releaseLock();
  child.kill("SIGTERM");
  const { code } = await child.status;
  await Deno.writeTextFile(pipe, "");
  await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  assertEquals(code, 143);
});

permitted(PROGRAMS, "a signal ends the client also where nobody reads what it writes", async () => {
  await using server = answeringServer("+OK ready\r\n", {
    LIST: "+OK\r\n1 8000000\r\n.\r\n",
    "RETR 1": `+OK\r\n${`${"x".repeat(78)}\r\n`.repeat(100_000)}.\r\n`,
  });
  const where = ["--ip", server.hostname, "--port", `${server.port}`, "--user", "me"];
  const [program, ...before] = izypop3Command();
  const child = new Deno.Command(program, {
    args: [...before, "clientpop3", ...where, "--auth", "user", "retr"],
    env: { IZYPOP3_PASS: PASSWORD },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  // From now on it waits for us, not for the server.
  assertEquals((await reader.read()).done, false);
  child.kill("SIGINT");
  const timer = setTimeout(() => kill(child), 30_000);
  const { code, signal } = await child.status;
  clearTimeout(timer);
  await reader.cancel();
  await child.stderr.cancel();
  assertEquals([code, signal], [130, null]);
});

permitted(PROGRAMS, "signals end the client with 130 or 143, and nothing is deleted", async () => {
  const dialogue = { LIST: "+OK\r\n1 9\r\n.\r\n", "RETR 1": "+OK\r\nSubject:" };
  for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await using server = answeringServer("+OK ready\r\n", dialogue);
    const [program, ...before] = izypop3Command();
    const where = ["--ip", server.hostname, "--port", `${server.port}`, "--user", "me"];
    const child = new Deno.Command(program, {
      args: [...before, "clientpop3", ...where, "--auth", "user", "retr"],
      env: { IZYPOP3_PASS: PASSWORD },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    while (!server.commands().includes("RETR 1")) await soon();
    child.kill(name);
    const { stderr, code: found } = await child.output();
    assertEquals([found, new TextDecoder().decode(stderr)], [code, ""]);
    assertEquals(server.commands().includes("QUIT"), false);
  }
});

permitted(PROGRAMS, "signals end the server with 0, and its sessions get their time", async () => {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    const flags = ["--password", PASSWORD, "--mimestore.count", "1", "--grace", "20"];
    await using server = await serveIzypop3(flags);
    const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
    const chunk = new Uint8Array(512);
    await connection.read(chunk);
    Deno.kill(server.pid, name);
    await server.logged("shutting down");
    // No new connections any more, but this one goes on to its end.
    assertEquals((await client(server, ["stat"])).code, 69);
    await connection.write(new TextEncoder().encode("QUIT\r\n"));
    const count = await connection.read(chunk) ?? 0;
    assertMatch(new TextDecoder().decode(chunk.subarray(0, count)), /^\+OK/);
    connection.close();
    assertEquals(await server.ended, 0);
  }
});

permitted(
  PROGRAMS,
  "a second signal ends the server without waiting for its sessions",
  async () => {
    const flags = ["--password", PASSWORD, "--mimestore.count", "1", "--grace", "1000"];
    await using server = await serveIzypop3(flags);
    const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
    await connection.read(new Uint8Array(512));
    Deno.kill(server.pid, "SIGINT");
    await server.logged("shutting down");
    assertEquals(await server.stop(), 0);
    connection.close();
  },
);

permitted(PROGRAMS, "without grace open sessions are cut when the server ends", async () => {
  await using server = await serveIzypop3(["--password", PASSWORD, "--grace", "0"]);
  const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
  const chunk = new Uint8Array(512);
  await connection.read(chunk);
  assertEquals(await server.stop(), 0);
  connection.close();
});

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
