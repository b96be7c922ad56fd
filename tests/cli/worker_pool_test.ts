import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { WorkerFailure } from "../../lib/cli/errors.ts";
import type { ServerSettings } from "../../lib/cli/server/serving.ts";
import { settingsOfEach, WorkerPool } from "../../lib/cli/server/worker_pool.ts";
import { ConfigError, UsageError } from "../../lib/config/errors.ts";
import { SERVERPOP3_OPTIONS } from "../../lib/config/option_table.ts";
import { resolve } from "../../lib/config/resolve.ts";
import { ConnectionError } from "../../lib/net/errors.ts";
import { permitted } from "../helpers/permissions.ts";
import { LogBook } from "../server/dialogue.ts";

const NEEDS = { net: true, read: true, write: true, env: true, run: true, sys: true } as const;
const LOCALFS = ["--store", "localfs", "--mimestore.path", "somewhere"];

async function settings(...args: readonly string[]): Promise<ServerSettings> {
  const table = SERVERPOP3_OPTIONS;
  const request = { table, args, pairs: false, environment: () => undefined, everything: [table] };
  return (await resolve({ command: "serverpop3", ...request })).settings;
}

async function pool(oddity: string, logger: LogBook = new LogBook()): Promise<WorkerPool> {
  const module = new URL("./odd_worker.ts", import.meta.url);
  const start = {
    settings: await settings("--workers", "3", "--users", "u", "--tls-cert", "c", ...LOCALFS),
    serverName: oddity,
    decoyKey: new Uint8Array(32),
  };
  return await WorkerPool.open({ start, logger, module });
}

/** What the workers have heard, and how often. */
async function heard(workers: WorkerPool): Promise<Readonly<Record<string, number>>> {
  const families = await workers.metrics();
  const samples = families.find(({ name }) => name === "odd_total")?.samples ?? [];
  return Object.fromEntries(samples.map(({ labels, value }) => [labels["what"] ?? "", value]));
}

async function atWork(workers: WorkerPool): Promise<number> {
  const families = await workers.metrics();
  return families.find(({ name }) => name === "level")?.samples[0]?.value ?? 0;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !await holds(); tries++) {
    if (tries === 2000) throw new Error("this never came true");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const ALL_HEARD = { "came from 0": 2, "came from 1": 2, "came from 2": 2 };

/** Has each worker tell that somebody came, and waits until the others have heard of it. */
async function tellAll(workers: WorkerPool): Promise<void> {
  await workers.reloads["users"]?.();
  await until(async () => {
    const counts = Object.values(await heard(workers));
    return counts.reduce((sum, count) => sum + count, 0) >= 6;
  });
}

permitted(NEEDS, "what a worker tells reaches all others, and not itself", async () => {
  await using workers = await pool("");
  await tellAll(workers);
  assertEquals(await heard(workers), ALL_HEARD);
});

permitted(NEEDS, "a worker that breaks down is started anew, what it counted stays", async () => {
  const log = new LogBook();
  await using workers = await pool("kills", log);
  await tellAll(workers);
  await workers.reloads["certificate"]?.();
  await until(async () => log.of("error").length >= 2 && await atWork(workers) === 3);
  const breakdowns = (await workers.metrics()).at(-1);
  assertEquals(breakdowns?.name, "izypop3_worker_breakdowns_total");
  assertEquals(breakdowns?.samples[0]?.value, log.of("error").length);
  assertMatch(log.of("error")[0] ?? "", /^worker [123] broke down and is started anew: .*broken/);
  const { "came from 0": zero, "came from 1": one, "came from 2": two } = await heard(workers);
  assertEquals({ "came from 0": zero, "came from 1": one, "came from 2": two }, ALL_HEARD);
});

permitted(NEEDS, "nobody waits for a worker that breaks down", async () => {
  const workers = await pool("kills");
  const killed = workers.reloads["certificate"]?.();
  await workers.shutdown(0);
  await killed;
  await workers[Symbol.asyncDispose]();
});

permitted(
  NEEDS,
  "a worker that cannot start ends the others, with its words and code",
  async () => {
    const error = await assertRejects(
      () => pool("fails"),
      WorkerFailure,
      "Cannot do it: no reason",
    );
    assertEquals(error.exitCode, 66);
    const bug = await assertRejects(() => pool("throws at once"), WorkerFailure, "thrown at once");
    assertEquals(bug.exitCode, 70);
  },
);

permitted(NEEDS, "reading anew fails if it fails for one", async () => {
  await using workers = await pool("");
  await workers.reloads["users"]?.();
  await assertRejects(async () => await workers.reloads["certificate"]?.(), Error, "it is none");
});

permitted(NEEDS, "what workers count is summed; disposing twice is harmless", async () => {
  const workers = await pool("");
  assertEquals(await atWork(workers), 3);
  await workers[Symbol.asyncDispose]();
  await workers[Symbol.asyncDispose]();
});

permitted(NEEDS, "each worker has its share of the connections, and the same ports", async () => {
  const args = [
    "--workers",
    "3",
    "--max-connections",
    "100",
    "--message-cache",
    "3000",
    "--port",
    "0",
    "--tls-port",
    "0",
  ];
  const each = settingsOfEach(await settings(...args, ...LOCALFS), true);
  assertEquals([each["max-connections"], each["message-cache"]], [34, 1000]);
  assertEquals([each.port > 0, (each["tls-port"] ?? 0) > 0], [true, true]);
});

permitted(NEEDS, "what workers cannot share is refused with the reason", async () => {
  const two = ["--workers", "2", "--port", "0"];
  const fake = await settings(...two);
  assertThrows(() => settingsOfEach(fake, true), UsageError, "fake store");
  const plain = await settings(...two, ...LOCALFS);
  const words = Deno.build.os === "linux" ? "--unstable-net" : "Linux";
  assertThrows(() => settingsOfEach(plain, false), ConfigError, words);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = await settings("--port", String(listener.addr.port), ...LOCALFS);
  assertThrows(() => settingsOfEach(taken, true), ConnectionError, "another program");
});
