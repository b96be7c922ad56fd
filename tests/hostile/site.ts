/** A real server on sockets for hostile clients, and what to measure while they are at it. */
import { assert } from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { listen, type Listener } from "../../lib/net/listener.ts";
import { ServerTls } from "../../lib/net/server_tls.ts";
import { Pop3Server, type Pop3ServerOptions } from "../../lib/server/mod.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { certificateUrl, pem } from "../helpers/tls_listener.ts";
import { Dialogue, LogBook, PASSWORD } from "../server/dialogue.ts";

/** Sockets whose other end is a server of made-up messages; disposing it closes all of them. */
export class Site implements AsyncDisposable {
  readonly server: Pop3Server;
  readonly log = new LogBook();
  readonly #tls: { readonly tls: ServerTls; readonly listener: Listener } | undefined;
  readonly #open: Dialogue[] = [];

  /** With `tls` it offers STLS, and implicit TLS on a port of its own. */
  constructor(options: Partial<Pop3ServerOptions> = {}, tls: boolean = false) {
    this.#tls = tls ? openTls() : undefined;
    this.server = Pop3Server.start({
      port: 0,
      authenticator: singlePassword(PASSWORD),
      openStore: () => Promise.resolve(new FakeStore({ count: 3 })),
      logger: this.log,
      ...(this.#tls === undefined ? {} : { tls: this.#tls.tls, tlsListener: this.#tls.listener }),
      ...options,
    });
  }

  /** A plain connection, to the port for TLS if told so. */
  async connect(to: "plain" | "tls" = "plain"): Promise<Dialogue> {
    const address = to === "tls" ? this.#tls?.listener.address : this.server.address;
    if (address === undefined) throw new Error("there is no port for TLS");
    const dialogue = new Dialogue(denoTransport(await Deno.connect(address)));
    this.#open.push(dialogue);
    return dialogue;
  }

  /** Whoever comes now is served as ever. */
  async serves(): Promise<void> {
    const me = await this.connect();
    await me.signIn();
    await me.talk(["STAT", "+OK"], ["NOOP", "+OK"], ["QUIT", "+OK"]);
    await me.closed();
    me.transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { transport } of this.#open) transport.close();
    await this.server[Symbol.asyncDispose]();
    await this.#tls?.tls[Symbol.asyncDispose]();
  }
}

function openTls(): { readonly tls: ServerTls; readonly listener: Listener } {
  const key = Deno.readTextFileSync(certificateUrl("server.key"));
  const tls = ServerTls.open({ cert: pem("server"), key });
  return { tls, listener: listen({ hostname: "127.0.0.1", port: 0 }) };
}

/**
 * Megabytes that were not there at the beginning, at the most: of this file's own heap and buffers,
 * as other files of tests may run in the same process at the same time.
 */
export class MemoryWatch implements Disposable {
  readonly #before = memoryNow();
  readonly #timer: ReturnType<typeof setInterval>;
  #most = 0;

  constructor() {
    this.#timer = setInterval(() => this.look(), 10);
  }

  /** Looks once more; in MB. */
  look(): number {
    this.#most = Math.max(this.#most, (memoryNow() - this.#before) / 1024 ** 2);
    return this.#most;
  }

  /** At no time it was more than so many MB; prints how many, with what else is to be told. */
  staysBelow(megabytes: number, figures: string): void {
    const most = this.look();
    console.log(
      `${figures}; ${most.toFixed(1)} MB more than before at the most, both ends together`,
    );
    assert(most < megabytes, `${most} MB more than before`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function memoryNow(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** Waits for what must come to pass; the test's own time limit is the end of it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
