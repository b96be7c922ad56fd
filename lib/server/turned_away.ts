/**
 * Clients that are told at the door that they cannot come in.
 *
 * @module
 */

import type { DeadlineTimer } from "../net/deadline.ts";
import { closeGracefully } from "../net/graceful_close.ts";
import type { Transport } from "../net/transport.ts";
import { encodeStatusLine } from "../protocol/reply.ts";
import type { LimitReached } from "./limiter.ts";
import { err } from "./outcome.ts";
import type { RefusalCause } from "./metrics.ts";
import { recordEnding, type Records } from "./summary.ts";

/** More than so many at a time get no words: who floods us does not read them. */
const POLITE_LIMIT = 500;

const CAUSES: Readonly<Record<LimitReached, RefusalCause>> = {
  "too many connections": "max_connections",
  "too many connections from one address": "max_per_ip",
};

/** Says why, in place of a greeting, and closes. */
export class TurnedAway {
  readonly #timer: DeadlineTimer;
  readonly #records: Records;
  readonly #leaving = new Map<Transport, Promise<void>>();

  /** The timer bounds how long it takes a client to leave. */
  constructor(timer: DeadlineTimer, records: Records) {
    this.#timer = timer;
    this.#records = records;
  }

  /** Turns one away; without words if it waits for a handshake (`implicitTls`, RFC 8314 §3.1). */
  turnAway(transport: Transport, reached: LimitReached, implicitTls: boolean): void {
    this.#records.metrics?.refused(CAUSES[reached]);
    recordEnding(this.#records, { transport, ended: "turned away", reason: reached, seconds: 0 });
    if (implicitTls || this.#leaving.size >= POLITE_LIMIT) {
      transport.close();
      return;
    }
    const left = this.#say(transport, reached).then(() => void this.#leaving.delete(transport));
    this.#leaving.set(transport, left);
  }

  /** Closes what is still open. */
  async end(): Promise<void> {
    for (const transport of this.#leaving.keys()) transport.close();
    await Promise.all(this.#leaving.values());
  }

  async #say(transport: Transport, reached: LimitReached): Promise<void> {
    const { reply } = err(`T${reached.slice(1)}, try again later.`, "SYS/TEMP");
    try {
      await transport.write(encodeStatusLine(reply));
    } catch {
      // It went away by itself.
    }
    await closeGracefully(transport, this.#timer);
  }
}
