/**
 * A server at work, by one worker or by several.
 *
 * @module
 */
import { createLogger, type Logger } from "../../log.ts";
import { listen } from "../../net/listener.ts";
import type { NetAddress } from "../../net/transport.ts";
import type { Settings } from "../../config/option.ts";
import type { SERVERPOP3_OPTIONS } from "../../config/option_table.ts";
import type { ServerMetrics } from "../../server/metrics.ts";
import type { MetricFamily } from "../../server/metrics/families.ts";
import type { TellPeers } from "../../server/peers.ts";
import { Pop3Server } from "../../server/server.ts";
import { mimeQuery, StoreKeeper, storeSettings } from "../stores.ts";
import { VERSION } from "../version.ts";
import type { Reloads } from "./hangup.ts";
import { proxiesOf } from "./proxies.ts";
import type { SignIn } from "./sign_in.ts";
import { tlsOf } from "./tls.ts";

/** The settings of `serverpop3`. */
export type ServerSettings = Settings<typeof SERVERPOP3_OPTIONS>;

/** What serves; disposing it ends it at once. */
export interface Serving extends AsyncDisposable {
  readonly address: NetAddress;
  /** Where TLS begins with the first octet. */
  readonly tlsAddress: NetAddress | undefined;
  /** What SIGHUP reads anew. */
  readonly reloads: Reloads;
  /** What was counted, where something counts. */
  metrics(): Promise<readonly MetricFamily[]>;
  /** Takes no more connections, and gives the sessions time; a second call can shorten it. */
  shutdown(graceSeconds: number): Promise<void>;
}

/** {@linkcode Serving} within one thread. */
export interface ThreadServing extends Serving {
  readonly server: Pop3Server;
}

/** What a thread needs besides the settings. */
export interface ThreadSetup {
  readonly signIn: SignIn;
  readonly serverName: string;
  readonly logger: Logger;
  readonly metrics: ServerMetrics | undefined;
  /** There if others share the port. */
  readonly tellPeers?: TellPeers;
}

/** Begins to serve; throws what is wrong with the settings or their surroundings. */
export async function serveInThread(
  settings: ServerSettings,
  setup: ThreadSetup,
): Promise<ThreadServing> {
  const { logger, metrics, signIn, tellPeers } = setup;
  const store = await storeSettings(settings, "fake", settings.users !== undefined) ??
    { modhandler: "fake" };
  const proxies = proxiesOf(settings);
  await using opened = new AsyncDisposableStack();
  const stores = opened.use(new StoreKeeper(store, logger, settings["message-cache"]));
  await stores.prepare();
  const shared = tellPeers !== undefined;
  const tls = opened.use(await tlsOf(settings, shared));
  const server = opened.use(Pop3Server.start({
    listener: listen({ hostname: settings.host, port: settings.port, shared }),
    serverName: setup.serverName,
    authenticator: signIn.authenticator,
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
    tellPeers,
  }));
  const owned = opened.move();
  return {
    server,
    address: server.address,
    tlsAddress: tls?.listener?.address,
    reloads: {
      users: settings.users === undefined ? undefined : () => signIn.reload(),
      certificate: tls?.reload,
    },
    metrics: () => Promise.resolve(metrics?.families() ?? []),
    shutdown: (graceSeconds) => server.shutdown(graceSeconds),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** Where `serverpop3` logs. */
export function serverLogger(
  settings: ServerSettings,
  write: (text: string) => void,
): Logger {
  const asked = settings["log-level"];
  // Who asks for the dialogue wants to see it, however quiet the rest is to be.
  const level = settings["verbose.serverLog"] && asked !== "debug" ? "info" : asked;
  return createLogger({ level, format: settings["log-format"], write });
}

function maxPerIp(settings: ServerSettings): { readonly maxPerIp?: number } {
  const count = settings["max-per-ip"];
  return count === undefined ? {} : { maxPerIp: count };
}
