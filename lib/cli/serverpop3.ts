/**
 * `izypop3 serverpop3`.
 *
 * @module
 */
import { singlePassword } from "../auth/single_password.ts";
import { UsageError } from "../config/errors.ts";
import type { Settings } from "../config/option.ts";
import type { SERVERPOP3_OPTIONS } from "../config/option_table.ts";
import { readSecret } from "../config/secrets.ts";
import { createLogger, type Logger } from "../log.ts";
import { isLoopback } from "../net/loopback.ts";
import type { NetAddress } from "../net/transport.ts";
import { Pop3Server } from "../server/server.ts";
import type { Invocation } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { type Io, note } from "./io.ts";
import { isPerUser, mimeQuery, StoreKeeper, storeSettings } from "./stores.ts";
import { VERSION } from "./version.ts";

type ServerSettings = Settings<typeof SERVERPOP3_OPTIONS>;

/** Serves until a signal stops it. */
export async function serverpop3(
  { settings, operands, io, signal, interruption }: Invocation<typeof SERVERPOP3_OPTIONS>,
): Promise<number> {
  refuseOperands(operands);
  const store = storeSettings(settings, "fake") ?? { modhandler: "fake" };
  const logger = serverLogger(settings, io);
  const given = await givenPassword(settings);
  await using stores = new StoreKeeper(store, logger);
  // A folder for all must be there from the start; one for each user is made when it is needed.
  if (!isPerUser(store)) await stores.storeOf("");
  const password = given ?? makePassword();
  await using server = Pop3Server.start({
    hostname: settings.host,
    port: settings.port,
    serverName: settings.servername ?? hostname(io),
    authenticator: singlePassword(password),
    openStore: ({ user }) => stores.storeOf(user),
    query: mimeQuery(settings),
    commitMode: settings["mimestore.commitmode"],
    onDelete: settings["on-delete"],
    lock: settings.lock,
    idleTimeoutSeconds: settings["idle-timeout"],
    maxConnections: settings["max-connections"],
    ...maxPerIp(settings),
    logger,
    logDialogue: settings["verbose.serverLog"],
    implementation: `izypop3-${VERSION}`,
  });
  if (given === undefined) tellPassword(password, settings, io);
  warnOfPlainText(server.address, logger);
  tellReady(server.address, settings, io);
  await stopped(signal);
  logger.info("shutting down");
  // Whoever asks twice does not want to wait.
  interruption.onSecond = () => void server.shutdown(0);
  await server.shutdown(settings.grace);
  return EXIT.done;
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

async function givenPassword(settings: ServerSettings): Promise<string | undefined> {
  return await readSecret("password", {
    value: settings.password,
    file: settings["password-file"],
    command: settings["password-command"],
  });
}

function hostname(io: Io): string {
  try {
    return io.hostname();
  } catch {
    // Run without --allow-sys: the greeting needs some name, not this one.
    return "localhost";
  }
}

/** 32 letters and digits that nobody mistakes for each other: five bits each. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** 100 bits of chance. */
function makePassword(): string {
  const octets = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(octets, (octet) => LETTERS.charAt(octet % LETTERS.length)).join("");
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

/** Others wait for this line, so it is there whatever the log level. */
function tellReady({ hostname, port }: NetAddress, settings: ServerSettings, io: Io): void {
  if (settings["log-format"] === "json") {
    writeJson(io, "info", { msg: "listening", host: hostname, port });
  } else {
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    note(io, `serverpop3 listening on ${host}:${port}`);
  }
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
