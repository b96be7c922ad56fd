/**
 * A connection that is made while something else is done.
 *
 * @module
 */
import type { Pop3Client } from "../../client/client.ts";

/**
 * The first connection to a server, begun before it is needed: its greeting is on its way while the
 * store is opened. Nothing but the greeting (and STLS) happens until somebody takes it; what nobody
 * took is closed.
 */
export class HeadStart implements AsyncDisposable {
  readonly #abandon = new AbortController();
  #connecting: Promise<Pop3Client> | undefined;

  /** Begins at once; whoever takes the connection hears of what went wrong. */
  constructor(signal: AbortSignal, connect: (signal: AbortSignal) => Promise<Pop3Client>) {
    this.#connecting = connect(AbortSignal.any([signal, this.#abandon.signal]));
    this.#connecting.catch(() => {});
  }

  /** The connection, for the first who asks. */
  take(): Promise<Pop3Client> | undefined {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    return connecting;
  }

  /** Gives up what was not taken. */
  [Symbol.asyncDispose](): Promise<void> {
    if (this.take() !== undefined) this.#abandon.abort(new Error("Nobody took the connection"));
    return Promise.resolve();
  }
}
