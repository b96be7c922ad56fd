/**
 * `--workers N`: threads that share the port, each with an event loop of its own. The system gives
 * each its share of the connections; this thread only starts them, passes on what they must know of
 * each other, and sums up what they count.
 *
 * @module
 */
import { ConfigError, UsageError } from "../../config/errors.ts";
import type { Logger } from "../../log.ts";
import { canSharePort, listen } from "../../net/listener.ts";
import type { NetAddress } from "../../net/transport.ts";
import { type MetricFamily, sumMetrics } from "../../server/metrics/families.ts";
import { Counters } from "../../server/metrics/instruments.ts";
import type { Reloads } from "./hangup.ts";
import type { ServerSettings, Serving } from "./serving.ts";
import type { WorkerQuestion, WorkerStart } from "./worker_messages.ts";
import { WorkerHandle } from "./worker_handle.ts";

/** After a worker broke down the next one is started so much later, ms. */
const RESTART_MS = 1000;

/** How to start workers. */
export interface WorkerPoolOptions {
  readonly start: WorkerStart;
  readonly logger: Logger;
  /** What a worker runs. @default worker.ts beside this file */
  readonly module?: URL;
}

/** Workers that serve. */
export class WorkerPool implements Serving {
  readonly address: NetAddress;
  readonly tlsAddress: NetAddress | undefined;
  readonly reloads: Reloads;
  readonly #options: WorkerPoolOptions;
  /** By their numbers; a place is empty until a new worker has taken it over. */
  readonly #workers: (WorkerHandle | undefined)[];
  readonly #restarts = new Set<ReturnType<typeof setTimeout>>();
  /** What each place has counted: the last that is known, and of workers that have died. */
  readonly #counted: (readonly MetricFamily[])[];
  #bygone: readonly MetricFamily[] = [];
  readonly #breakdowns = new Counters(
    "izypop3_worker_breakdowns_total",
    "Workers that broke down and were started anew.",
  );
  #isOver = false;

  private constructor(options: WorkerPoolOptions) {
    const { settings } = options.start;
    const { host: hostname, port, "tls-port": tlsPort } = settings;
    this.#options = options;
    this.#workers = Array.from({ length: settings.workers }, () => undefined);
    this.#counted = this.#workers.map(() => []);
    this.address = { hostname, port };
    this.tlsAddress = tlsPort === undefined ? undefined : { hostname, port: tlsPort };
    this.reloads = {
      users: settings.users === undefined ? undefined : () => this.#reload("users"),
      certificate: settings["tls-cert"] === undefined
        ? undefined
        : () => this.#reload("certificate"),
    };
  }

  /**
   * Starts as many workers as the settings say; resolves when all of them listen.
   *
   * @throws {WorkerFailure} if one cannot.
   */
  static async open(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    const starts = await Promise.allSettled(pool.#workers.map((_, index) => pool.#start(index)));
    const failed = starts.find((start) => start.status === "rejected");
    if (failed === undefined) return pool;
    // Only now, when no other one is still about to start.
    await pool[Symbol.asyncDispose]();
    throw failed.reason;
  }

  /** The sum over all workers, those that have died included. */
  async metrics(): Promise<readonly MetricFamily[]> {
    await Promise.all(this.#workers.map(async (worker, index) => {
      const answer = await worker?.ask({ kind: "metrics" });
      // Who died meanwhile is counted among the bygone.
      if (answer?.families !== undefined && worker === this.#workers[index]) {
        this.#counted[index] = answer.families;
      }
    }));
    return [...sumMetrics([this.#bygone, ...this.#counted]), this.#breakdowns.family()];
  }

  /** As {@linkcode Serving} has it. */
  async shutdown(graceSeconds: number): Promise<void> {
    this.#isOver = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await this.#askAll({ kind: "shutdown", graceSeconds });
  }

  /** Ends all workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown(0);
    for (const worker of this.#workers) worker?.end();
  }

  async #start(index: number): Promise<void> {
    const { start, module = new URL("./worker.ts", import.meta.url) } = this.#options;
    const worker = await WorkerHandle.start(module, `worker ${index + 1}`, start, {
      news: (news) => {
        for (const other of this.#others(index)) other.tell({ kind: "news", from: index, news });
      },
      died: (reason) => this.#replace(index, reason),
    });
    this.#workers[index] = worker;
    // It may have taken so long that nobody wants it any more.
    if (this.#isOver) worker.end();
  }

  #replace(index: number, reason: string): void {
    const { logger } = this.#options;
    this.#workers[index] = undefined;
    for (const other of this.#others(index)) other.tell({ kind: "forget", from: index });
    const counted = this.#counted[index] ?? [];
    this.#bygone = sumMetrics([this.#bygone, counted.filter(({ type }) => type !== "gauge")]);
    this.#counted[index] = [];
    if (this.#isOver) return;
    this.#breakdowns.add(1);
    logger.error(`worker ${index + 1} broke down and is started anew: ${reason}`);
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#start(index).catch((error: Error) => this.#replace(index, error.message));
    }, RESTART_MS);
    this.#restarts.add(timer);
  }

  #others(index: number): readonly WorkerHandle[] {
    return this.#workers.filter((_, place) => place !== index)
      .flatMap((worker) => worker ?? []);
  }

  async #reload(name: string): Promise<void> {
    const answers = await this.#askAll({ kind: "reload", name });
    const error = answers.find((answer) => answer?.error !== undefined)?.error;
    if (error !== undefined) throw new Error(error);
  }

  #askAll(question: WorkerQuestion): Promise<Awaited<ReturnType<WorkerHandle["ask"]>>[]> {
    return Promise.all(this.#workers.map((worker) => worker?.ask(question)));
  }
}

/**
 * The settings of each of several workers: with the ports picked, and limits divided that are not
 * worth telling each other of each connection.
 *
 * @throws {ConfigError} if this Deno or system cannot share ports.
 * @throws {UsageError} if the store is in the memory of one worker.
 * @throws {ConnectionError} if somebody else listens there.
 */
export function settingsOfEach(
  settings: ServerSettings,
  canShare: boolean = canSharePort(),
): ServerSettings {
  const { workers, host, port, "tls-port": tlsPort, "max-connections": most } = settings;
  refuseMemory(settings);
  if (!canShare) throw new ConfigError(cannotShare());
  return {
    ...settings,
    port: pick(host, port),
    "max-connections": Math.ceil(most / workers),
    "message-cache": Math.floor(settings["message-cache"] / workers),
    ...(tlsPort === undefined ? {} : { "tls-port": pick(host, tlsPort) }),
  };
}

function refuseMemory(settings: ServerSettings): void {
  if ((settings["mimestore.modhandler"] ?? "fake") !== "fake") return;
  throw new UsageError(
    "Cannot share the fake store among --workers: its messages are in the memory of each; " +
      "choose another --store, or one worker",
  );
}

function cannotShare(): string {
  return Deno.build.os === "linux"
    ? "Cannot share the port among --workers: Deno was started without --unstable-net; add that " +
      "flag, or use the compiled program or a checkout, which have it"
    : `Cannot share the port among --workers: ${Deno.build.os} does not spread connections over ` +
      "those who listen; use one worker, or Linux";
}

/**
 * A port that nobody listens on; without looking, another program's workers would get half of our
 * connections and nobody would notice.
 */
function pick(hostname: string, port: number): number {
  const listener = listen({ hostname, port });
  listener.close();
  return listener.address.port;
}
