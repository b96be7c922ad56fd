/**
 * The POP3 server.
 *
 * @module
 */

import type { Identity } from "../auth/authenticator.ts";
import { SignInThrottle } from "../auth/throttle.ts";
import { silentLogger } from "../log.ts";
import { AddressSet } from "../net/address_set.ts";
import { DeadlineTimer } from "../net/deadline.ts";
import { listen, type Listener } from "../net/listener.ts";
import type { NetAddress, Transport } from "../net/transport.ts";
import { SMALL_MESSAGE, WRITE_CHUNK } from "../protocol/limits.ts";
import { BufferPool } from "./buffer_pool.ts";
import { Connection, type ConnectionServices } from "./connection.ts";
import { Limiter } from "./limiter.ts";
import { LoginDelay } from "./login_delay.ts";
import { Maildrop, type MaildropPolicy } from "./maildrop.ts";
import type { Pop3ServerOptions } from "./options.ts";
import { type PeerNews, sharedInterval, sharedThrottle, type TellPeers } from "./peers.ts";
import { ProxyDoor } from "./proxy_door.ts";
import { Session } from "./session.ts";
import type { SessionServices } from "./session_state.ts";
import { TurnedAway } from "./turned_away.ts";
import { Waits } from "./waits.ts";

export type { Pop3ServerOptions } from "./options.ts";

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
  readonly #throttle: SignInThrottle | undefined;
  readonly #interval: LoginDelay | undefined;
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
      tell: options.tellPeers,
    });
    const { authPenaltyMaxSeconds: mostSeconds = 15, loginDelaySeconds } = options;
    this.#throttle = mostSeconds === 0 ? undefined : new SignInThrottle({ mostSeconds });
    this.#interval = loginDelaySeconds === undefined
      ? undefined
      : new LoginDelay(loginDelaySeconds);
    this.#sessionServices = {
      ...sessionServices(options, this.#waits),
      ...shared(this.#throttle, this.#interval, options.tellPeers),
    };
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

  /** What another server that shares the port has told; `from` is its number among them. */
  hear(from: number, news: PeerNews): void {
    switch (news.kind) {
      case "sign-in failed":
        return this.#throttle?.failed(news.address, news.user);
      case "signed in":
        return this.#throttle?.succeeded(news.address, news.user);
      case "opened":
        return this.#interval?.signedIn(news.user);
      case "came":
        return this.#limiter.heard(from, news.address, 1);
      case "went":
        return this.#limiter.heard(from, news.address, -1);
    }
  }

  /** Another server that shared the port is no more. */
  forget(from: number): void {
    this.#limiter.forget(from);
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
      // A peer that never reads may keep our end of the connection, and then it is still one.
      const leave = (): void => this.#limiter.leave(hostname);
      transport.released === undefined ? leave() : void transport.released.then(leave);
    });
    this.#running.set(connection, done);
  }

  #cutAll(): void {
    this.#waits.end();
    for (const connection of this.#running.keys()) connection.cut("server shutdown");
  }
}

type Delays = Pick<SessionServices, "throttle" | "loginDelay">;

function shared(
  throttle: SignInThrottle | undefined,
  loginDelay: LoginDelay | undefined,
  tell: TellPeers | undefined,
): Delays {
  if (tell === undefined) return { throttle, loginDelay };
  return {
    throttle: throttle === undefined ? undefined : sharedThrottle(throttle, tell),
    loginDelay: loginDelay === undefined ? undefined : sharedInterval(loginDelay, tell),
  };
}

function sessionServices(
  options: Pop3ServerOptions,
  waits: Waits,
): Omit<SessionServices, keyof Delays> {
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
