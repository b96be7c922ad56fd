/**
 * `izypop3 serverpop3`.
 *
 * @module
 */
import { UsageError } from "../config/errors.ts";
import type { SERVERPOP3_OPTIONS } from "../config/option_table.ts";
import type { Logger } from "../log.ts";
import { isLoopback } from "../net/loopback.ts";
import type { NetAddress } from "../net/transport.ts";
import { ServerMetrics } from "../server/metrics.ts";
import { type MetricFamily, renderMetrics } from "../server/metrics/families.ts";
import type { Invocation } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { type Io, note } from "./io.ts";
import { reloadOnHangup } from "./server/hangup.ts";
import { type MetricsDoor, openMetricsDoor } from "./server/metrics_door.ts";
import { processMetrics } from "./server/process_metrics.ts";
import { serveInThread, serverLogger, type ServerSettings } from "./server/serving.ts";
import { type SignIn, signInOf } from "./server/sign_in.ts";
import { settingsOfEach, WorkerPool } from "./server/worker_pool.ts";

/** Serves until a signal stops it. */
export async function serverpop3(
  { settings, operands, io, signal, interruption }: Invocation<typeof SERVERPOP3_OPTIONS>,
): Promise<number> {
  refuseOperands(operands);
  const logger = serverLogger(settings, io.writeError);
  let isServing = true;
  let metrics: () => Promise<readonly MetricFamily[]> = () => Promise.resolve([]);
  // Opened before the port: what was asked for and cannot be had is an error at the start.
  await using door = doorOf(settings.metrics, () => metrics(), () => isServing);
  const decoyKey = crypto.getRandomValues(new Uint8Array(32));
  const signIn = await signInOf(settings, decoyKey);
  const serverName = settings.servername ?? hostname(io);
  await using serving = settings.workers === 1
    ? await serveInThread(settings, {
      signIn,
      serverName,
      logger,
      metrics: door === undefined ? undefined : new ServerMetrics(),
    })
    : await WorkerPool.open({
      start: { settings: settingsOfWorker(settings, signIn), serverName, decoyKey },
      logger,
    });
  metrics = () => serving.metrics();
  if (signIn.isMadeUp) tellPassword(signIn.password ?? "", settings, io);
  if (settings["tls-cert"] === undefined) warnOfPlainText(serving.address, logger);
  using _hangup = reloadOnHangup(serving.reloads, logger);
  const also = { tls: serving.tlsAddress, metrics: door?.address };
  tellReady(serving.address, also, settings, io);
  await stopped(signal);
  isServing = false;
  logger.info("shutting down");
  // Whoever asks twice does not want to wait.
  interruption.onSecond = () => void serving.shutdown(0);
  await serving.shutdown(settings.grace);
  return EXIT.done;
}

/** A password is read once, or made up once, for all workers. */
function settingsOfWorker(settings: ServerSettings, { password }: SignIn): ServerSettings {
  const each = settingsOfEach(settings);
  return { ...each, password, "password-file": undefined, "password-command": undefined };
}

function doorOf(
  where: string | undefined,
  metrics: () => Promise<readonly MetricFamily[]>,
  isServing: () => boolean,
): MetricsDoor | undefined {
  if (where === undefined) return undefined;
  const same = processMetrics(Date.now());
  return openMetricsDoor(where, {
    metrics: async () => renderMetrics([...await metrics(), ...same]),
    isServing,
  });
}

function refuseOperands(operands: readonly string[]): void {
  if (operands.length === 0) return;
  throw new UsageError(
    "Cannot use the words that belong to no flag: serverpop3 takes flags only " +
      "(izypop3 serverpop3 --help lists all)",
  );
}

function hostname(io: Io): string {
  try {
    return io.hostname();
  } catch {
    // Run without --allow-sys: the greeting needs some name, not this one.
    return "localhost";
  }
}

function tellPassword(password: string, settings: ServerSettings, io: Io): void {
  if (settings["log-format"] === "json") {
    writeJson(io, "warn", { msg: "made up a password for this run", password });
  } else {
    note(io, `the password for this run is ${password} (any user name; --password-file sets one)`);
  }
}

function warnOfPlainText(address: NetAddress, logger: Logger): void {
  if (isLoopback(address.hostname)) return;
  logger.warn("passwords and mail travel in the clear to and from other machines", {
    host: address.hostname,
  });
}

/** Others wait for the last line, so it is there whatever the log level. */
function tellReady(
  { hostname, port }: NetAddress,
  { tls, metrics }: Readonly<Record<"tls" | "metrics", NetAddress | undefined>>,
  settings: ServerSettings,
  io: Io,
): void {
  if (settings["log-format"] === "json") {
    const ports = { tlsPort: tls?.port, metricsPort: metrics?.port };
    writeJson(io, "info", { msg: "listening", host: hostname, port, ...ports });
  } else {
    if (tls !== undefined) note(io, `serverpop3 offers TLS on ${written(tls)}`);
    if (metrics !== undefined) note(io, `serverpop3 shows metrics on http://${written(metrics)}`);
    note(io, `serverpop3 listening on ${written({ hostname, port })}`);
  }
}

function written({ hostname, port }: NetAddress): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function writeJson(io: Io, level: string, fields: Readonly<Record<string, unknown>>): void {
  io.writeError(`${JSON.stringify({ time: new Date().toISOString(), level, ...fields })}\n`);
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
