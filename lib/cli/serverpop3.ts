/**
 * `izypop3 serverpop3`.
 *
 * @module
 */
import { UsageError } from "../config/errors.ts";
import type { Settings } from "../config/option.ts";
import type { SERVERPOP3_OPTIONS } from "../config/option_table.ts";
import { createLogger, type Logger } from "../log.ts";
import { isLoopback } from "../net/loopback.ts";
import type { NetAddress } from "../net/transport.ts";
import { ServerMetrics } from "../server/metrics.ts";
import { renderMetrics } from "../server/metrics/families.ts";
import { Pop3Server } from "../server/server.ts";
import type { Invocation } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { type Io, note } from "./io.ts";
import { reloadOnHangup } from "./server/hangup.ts";
import { type MetricsDoor, openMetricsDoor } from "./server/metrics_door.ts";
import { processMetrics } from "./server/process_metrics.ts";
import { proxiesOf } from "./server/proxies.ts";
import { signInOf } from "./server/sign_in.ts";
import { tlsOf } from "./server/tls.ts";
import { mimeQuery, StoreKeeper, storeSettings } from "./stores.ts";
import { VERSION } from "./version.ts";

type ServerSettings = Settings<typeof SERVERPOP3_OPTIONS>;

/** Serves until a signal stops it. */
export async function serverpop3(
  { settings, operands, io, signal, interruption }: Invocation<typeof SERVERPOP3_OPTIONS>,
): Promise<number> {
  refuseOperands(operands);
  const store = await storeSettings(settings, "fake", settings.users !== undefined) ??
    { modhandler: "fake" };
  const proxies = proxiesOf(settings);
  const logger = serverLogger(settings, io);
  const { authenticator, madeUp, reload } = await signInOf(settings);
  await using stores = new StoreKeeper(store, logger, settings["message-cache"]);
  await stores.prepare();
  await using tls = await tlsOf(settings);
  const metrics = settings.metrics === undefined ? undefined : new ServerMetrics();
  let isServing = true;
  await using door = doorOf(settings.metrics, metrics, () => isServing);
  await using server = Pop3Server.start({
    hostname: settings.host,
    port: settings.port,
    serverName: settings.servername ?? hostname(io),
    authenticator,
    tls: tls?.tls,
    tlsListener: tls?.listener,
    requireTls: settings["require-tls"],
    proxyFrom: proxies,
    authPenaltyMaxSeconds: settings["auth-penalty-max"],
    loginDelaySeconds: settings["login-delay"],
    openStore: ({ user, maildrop }) => stores.storeOf(user, maildrop),
    query: mimeQuery(settings),
    commitMode: settings["mimestore.commitmode"],
    asciiHeaders: settings["ascii-headers"],
    onDelete: settings["on-delete"],
    lock: settings.lock,
    idleTimeoutSeconds: settings["idle-timeout"],
    maxConnections: settings["max-connections"],
    ...maxPerIp(settings),
    logger,
    metrics,
    logDialogue: settings["verbose.serverLog"],
    implementation: `izypop3-${VERSION}`,
  });
  if (madeUp !== undefined) tellPassword(madeUp, settings, io);
  if (tls === undefined) warnOfPlainText(server.address, logger);
  using _hangup = reloadOnHangup(
    { users: settings.users === undefined ? undefined : reload, certificate: tls?.reload },
    logger,
  );
  const also = { tls: tls?.listener?.address, metrics: door?.address };
  tellReady(server.address, also, settings, io);
  await stopped(signal);
  isServing = false;
  logger.info("shutting down");
  // Whoever asks twice does not want to wait.
  interruption.onSecond = () => void server.shutdown(0);
  await server.shutdown(settings.grace);
  return EXIT.done;
}

/** Opened before the port: what was asked for and cannot be had is an error at the start. */
function doorOf(
  where: string | undefined,
  metrics: ServerMetrics | undefined,
  isServing: () => boolean,
): MetricsDoor | undefined {
  if (where === undefined || metrics === undefined) return undefined;
  const same = processMetrics(Date.now());
  return openMetricsDoor(where, {
    metrics: () => renderMetrics([...metrics.families(), ...same]),
    isServing,
  });
}

function maxPerIp(settings: ServerSettings): { readonly maxPerIp?: number } {
  const count = settings["max-per-ip"];
  return count === undefined ? {} : { maxPerIp: count };
}

function refuseOperands(operands: readonly string[]): void {
  if (operands.length === 0) return;
  throw new UsageError(
    "Cannot use the words that belong to no flag: serverpop3 takes flags only " +
      "(izypop3 serverpop3 --help lists all)",
  );
}

function serverLogger(settings: ServerSettings, io: Io): Logger {
  const asked = settings["log-level"];
  // Who asks for the dialogue wants to see it, however quiet the rest is to be.
  const level = settings["verbose.serverLog"] && asked !== "debug" ? "info" : asked;
  return createLogger({ level, format: settings["log-format"], write: io.writeError });
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
