/**
 * Sign-in and download loads against this server and Dovecot, in turn, in one run.
 *
 * ```sh
 * deno run --allow-net --allow-read --allow-write --allow-env --allow-run bench/peers.ts
 * deno run … bench/peers.ts --rounds 9 --only sign-in,lock-step
 * IZYPOP3_BIN=dist/izypop3 deno run … bench/peers.ts      # the compiled program
 * ```
 *
 * The third column, "bare", is a server whose replies lie ready in memory: the most that the load
 * generator can measure. README.md beside this file says how each figure comes about.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { startDovecot } from "../tests/helpers/dovecot.ts";
import { runIzypop3, runProgram, serveIzypop3 } from "../tests/helpers/program.ts";
import { fillStore } from "./peers/fill.ts";
import type { Job } from "./peers/load.ts";
import { type Form, largeMessages, smallMessages } from "./peers/messages.ts";
import { cpuSeconds, Generator, startBareServer } from "./peers/processes.ts";
import { type Measurement, table } from "./peers/table.ts";

const PASSWORD = "secret";

/** One connection to a server reads one process there, so each core has something to do. */
const CONNECTIONS = 4;

interface Sizes {
  readonly rounds: number;
  readonly sessions: number;
  readonly small: number;
  readonly large: number;
  readonly form: Form;
  readonly only: readonly string[];
  readonly cold: boolean;
}

interface Peer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
}

async function main(): Promise<void> {
  const sizes = readFlags();
  await using stack = new AsyncDisposableStack();
  const peers = await startPeers(sizes, stack);
  const generator = stack.use(new Generator());
  const measurements: Measurement[] = [];
  for (const [name, job, unit] of loads(sizes)) {
    if (sizes.only.length > 0 && !sizes.only.includes(name)) continue;
    console.error(`${name} …`);
    measurements.push(await measure(name, unit, job, peers, generator, sizes.rounds));
  }
  console.log(await versions());
  console.log(table(measurements));
}

function readFlags(): Sizes {
  const flags = parseArgs(Deno.args, {
    string: ["rounds", "sessions", "small", "large", "form", "only"],
    boolean: ["cold"],
    default: { rounds: "5", sessions: "400", small: "2000", large: "40", form: "crlf", only: "" },
  });
  return {
    rounds: Number(flags.rounds),
    sessions: Number(flags.sessions),
    small: Number(flags.small),
    large: Number(flags.large),
    form: flags.form === "lf" ? "lf" : "crlf",
    only: String(flags.only).split(",").filter((name) => name !== ""),
    cold: flags.cold === true,
  };
}

type Unit = "sessions" | "messages" | "MB";

/** Each load by name, as a job without the port, and what it is counted in. */
function loads(sizes: Sizes): [string, (port: number, octets: number) => Job, Unit][] {
  const users = Array.from({ length: CONNECTIONS }, (_, index) => `poll${index}`);
  const password = PASSWORD;
  const small = { user: "small", password, count: sizes.small };
  const large = { user: "large", password, count: sizes.large };
  return [
    [
      "sign-in",
      (port) => ({ kind: "sign-in", port, users, password, count: sizes.sessions }),
      "sessions",
    ],
    ["lock-step", (port) => ({ kind: "lock-step", port, ...small }), "messages"],
    ["pipelined", (port, octets) => ({ kind: "pipelined", port, ...small, octets }), "messages"],
    ["large", (port) => ({ kind: "lock-step", port, ...large }), "MB"],
  ];
}

async function startPeers(sizes: Sizes, stack: AsyncDisposableStack): Promise<Peer[]> {
  const mailboxes: Record<string, Uint8Array[]> = {
    small: smallMessages(sizes.small, sizes.form),
    large: largeMessages(sizes.large, sizes.form),
  };
  for (let index = 0; index < CONNECTIONS; index++) {
    mailboxes[`poll${index}`] = smallMessages(10, sizes.form);
  }
  const folder = await Deno.makeTempDir({ prefix: "izypop3-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  for (const [user, messages] of Object.entries(mailboxes)) {
    await fillStore(`${folder}/${user}`, messages);
  }
  const ours = stack.use(
    await serveIzypop3([
      ...["--mimestore.modhandler", "localfs", "--mimestore.path", `${folder}/{user}`],
      ...["--password", PASSWORD],
      ...(sizes.cold ? ["--message-cache", "0"] : []),
    ]),
  );
  const dovecot = stack.use(
    await startDovecot({ mailboxes, password: PASSWORD, settings: TUNED }),
  );
  const bare = stack.use(await startBareServer(sizes.small, sizes.large));
  return [
    { name: "izypop3", port: ours.port, pid: ours.pid },
    { name: "Dovecot", port: dovecot.port, pid: dovecot.pid },
    { name: "bare", port: bare.port, pid: bare.pid },
  ];
}

/** As its manual advises for many short sessions: processes stay and wait for the next one. */
const TUNED = `
service pop3-login {
  service_count = 0
  process_min_avail = ${navigator.hardwareConcurrency}
}
service pop3 {
  service_count = 0
  process_min_avail = ${CONNECTIONS}
}
service auth {
  client_limit = 1000
}
auth_cache_size = 1M
pop3_no_flag_updates = yes
`;

/** Every peer once to warm up, then `rounds` times in turn, so that all meet the same machine. */
async function measure(
  name: string,
  unit: Unit,
  job: (port: number, octets: number) => Job,
  peers: readonly Peer[],
  generator: Generator,
  rounds: number,
): Promise<Measurement> {
  const seconds = peers.map((): number[] => []);
  const cpu = peers.map(() => 0);
  const octets: number[] = [];
  for (const peer of peers) {
    const warm = job(peer.port, 0);
    const first: Job = warm.kind === "pipelined" ? { ...warm, kind: "lock-step" } : warm;
    octets.push((await generator.run(first)).octets);
  }
  for (let round = 0; round < rounds; round++) {
    for (const [index, peer] of peers.entries()) {
      const before = await cpuSeconds(peer.pid);
      const result = await generator.run(job(peer.port, octets[index] ?? 0));
      cpu[index] = (cpu[index] ?? 0) + await cpuSeconds(peer.pid) - before;
      seconds[index]?.push(result.seconds);
    }
  }
  const amount = unit === "MB" ? (octets[0] ?? 0) / 1e6 : job(0, 0).count;
  return {
    name,
    unit,
    amount,
    peers: peers.map((peer, index) => ({
      name: peer.name,
      seconds: seconds[index] ?? [],
      cpu: (cpu[index] ?? 0) / rounds,
    })),
  };
}

async function versions(): Promise<string> {
  const first = (octets: Uint8Array) => new TextDecoder().decode(octets).split("\n")[0]?.trim();
  const ours = await runIzypop3(["--version"]);
  const dovecot = await runProgram("doveconf", ["-n", "-c", "/dev/null"]);
  const how = (Deno.env.get("IZYPOP3_BIN") ?? "") === "" ? "deno run" : "compiled";
  return `${first(ours.stdout)} (${how}, Deno ${Deno.version.deno}) · Dovecot ` +
    `${first(dovecot.stdout)?.replace(/^# /, "").split(" ")[0]} · ` +
    `${navigator.hardwareConcurrency} cores, ${Deno.build.os} ${Deno.build.arch}`;
}

if (import.meta.main) await main();
