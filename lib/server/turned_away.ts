/**
 * Clients that are told at the door that they cannot come in.
 *
 * @module
 */

import type { DeadlineTimer } from "../net/deadline.ts";
import { closeGracefully } from "../net/graceful_close.ts";
import type { Transport } from "../net/transport.ts";
import { encodeStatusLine, type Reply } from "../protocol/reply.ts";

/** More than so many at a time get no words: who floods us does not read them. */
const POLITE_LIMIT = 500;

/** Says why, in place of a greeting, and closes. */
export class TurnedAway {
  readonly #timer: DeadlineTimer;
  readonly #leaving = new Map<Transport, Promise<void>>();

  /** The timer bounds how long it takes a client to leave. */
  constructor(timer: DeadlineTimer) {
    this.#timer = timer;
  }

  /** Turns one away. */
  turnAway(transport: Transport, reply: Reply): void {
    if (this.#leaving.size >= POLITE_LIMIT) {
      transport.close();
      return;
    }
    const left = this.#say(transport, reply).then(() => void this.#leaving.delete(transport));
    this.#leaving.set(transport, left);
  }

  /** Closes what is still open. */
  async end(): Promise<void> {
    for (const transport of this.#leaving.keys()) transport.close();
    await Promise.all(this.#leaving.values());
  }

  async #say(transport: Transport, reply: Reply): Promise<void> {
    try {
      await transport.write(encodeStatusLine(reply));
    } catch {
      // It went away by itself.
    }
    await closeGracefully(transport, this.#timer);
  }
}
