/** What sync promises beside fetching: days that are kept, runs side by side, a bar for people. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  client,
  izypop3,
  izypop3ReadOnce,
  PASSWORD,
  PROGRAMS,
  temporaryFolder,
} from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { izypop3Command, runProgram, serveIzypop3 } from "../helpers/program.ts";
import { text } from "../helpers/random.ts";

const DAY = 86_400_000;

permitted(
  PROGRAMS,
  "--keep-days deletes what was stored so long ago, and nothing else",
  async () => {
    await using folder = await temporaryFolder();
    const [mailbox, here] = [`${folder.path}/mailbox`, `${folder.path}/here`];
    await Deno.mkdir(mailbox);
    for (const name of ["a", "b", "c"]) {
      await Deno.writeTextFile(`${mailbox}/${name}.eml`, `Subject: ${name}\r\n\r\n`);
    }
    const serve = ["--store", "localfs", "--mimestore.path", mailbox, "--on-delete", "remove"];
    await using server = await serveIzypop3([...serve, "--password", PASSWORD]);
    const store = ["--store", "localfs", "--mimestore.path", here];
    const left = async () =>
      (await client(server, ["uidl"])).lines.map((line) => line.split(" ")[1]);

    assertEquals((await client(server, ["sync", "--keep-days", "3", ...store])).code, 0);
    assertEquals((await left()).length, 3);
    // When a message came is the time of its file, where there is no index to tell.
    for (
      const { name } of [...Deno.readDirSync(here)].filter(({ name }) => name.endsWith(".eml"))
    ) {
      const days = name.includes("_a.") ? 4 : name.includes("_b.") ? 2 : 0;
      const then = new Date(Date.now() - days * DAY);
      await Deno.utime(`${here}/${name}`, then, then);
    }
    await Deno.remove(`${here}/.izypop3`, { recursive: true });

    const later = await client(server, ["sync", "--keep-days", "3", ...store]);
    assertEquals([later.code, await left()], [0, ["b", "c"]], later.err);
    assertMatch(later.err, /0 new, 3 known, 1 deleted at the server/);
    assertEquals((await client(server, ["sync", "--keep-days", "0", ...store])).code, 0);
    assertEquals(await left(), []);
    // What is gone at the server is kept here.
    assertEquals((await izypop3(["querystore", ...store])).lines.length, 3);
  },
);

permitted(PROGRAMS, "two runs at once into one store store every message once", async () => {
  await using folder = await temporaryFolder();
  const fake = ["--password", PASSWORD, "--mimestore.count", "150"];
  // One mailbox on two ports: its messages come from me@127.0.0.1 either way, and no lock helps.
  await using one = await serveIzypop3(fake);
  await using other = await serveIzypop3(fake);
  for (const name of ["localfs", "maildir"]) {
    const store = ["--store", name, "--mimestore.path", `${folder.path}/${name}`];
    const runs = await Promise.all(
      [one, other, one].map((server) => client(server, ["sync", "--retries", "9", ...store])),
    );
    for (const { code, err } of runs) assertEquals(code, 0, err);
    const items = await izypop3(["querystore", "--json", ...store]);
    const guids = items.lines.map((line) => JSON.parse(line).guid);
    assertEquals([guids.length, new Set(guids).size], [150, 150]);
    assertEquals((await izypop3(["querystore", "verify", ...store])).code, 0);
    const added = runs.flatMap(({ err }) => Number(/(\d+) new,/.exec(err)?.[1] ?? NaN));
    assertEquals(added.reduce((sum, count) => sum + count, 0), 150);
  }
});

permitted(
  { ...PROGRAMS, programs: ["script"] },
  "on a terminal a bar shows messages, octets and rate; with --no-progress none, nor in a pipe",
  async () => {
    await using folder = await temporaryFolder();
    const fake = ["--mimestore.count", "40", "--mimestore.size", "200k"];
    await using server = await serveIzypop3(["--password", PASSWORD, ...fake]);
    const shown = async (name: string, ...flags: readonly string[]): Promise<string> => {
      const where = ["--ip", server.hostname, "--port", `${server.port}`, "--user", "me"];
      const store = ["--store", "localfs", "--mimestore.path", `${folder.path}/${name}`];
      const words = [...izypop3Command(), "clientpop3", ...where, "sync", ...store, ...flags];
      // The octets that go to the terminal are those that script writes.
      const line = words.map((word) => `'${word}'`).join(" ");
      const env = { IZYPOP3_PASS: PASSWORD, TERM: "xterm", SHELL: "/bin/sh" };
      const options = { env, cwd: folder.path };
      const run = await runProgram(
        "script",
        ["-qec", `stty cols 120; ${line} > out`, "/dev/null"],
        options,
      );
      assertEquals(run.code, 0, run.stderr);
      return text(run.stdout);
    };
    const bar = /retr \[#*-*\] \d+\/40 +\d+% {2}[\d.]+ [KM]?B of [\d.]+ MB/;
    const seen = await shown("bar");
    assertMatch(seen, bar);
    // It is gone when all is done.
    assertStringIncludes(
      seen.slice(seen.lastIndexOf("retr [")),
      "\r\x1b[Kizypop3: 40 new, 0 known",
    );
    assertEquals(bar.test(await shown("none", "--no-progress")), false);
    const piped = await client(server, [
      "sync",
      "--store",
      "localfs",
      "--mimestore.path",
      `${folder.path}/piped`,
    ]);
    assertMatch(piped.err, /^izypop3: 40 new, 0 known, \d+ octets in [\d.]+ s\n$/);
  },
);

permitted(PROGRAMS, "a sync goes on when nobody reads its output any more", async () => {
  await using folder = await temporaryFolder();
  await using server = await serveIzypop3(["--password", PASSWORD, "--mimestore.count", "300"]);
  const store = ["--store", "localfs", "--mimestore.path", `${folder.path}/here`];
  const where = ["--ip", "127.0.0.1", "--port", `${server.port}`, "--user", "me"];
  const words = ["clientpop3", ...where, "--pass", PASSWORD, ...store, "sync"];
  const { code, err } = await izypop3ReadOnce(words);
  assertEquals(code, 0, err);
  assertMatch(err, /300 new, 0 known/);
  assertEquals((await izypop3(["querystore", ...store])).lines.length, 300);
});
