/**
 * What maildrops cost this server and Dovecot: memory for each idle user who has signed in, and
 * the time to open a large maildrop for the first and the second time.
 *
 * ```sh
 * deno run --allow-net --allow-read --allow-write --allow-env --allow-run bench/maildrops.ts
 * deno run … bench/maildrops.ts --idle 1000 --messages 20000 --rounds 5
 * IZYPOP3_BIN=dist/izypop3 deno run … bench/maildrops.ts      # the compiled program
 * ```
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { type Dovecot, startDovecot } from "../tests/helpers/dovecot.ts";
import { serveIzypop3 } from "../tests/helpers/program.ts";
import { smallMessages } from "./peers/messages.ts";
import { memoryKib } from "./peers/processes.ts";
import { median } from "./peers/table.ts";

const PASSWORD = "secret";

/** Dovecot has a process for each session: this many are enough to see what one costs. */
const DOVECOT_IDLE = 200;

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: ["idle", "messages", "rounds"],
    default: { idle: "5000", messages: "100000", rounds: "3" },
  });
  await compareIdle(Number(flags.idle));
  await compareOpening(Number(flags.messages), Number(flags.rounds));
}

async function compareIdle(users: number): Promise<void> {
  if (users === 0) return;
  const folder = await Deno.makeTempDir({ prefix: "izypop3-bench-" });
  try {
    const [message = new Uint8Array()] = smallMessages(1, "crlf");
    for (let user = 0; user < users; user++) {
      await Deno.mkdir(`${folder}/user${user}`);
      await Deno.writeFile(`${folder}/user${user}/1.eml`, message);
    }
    await using ours = await serve(`${folder}/{user}`);
    await reportIdle("izypop3", ours, users);
    const mailboxes = Object.fromEntries(
      Array.from({ length: DOVECOT_IDLE }, (_, user) => [`user${user}`, [message]]),
    );
    const settings = `service pop3 {\n  process_limit = ${2 * DOVECOT_IDLE}\n}\n` +
      `service pop3-login {\n  service_count = 0\n}\n`;
    await using dovecot = await startDovecot({ mailboxes, password: PASSWORD, settings });
    await reportIdle("Dovecot", dovecot, DOVECOT_IDLE);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Server {
  readonly port: number;
  readonly pid: number;
}

async function reportIdle(name: string, server: Server, users: number): Promise<void> {
  (await signIn(server.port, "user0")).close();
  await pause(500);
  const before = await memoryKib(server.pid);
  const sessions: Deno.TcpConn[] = [];
  for (let user = 0; user < users; user++) {
    sessions.push(await signIn(server.port, `user${user}`));
  }
  await pause(2000);
  const each = (await memoryKib(server.pid) - before) / users;
  console.log(`${name}: ${users} idle users cost ${each.toFixed(1)} KiB each`);
  for (const session of sessions) session.close();
}

async function compareOpening(messages: number, rounds: number): Promise<void> {
  if (messages === 0) return;
  const octets = smallMessages(messages, "crlf");
  for (const name of ["izypop3", "Dovecot"] as const) {
    const first: number[] = [];
    const second: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const times = name === "izypop3" ? await openOurs(octets) : await openDovecot(octets);
      first.push(times[0]);
      second.push(times[1]);
    }
    console.log(
      `${name}: ${messages} messages, first opening ${median(first).toFixed(3)} s, ` +
        `second ${median(second).toFixed(3)} s`,
    );
  }
}

/** Both openings; the second one by a server that was started anew. */
async function openOurs(messages: readonly Uint8Array[]): Promise<[number, number]> {
  const folder = await Deno.makeTempDir({ prefix: "izypop3-bench-" });
  try {
    await Deno.mkdir(`${folder}/large`);
    for (const [index, octets] of messages.entries()) {
      await Deno.writeFile(`${folder}/large/${index}.eml`, octets);
    }
    return [await openOnce(`${folder}/{user}`), await openOnce(`${folder}/{user}`)];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function openOnce(path: string): Promise<number> {
  await using server = await serve(path);
  return await secondsToOpen(server.port);
}

/** Dovecot keeps what it knows of a maildrop in files, so that no new start is needed. */
async function openDovecot(messages: readonly Uint8Array[]): Promise<[number, number]> {
  await using dovecot: Dovecot = await startDovecot({
    mailboxes: { large: messages },
    password: PASSWORD,
  });
  return [await secondsToOpen(dovecot.port), await secondsToOpen(dovecot.port)];
}

function serve(path: string): ReturnType<typeof serveIzypop3> {
  const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", path];
  return serveIzypop3([...store, "--password", PASSWORD]);
}

/** From the connection to the answer to STAT. */
async function secondsToOpen(port: number): Promise<number> {
  const start = performance.now();
  const session = await signIn(port, "large");
  await ask(session, "STAT");
  const seconds = (performance.now() - start) / 1000;
  await ask(session, "QUIT");
  session.close();
  return seconds;
}

async function signIn(port: number, user: string): Promise<Deno.TcpConn> {
  const session = await Deno.connect({ hostname: "127.0.0.1", port });
  await receive(session);
  await ask(session, `USER ${user}`);
  await ask(session, `PASS ${PASSWORD}`);
  return session;
}

async function ask(session: Deno.TcpConn, command: string): Promise<void> {
  await session.write(new TextEncoder().encode(`${command}\r\n`));
  await receive(session);
}

async function receive(session: Deno.TcpConn): Promise<void> {
  const input = new Uint8Array(512);
  const count = await session.read(input) ?? 0;
  const line = new TextDecoder().decode(input.subarray(0, count));
  if (!line.startsWith("+OK")) throw new Error(`The server said: ${line}`);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

if (import.meta.main) await main();
