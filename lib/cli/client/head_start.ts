/**
 * A connection that is made while something else is done.
 *
 * @module
 */
import { openTcp } from "../../net/connect.ts";
import type { Transport } from "../../net/transport.ts";

/**
 * The first connection to a server, begun before it is needed: its greeting is on its way while the
 * store is opened. Nothing is sent or read, and no time-out runs, before somebody takes it: to open
 * a store may keep the program from everything else. What nobody took is closed.
 */
export class HeadStart implements AsyncDisposable {
  readonly #over = new AbortController();
  #tcp: Promise<Transport> | undefined;

  /** Begins at once; whoever takes the connection hears of what went wrong. */
  constructor(hostname: string, port: number) {
    this.#tcp = openTcp(hostname, port, this.#over.signal);
    this.#tcp.catch(() => {});
  }

  /** The connection, for the first who asks. */
  take(): Promise<Transport> | undefined {
    const tcp = this.#tcp;
    this.#tcp = undefined;
    return tcp;
  }

  /** Gives up what is not there yet, and closes what nobody took. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new Error("Nobody waits for the connection"));
    this.take()?.then((transport) => transport.close(), () => {});
    return Promise.resolve();
  }
}
