/**
 * One worker against several (`serverpop3 --workers`), in turn, in one run.
 *
 * ```sh
 * deno run --allow-net --allow-read --allow-write --allow-env --allow-run bench/workers.ts
 * deno run … bench/workers.ts --workers 4 --rounds 9
 * ```
 *
 * The load comes from two generators and shares the cores with the servers: what several workers
 * can gain is what one leaves idle beside the load.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { serveIzypop3, type ServerProgram } from "../tests/helpers/program.ts";
import { fillStore } from "./peers/fill.ts";
import type { Job } from "./peers/load.ts";
import { largeMessages, smallMessages } from "./peers/messages.ts";
import { cpuSeconds, Generator } from "./peers/processes.ts";

const PASSWORD = "secret";

/** Connections at a time; with one for each user no maildrop is in use when the next one comes. */
const USERS = 8;
const SESSIONS = 800;
const SMALL = 1000;
const LARGE = 20;
const TLS_SESSIONS = 200;

const CERTIFICATES = new URL("../tests/helpers/certs/", import.meta.url);

interface Load {
  readonly name: string;
  /** What is done in all. */
  readonly amount: number;
  run(server: ServerProgram): Promise<void>;
}

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: ["workers", "rounds"],
    default: { workers: "2", rounds: "5" },
  });
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "izypop3-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await fill(folder);
  const servers: ServerProgram[] = [];
  for (const workers of ["1", String(flags.workers)]) {
    servers.push(stack.use(await serve(workers, folder)));
  }
  const generators = [stack.use(new Generator()), stack.use(new Generator())];
  console.log(
    `1 and ${flags.workers} workers, Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores`,
  );
  for (const load of loads(generators)) await measure(load, servers, Number(flags.rounds));
}

async function fill(folder: string): Promise<void> {
  for (let index = 0; index < USERS; index++) {
    await fillStore(`${folder}/poll${index}`, smallMessages(10, "crlf"));
  }
  for (const index of [0, 1]) {
    await fillStore(`${folder}/small${index}`, smallMessages(SMALL, "crlf"));
    await fillStore(`${folder}/large${index}`, largeMessages(LARGE, "crlf"));
  }
}

async function serve(workers: string, folder: string): Promise<ServerProgram> {
  const path = (file: string) => new URL(file, CERTIFICATES).pathname;
  return await serveIzypop3([
    ...["--workers", workers, "--password", PASSWORD, "--tls-port", "0"],
    ...["--mimestore.modhandler", "localfs", "--mimestore.path", `${folder}/{user}`],
    ...["--tls-cert", path("server.pem"), "--tls-key", path("server.key")],
  ]);
}

function loads(generators: readonly Generator[]): readonly Load[] {
  const each = async (job: (index: number) => Job): Promise<void> => {
    await Promise.all(generators.map((generator, index) => generator.run(job(index))));
  };
  const half = USERS / 2;
  const password = PASSWORD;
  return [
    {
      name: "sign-ins a second",
      amount: SESSIONS,
      run: ({ port }) =>
        each((index) => ({
          kind: "sign-in",
          port,
          password,
          users: Array.from({ length: half }, (_, user) => `poll${index * half + user}`),
          count: SESSIONS / 2,
        })),
    },
    {
      name: "small messages a second, lock-step, two connections",
      amount: 2 * SMALL,
      run: ({ port }) =>
        each((index) => ({
          kind: "lock-step",
          port,
          password,
          user: `small${index}`,
          count: SMALL,
        })),
    },
    {
      name: "MB a second in large messages, two connections",
      amount: 2 * largeMessages(LARGE, "crlf").reduce((sum, { length }) => sum + length, 0) / 1e6,
      run: ({ port }) =>
        each((index) => ({
          kind: "lock-step",
          port,
          password,
          user: `large${index}`,
          count: LARGE,
        })),
    },
    { name: "sign-ins a second over TLS", amount: TLS_SESSIONS, run: signInOverTls },
  ];
}

async function signInOverTls(server: ServerProgram): Promise<void> {
  const port = Number(/offers TLS on \S+:(\d+)$/m.exec(server.log())?.[1]);
  const caCerts = [await Deno.readTextFile(new URL("ca.pem", CERTIFICATES))];
  let left = TLS_SESSIONS;
  await Promise.all(Array.from({ length: USERS }, async (_, user) => {
    const reply = new Uint8Array(4096);
    while (left-- > 0) {
      using conn = await Deno.connectTls({ hostname: "localhost", port, caCerts });
      await conn.read(reply);
      for (const command of [`USER poll${user}`, `PASS ${PASSWORD}`, "UIDL", "QUIT"]) {
        await conn.write(new TextEncoder().encode(`${command}\r\n`));
        await conn.read(reply);
      }
    }
  }));
}

/** Each once to warm up, then in turn; medians, and the CPU seconds of the server for a round. */
async function measure(
  load: Load,
  servers: readonly ServerProgram[],
  rounds: number,
): Promise<void> {
  const rates = servers.map((): number[] => []);
  const cpu = servers.map(() => 0);
  for (const server of servers) await load.run(server);
  for (let round = 0; round < rounds; round++) {
    for (const [index, server] of servers.entries()) {
      const before = await cpuSeconds(server.pid);
      const start = performance.now();
      await load.run(server);
      rates[index]?.push(load.amount / ((performance.now() - start) / 1000));
      cpu[index] = (cpu[index] ?? 0) + (await cpuSeconds(server.pid) - before) / rounds;
    }
  }
  const [one = 0, several = 0] = rates.map(median);
  const [cpuOne = 0, cpuSeveral = 0] = cpu;
  console.log(
    `${load.name}: ${one.toFixed(0)} and ${several.toFixed(0)}, ratio ` +
      `${(several / one).toFixed(2)}; CPU ${cpuOne.toFixed(2)} and ${cpuSeveral.toFixed(2)} s`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

if (import.meta.main) await main();
