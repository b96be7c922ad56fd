/**
 * The POP3 server.
 *
 * @module
 */

import type { Authenticator, Identity } from "../auth/authenticator.ts";
import { SignInThrottle } from "../auth/throttle.ts";
import { type Logger, silentLogger } from "../log.ts";
import { AddressSet } from "../net/address_set.ts";
import { DeadlineTimer } from "../net/deadline.ts";
import { listen, type Listener } from "../net/listener.ts";
import type { ServerTls } from "../net/server_tls.ts";
import type { NetAddress, Transport } from "../net/transport.ts";
import { SMALL_MESSAGE, WRITE_CHUNK } from "../protocol/limits.ts";
import type { MimeQuery, MimeStore } from "../stores/mime_store.ts";
import { BufferPool } from "./buffer_pool.ts";
import { Connection, type ConnectionServices } from "./connection.ts";
import { Limiter } from "./limiter.ts";
import { LoginDelay } from "./login_delay.ts";
import { Maildrop, type MaildropPolicy } from "./maildrop.ts";
import type { ServerMetrics } from "./metrics.ts";
import { ProxyDoor } from "./proxy_door.ts";
import { Session } from "./session.ts";
import type { SessionServices } from "./session_state.ts";
import { TurnedAway } from "./turned_away.ts";
import { Waits } from "./waits.ts";

/** What a {@linkcode Pop3Server} is to do. */
export interface Pop3ServerOptions {
  /** The name or address to listen on. @default {"127.0.0.1"} */
  readonly hostname?: string;
  /** The port to listen on; 0 picks a free one. @default {1110} */
  readonly port?: number;
  /** Where connections come from instead of a port: one that was opened before, or memory. */
  readonly listener?: Listener;
  /** What upgrades connections to TLS: with it STLS is offered (RFC 2595). Not disposed. */
  readonly tls?: Pick<ServerTls, "upgrade"> | undefined;
  /** Where connections come from that begin with TLS (RFC 8314 §3); needs `tls`. */
  readonly tlsListener?: Listener | undefined;
  /**
   * Addresses and CIDR networks of balancers, whose connections begin with a header of HAProxy's
   * PROXY protocol, version 1 or 2; the client that it names counts for limits, delays and the log.
   * From anybody else such a header is not taken. @default none
   */
  readonly proxyFrom?: readonly string[] | undefined;
  /** Whether nobody may sign in without TLS; needs `tls`. @default {false} */
  readonly requireTls?: boolean;
  /** The name in the greeting and in APOP timestamps. @default {"localhost"} */
  readonly serverName?: string;
  /** Who may sign in; its kinds decide what is offered. */
  readonly authenticator: Authenticator;
  /**
   * The store of a user who signed in. It may be the same object again and again; the server
   * locks and unlocks it, but never disposes it.
   */
  readonly openStore: (identity: Identity) => Promise<MimeStore>;
  /** The delay that failed sign-ins earn stops growing there; 0 means none. @default {15} */
  readonly authPenaltyMaxSeconds?: number;
  /** Seconds between two sign-ins of one user (RFC 2449 §6.5). @default none */
  readonly loginDelaySeconds?: number | undefined;
  /** Which messages are shown, in which order. @default {{ tags: ["unread"] }} */
  readonly query?: MimeQuery;
  /** Whether serving a message changes its tag (queue hand-off). @default {false} */
  readonly commitMode?: boolean;
  /**
   * Whether a client that did not say UTF8 gets headers in ASCII in place of any others, as
   * RFC 6856 §2.1 demands; if not, it gets each message as it is stored. @default {true}
   */
  readonly asciiHeaders?: boolean;
  /** What QUIT does with deleted messages. @default {"archive"} */
  readonly onDelete?: "archive" | "remove";
  /**
   * Whether a maildrop is for one session at a time (RFC 1939 §4). Without that each session has
   * a snapshot of its own: several may serve and delete the same message. @default {true}
   */
  readonly lock?: boolean;
  /** Seconds without a command or progress, after which a connection is closed. @default {600} */
  readonly idleTimeoutSeconds?: number;
  /** Over so many at a time, clients are turned away. @default {10000} */
  readonly maxConnections?: number;
  /** The same for one client address; of IPv6, for one /64. @default no limit */
  readonly maxPerIp?: number;
  /** Where one line a session and all faults go. @default nowhere */
  readonly logger?: Logger;
  /** Whether commands and replies are logged too, without secrets. @default {false} */
  readonly logDialogue?: boolean;
  /** What counts sessions, sign-ins, commands and refusals. @default nothing is counted */
  readonly metrics?: ServerMetrics | undefined;
  /** What the IMPLEMENTATION capability says. @default {"izypop3"} */
  readonly implementation?: string;
}

/**
 * A POP3 server: RFC 1939 with UIDL, TOP and APOP, RFC 2449 with pipelining, STLS (RFC 2595) and
 * implicit TLS (RFC 8314), RFC 3206, AUTH (RFC 5034), UTF8 and LANG (RFC 6856).
 *
 * @example
 * ```ts
 * import { Pop3Server } from "@izyware/izypop3/server";
 * import { FakeStore } from "@izyware/izypop3/stores";
 * import { singlePassword } from "@izyware/izypop3";
 *
 * const store = new FakeStore();
 * await using server = Pop3Server.start({
 *   port: 0,
 *   authenticator: singlePassword("secret"),
 *   openStore: () => Promise.resolve(store),
 * });
 * console.log(`listening on port ${server.address.port}`);
 * ```
 */
export class Pop3Server implements AsyncDisposable {
  readonly #listener: Listener;
  readonly #tlsListener: Listener | undefined;
  readonly #waits: Waits;
  readonly #limiter: Limiter;
  readonly #turnedAway: TurnedAway;
  readonly #proxyDoor: ProxyDoor;
  readonly #sessionServices: SessionServices;
  readonly #connectionServices: ConnectionServices;
  readonly #running = new Map<Connection, Promise<void>>();
  readonly #finished: Promise<void>;

  /**
   * Starts listening; connections are accepted from now on.
   *
   * @throws {ConnectionError} if it cannot listen there.
   * @throws {TypeError} if something is asked for that needs `tls`, and that is missing, or if
   * `proxyFrom` has what is no address or network.
   */
  static start(options: Pop3ServerOptions): Pop3Server {
    return new Pop3Server(options);
  }

  private constructor(options: Pop3ServerOptions) {
    if (options.tls === undefined && (options.requireTls === true || options.tlsListener)) {
      throw new TypeError("Cannot start the server: requireTls and tlsListener need tls");
    }
    this.#waits = new Waits();
    this.#limiter = new Limiter({
      total: options.maxConnections ?? 10_000,
      perAddress: options.maxPerIp,
    });
    this.#sessionServices = sessionServices(options, this.#waits);
    this.#connectionServices = connectionServices(options);
    const { timer } = this.#connectionServices;
    this.#turnedAway = new TurnedAway(timer, this.#connectionServices);
    this.#proxyDoor = new ProxyDoor(
      new AddressSet(options.proxyFrom ?? []),
      this.#connectionServices,
    );
    this.#listener = options.listener ?? listen({
      hostname: options.hostname ?? "127.0.0.1",
      port: options.port ?? 1110,
    });
    this.#tlsListener = options.tlsListener;
    this.#finished = this.#serve();
  }

  /** Where it listens, with the port that was picked. */
  get address(): NetAddress {
    return this.#listener.address;
  }

  /** Resolves when the server was shut down and the last connection has ended. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  /**
   * Stops listening, gives the sessions time to come to their end, then closes what is left of
   * them; all locks are let go when this resolves. A second call can shorten the time.
   */
  async shutdown(graceSeconds: number = 0): Promise<void> {
    this.#listener.close();
    this.#tlsListener?.close();
    this.#proxyDoor.close();
    const grace = setTimeout(() => this.#cutAll(), graceSeconds * 1000);
    await this.#finished;
    clearTimeout(grace);
  }

  /** Shuts down without giving time. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #serve(): Promise<void> {
    await Promise.all([this.#accept(this.#listener, false), this.#accept(this.#tlsListener, true)]);
    await this.#proxyDoor.closed();
    await Promise.all(this.#running.values());
    await this.#turnedAway.end();
  }

  async #accept(listener: Listener | undefined, implicitTls: boolean): Promise<void> {
    if (listener === undefined) return;
    for await (const transport of listener) {
      if (!this.#proxyDoor.isFor(transport)) this.#begin(transport, implicitTls);
      // Who waits there holds a connection as well.
      else if (!this.#limiter.hasRoomBeside(this.#proxyDoor.waiting)) {
        this.#turnedAway.turnAway(transport, "too many connections", implicitTls);
      } else this.#proxyDoor.meet(transport, (client) => this.#begin(client, implicitTls));
    }
  }

  #begin(transport: Transport, implicitTls: boolean): void {
    const { hostname } = transport.remote;
    const reached = this.#limiter.enter(hostname);
    if (reached !== undefined) return this.#turnedAway.turnAway(transport, reached, implicitTls);
    const services = this.#sessionServices;
    const mayApop = (implicitTls || !services.requireTls) &&
      services.authenticator.kinds.has("apop");
    const timestamp = mayApop ? makeTimestamp(services.serverName) : undefined;
    const session = new Session(services, { timestamp, address: hostname });
    const connection = new Connection(
      transport,
      session,
      this.#connectionServices,
      implicitTls,
    );
    const done = connection.run().then(() => {
      this.#running.delete(connection);
      this.#limiter.leave(hostname);
    });
    this.#running.set(connection, done);
  }

  #cutAll(): void {
    this.#waits.end();
    for (const connection of this.#running.keys()) connection.cut("server shutdown");
  }
}

function sessionServices(options: Pop3ServerOptions, waits: Waits): SessionServices {
  const { authPenaltyMaxSeconds: mostSeconds = 15, loginDelaySeconds } = options;
  const policy: MaildropPolicy = {
    query: options.query ?? { tags: ["unread"], order: "asc" },
    commitMode: options.commitMode ?? false,
    onDelete: options.onDelete ?? "archive",
    exclusive: options.lock ?? true,
  };
  const buffer = new Uint8Array(SMALL_MESSAGE);
  return {
    // It stands behind the "@" of a msg-id (RFC 1939 §7), where little else may.
    serverName: (options.serverName ?? "localhost").replaceAll(/[^A-Za-z0-9.-]/g, "-"),
    implementation: options.implementation ?? "izypop3",
    authenticator: options.authenticator,
    commitMode: policy.commitMode,
    asciiHeaders: options.asciiHeaders ?? true,
    startTls: options.tls !== undefined,
    requireTls: options.requireTls ?? false,
    throttle: mostSeconds === 0 ? undefined : new SignInThrottle({ mostSeconds }),
    loginDelay: loginDelaySeconds === undefined ? undefined : new LoginDelay(loginDelaySeconds),
    metrics: options.metrics,
    wait: (milliseconds) => waits.wait(milliseconds),
    async openMaildrop(identity: Identity): Promise<Maildrop> {
      return await Maildrop.open(await options.openStore(identity), identity.user, policy, buffer);
    },
  };
}

function connectionServices(options: Pop3ServerOptions): ConnectionServices {
  const idleTimeoutMs = (options.idleTimeoutSeconds ?? 600) * 1000;
  return {
    // A tenth of the time is fine enough, and once a second is often enough.
    timer: new DeadlineTimer(Math.min(1000, Math.max(10, idleTimeoutMs / 10))),
    pool: new BufferPool(WRITE_CHUNK),
    idleTimeoutMs,
    tls: options.tls,
    logger: options.logger ?? silentLogger,
    metrics: options.metrics,
    logDialogue: options.logDialogue ?? false,
  };
}

/** A msg-id that is used once (RFC 1939 §7). */
function makeTimestamp(serverName: string): string {
  return `<${crypto.randomUUID()}@${serverName}>`;
}
