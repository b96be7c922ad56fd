/**
 * TLS for the server's side of connections that are there already: STLS (RFC 2595), and implicit
 * TLS (RFC 8314) as well, so that one certificate serves both and changes without closing a port.
 *
 * Deno has no `startTls` for servers. What it has is a TLS listener; so there is one on a loopback
 * port of its own, and an upgraded connection's octets are piped to it and back. Nothing but the
 * pipes that are opened here can attach to it.
 *
 * @module
 */

import { toConnectionError } from "./deno_errors.ts";
import { CertificateError, ConnectionError } from "./errors.ts";
import { TlsPipe } from "./tls_pipe.ts";
import type { Transport } from "./transport.ts";

/** A server's certificate and the private key to it, both in PEM form. */
export interface KeyPair {
  /** The certificate, and behind it those of the CAs between it and the one that clients know. */
  readonly cert: string;
  /** The key, not encrypted. */
  readonly key: string;
}

/** Pause after a failed accept: without one, "too many open files" would spin. */
const ACCEPT_PAUSE_MS = 50;

/** Pipes whose session is over may still send for so long when the program ends. */
const LAST_WORDS_MS = 1000;

/** Upgrades connections; TLS 1.2 is the least. Disposing it leaves running connections no pipe. */
export class ServerTls implements AsyncDisposable {
  #listener: Deno.TlsListener;
  #claim: Claim | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #pipes = new Set<TlsPipe>();

  private constructor(listener: Deno.TlsListener) {
    this.#listener = listener;
    void this.#accept(listener);
  }

  /**
   * Makes ready to upgrade.
   *
   * @throws {CertificateError} if certificate and key cannot be used, or do not belong together.
   * @throws {ConnectionError} if it cannot listen on the loopback address.
   */
  static open(pair: KeyPair): ServerTls {
    return new ServerTls(openListener(pair));
  }

  /**
   * Takes another certificate for the connections to come; those that are there stay as they are.
   *
   * @throws {CertificateError} if it cannot be used: then the old one stays.
   */
  renew(pair: KeyPair): void {
    const old = this.#listener;
    this.#listener = openListener(pair);
    void this.#accept(this.#listener);
    // Whoever is attaching to the old one right now comes first.
    this.#turn = this.#turn.then(() => old.close());
  }

  /**
   * Does the handshake over `plain`, of which no read may be pending and which then belongs to the
   * transport given back. To give up while it lasts, close `plain`.
   *
   * @throws {ConnectionError} of kind `tls` or `lost`; `plain` is closed then.
   */
  async upgrade(plain: Transport): Promise<Transport> {
    let pipe: TlsPipe | undefined;
    try {
      const [inner, conn] = await this.#attach();
      const opened = pipe = new TlsPipe(plain, inner, conn);
      this.#pipes.add(opened);
      void opened.ended.then(() => this.#pipes.delete(opened));
      await conn.handshake();
      return opened;
    } catch (error) {
      if (pipe === undefined) plain.close();
      else pipe.cut();
      throw toConnectionError(error, `start TLS with ${plain.remote.hostname}`);
    }
  }

  /** Upgrades no more; what sessions that are over have still to say goes out if it can. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    this.#claim?.fail();
    const cut = setTimeout(() => {
      for (const pipe of this.#pipes) pipe.cut();
    }, LAST_WORDS_MS);
    await Promise.all([...this.#pipes].map((pipe) => pipe.ended));
    clearTimeout(cut);
  }

  /** One at a time, so that any other connection is known to be a stranger's. */
  async #attach(): Promise<[Deno.TcpConn, Deno.TlsConn]> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    try {
      if (this.#closed) {
        throw new ConnectionError("lost", "Cannot start TLS: we are shutting down.");
      }
      const claim = this.#claim = new Claim();
      const { hostname, port } = this.#listener.addr;
      const inner = await Deno.connect({ hostname, port });
      return [inner, await claim.own(inner.localAddr)];
    } finally {
      this.#claim?.end();
      this.#claim = undefined;
      resolve();
    }
  }

  async #accept(listener: Deno.TlsListener): Promise<void> {
    while (!this.#closed) {
      try {
        const conn = await listener.accept();
        if (this.#claim === undefined) conn.close();
        else this.#claim.offer(conn);
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        if (error instanceof Deno.errors.Interrupted) return;
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }
}

/** Which of the connections that come in is the one that we have just opened ourselves. */
class Claim {
  readonly #found = Promise.withResolvers<Deno.TlsConn>();
  #offered: Deno.TlsConn[] = [];
  #address: Deno.NetAddr | undefined;
  #over = false;

  /** Came in; it may be ours even before we know our own port. */
  offer(conn: Deno.TlsConn): void {
    if (this.#over) return conn.close();
    this.#offered.push(conn);
    this.#choose();
  }

  /** The one that comes from `address`. */
  own(address: Deno.NetAddr): Promise<Deno.TlsConn> {
    this.#address = address;
    this.#choose();
    return this.#found.promise;
  }

  fail(): void {
    this.#found.promise.catch(() => {});
    this.#found.reject(new ConnectionError("lost", "Cannot start TLS: we are shutting down."));
  }

  end(): void {
    this.#over = true;
    for (const conn of this.#offered) conn.close();
    this.#offered = [];
  }

  #choose(): void {
    const address = this.#address;
    if (address === undefined) return;
    const offered = this.#offered;
    this.#offered = [];
    for (const conn of offered) {
      const { hostname, port } = conn.remoteAddr;
      if (port !== address.port || hostname !== address.hostname) conn.close();
      else this.#found.resolve(conn);
    }
  }
}

function openListener(pair: KeyPair): Deno.TlsListener {
  try {
    return Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: pair.cert, key: pair.key });
  } catch (error) {
    const reason = unusable(error);
    if (reason === undefined) throw toConnectionError(error, "listen on 127.0.0.1 for TLS");
    throw new CertificateError(`Cannot use the certificate and its key: ${reason}`, {
      cause: error,
    });
  }
}

/** What is wrong with the pair, from the words of rustls. */
function unusable(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  if (/KeyMismatch|InconsistentKeys/.test(message)) {
    return "the key is that of another certificate.";
  }
  if (/no keys found/i.test(message)) {
    return "there is no private key in PEM form in the key's file (an encrypted one does not do).";
  }
  if (/no certificates found/i.test(message)) {
    return "there is no certificate in PEM form in the certificate's file.";
  }
  return /key|cert|pem|invalid|der/i.test(message) ? `${message}.` : undefined;
}
