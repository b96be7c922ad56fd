/** Server programs that share a folder, are killed, or wait in vain for their clients. */
import { assertEquals, assertMatch } from "@std/assert";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { izypop3, PASSWORD, PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { serveIzypop3, type ServerProgram } from "../helpers/program.ts";
import { Dialogue } from "../server/dialogue.ts";

async function fill(path: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await Deno.writeTextFile(`${path}/${i}.eml`, `Subject: ${i}\r\n\r\nx\r\n`);
  }
}

function serve(path: string, ...flags: readonly string[]): Promise<ServerProgram> {
  const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", path];
  return serveIzypop3([...store, "--password", PASSWORD, ...flags]);
}

async function connect({ hostname, port }: ServerProgram): Promise<Dialogue & Disposable> {
  const transport = denoTransport(await Deno.connect({ hostname, port }));
  const dialogue = new Dialogue(transport);
  return Object.assign(dialogue, { [Symbol.dispose]: () => transport.close() });
}

async function signIn(me: Dialogue, status = "+OK"): Promise<void> {
  await me.expect("greeting", "+OK");
  await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, status]);
}

/** The tags in a folder, sorted, with how often they occur. */
async function tagsIn(path: string): Promise<Record<string, number>> {
  const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", path];
  const { out } = await izypop3(["querystore", "--json", ...store]);
  // The item's keys are fixed by the contract of the command line.
  const items = out.split("\n").filter(Boolean).map((line) => JSON.parse(line) as { tag: string });
  const groups = Map.groupBy(items, ({ tag }) => tag);
  return Object.fromEntries([...groups].map(([tag, { length }]) => [tag, length]));
}

permitted(PROGRAMS, "a lock holds between two servers and dies with a killed one", async () => {
  await using folder = await temporaryFolder();
  await fill(folder.path, 3);
  await using one = await serve(folder.path);
  await using two = await serve(folder.path);
  using first = await connect(one);
  await signIn(first);
  await first.talk(["DELE 1", "+OK"]);
  using second = await connect(two);
  await signIn(second, "-ERR [IN-USE]");
  Deno.kill(one.pid, "SIGKILL");
  await one.ended;
  await second.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"], ["STAT", /^\+OK 3 /]);
  await second.talk(["DELE 2", "+OK"], ["QUIT", "+OK"]);
  assertEquals(await tagsIn(folder.path), { archive: 1, unread: 2 });
});

permitted(PROGRAMS, "with --no-lock two servers serve one folder at a time", async () => {
  await using folder = await temporaryFolder();
  await fill(folder.path, 2);
  await using one = await serve(folder.path, "--no-lock");
  await using two = await serve(folder.path, "--no-lock");
  using first = await connect(one);
  using second = await connect(two);
  await signIn(first);
  await signIn(second);
  await first.talk(["DELE 1", "+OK"], ["QUIT", "+OK"]);
  await second.talk(["STAT", /^\+OK 2 /], ["DELE 1", "+OK"], ["DELE 2", "+OK"], ["QUIT", "+OK"]);
  assertEquals(await tagsIn(folder.path), { archive: 2 });
});

permitted(PROGRAMS, "an idle session in commit mode leaves pop3failed, and no word", async () => {
  await using folder = await temporaryFolder();
  await fill(folder.path, 3);
  await using server = await serve(
    folder.path,
    "--mimestore.commitmode",
    "--idle-timeout",
    "3",
  );
  using me = await connect(server);
  await signIn(me);
  await me.talk(["DELE 2", "+OK"], ["RETR 1", "+OK"]);
  await me.message();
  await me.closed();
  // The line is closed first; what the session had staged is done when it says that it ended.
  assertMatch(await server.logged("session ended"), /user=me .* ended="idle time-out"/);
  assertEquals(await tagsIn(folder.path), { pop3failed: 1, unread: 2 });
});

permitted(
  PROGRAMS,
  "what a killed server had staged is pop3failed at the next sign-in",
  async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path, 2);
    await using one = await serve(folder.path, "--mimestore.commitmode");
    using first = await connect(one);
    await signIn(first);
    await first.talk(["RETR 1", "+OK"]);
    await first.message();
    Deno.kill(one.pid, "SIGKILL");
    await one.ended;
    await using two = await serve(folder.path, "--mimestore.commitmode");
    using second = await connect(two);
    await signIn(second);
    await second.talk(["STAT", /^\+OK 1 /], ["QUIT", "+OK"]);
    assertEquals(await tagsIn(folder.path), { pop3failed: 1, unread: 1 });
  },
);

permitted(PROGRAMS, "a server killed at QUIT has deleted all or nothing", async () => {
  await using folder = await temporaryFolder();
  const count = 1200;
  await fill(folder.path, count);
  await using server = await serve(folder.path);
  using me = await connect(server);
  await signIn(me);
  const deletions = Array.from({ length: count }, (_, i) => `DELE ${i + 1}\r\n`).join("");
  await me.send(`${deletions}NOOP\r\nQUIT\r\n`);
  for (let i = 0; i <= count; i++) await me.expect("DELE or NOOP", "+OK");
  // The first file that is moved is a sign that it is at work; a fast one may be done by now.
  for (let moved = false; !moved;) {
    moved = await Deno.stat(`${folder.path}/archive`).then(() => true, () => false);
  }
  Deno.kill(server.pid, "SIGKILL");
  await server.ended;
  const tags = await tagsIn(folder.path);
  assertEquals(
    [{ unread: count }, { archive: count }].some((all) => {
      return JSON.stringify(all) === JSON.stringify(tags);
    }),
    true,
    JSON.stringify(tags),
  );
});
