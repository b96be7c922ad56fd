/**
 * Drives one session over one transport: reads commands, writes replies, keeps the time.
 *
 * @module
 */

import type { Deadline, DeadlineTimer, Expiring } from "../net/deadline.ts";
import { ConnectionError } from "../net/errors.ts";
import { closeGracefully } from "../net/graceful_close.ts";
import type { ServerTls } from "../net/server_tls.ts";
import type { Transport } from "../net/transport.ts";
import { type Line, LineBuffer } from "../protocol/line_buffer.ts";
import { COMMAND_LINE_LIMIT, SASL_LINE_LIMIT } from "../protocol/limits.ts";
import { statusText } from "../protocol/reply.ts";
import type { BufferPool } from "./buffer_pool.ts";
import type { LiveSession } from "./metrics.ts";
import type { Outcome } from "./outcome.ts";
import { Outbox } from "./outbox.ts";
import type { Session } from "./session.ts";
import { type Ending, recordEnding, type Records, shownAddress } from "./summary.ts";

/** What connections of one server share. */
export interface ConnectionServices extends Records {
  readonly timer: DeadlineTimer;
  /** Buffers of `WRITE_CHUNK` octets. */
  readonly pool: BufferPool;
  readonly idleTimeoutMs: number;
  readonly tls: Pick<ServerTls, "upgrade"> | undefined;
  /** Whether commands and replies are logged (without secrets). */
  readonly logDialogue: boolean;
}

/**
 * Read while waiting for a client: enough for some commands and small enough for thousands of silent
 * connections. Who fills it is sending a lot, and gets a borrowed, larger one.
 */
const IDLE_READ = 256;

/** One client's connection, from the greeting to the end. */
export class Connection implements Expiring, LiveSession {
  #transport: Transport;
  readonly #session: Session;
  readonly #services: ConnectionServices;
  readonly #lines = new LineBuffer(COMMAND_LINE_LIMIT);
  readonly #outbox: Outbox;
  readonly #input = new Uint8Array(IDLE_READ);
  readonly #deadline: Deadline;
  readonly #implicitTls: boolean;
  #filled = false;
  #longLines = false;
  #working = false;
  #ending: Ending | undefined;
  /** Why, where the ending does not say it all. */
  #reason: string | undefined;

  /**
   * The transport and the session belong to the connection from now on. With `implicitTls` the
   * client begins with a TLS handshake (RFC 8314 §3).
   */
  constructor(
    transport: Transport,
    session: Session,
    services: ConnectionServices,
    implicitTls: boolean = false,
  ) {
    this.#implicitTls = implicitTls;
    this.#transport = transport;
    this.#session = session;
    this.#services = services;
    this.#deadline = services.timer.watch(services.idleTimeoutMs, this);
    this.#outbox = new Outbox(transport, services.pool, this.#deadline);
  }

  /** Serves the client to the end; then all that was held is let go. Never rejects. */
  async run(): Promise<void> {
    const start = performance.now();
    this.#services.metrics?.began(this);
    try {
      this.#ending ??= await this.#converse();
    } catch (error) {
      this.#ending ??= this.#endingFor(error);
    }
    this.#deadline.cancel();
    const lingers = this.#mayStillSend();
    if (!lingers) this.#transport.close();
    try {
      await this.#session.end();
    } catch (error) {
      this.#logFault("The maildrop could not be left in order", error);
    }
    this.#logSummary((performance.now() - start) / 1000);
    if (lingers) await closeGracefully(this.#transport, this.#services.timer);
  }

  /** Ends the connection from outside. What the session is doing right now is still completed. */
  cut(ending: Ending): void {
    this.#ending ??= ending;
    this.#transport.close();
  }

  /** Messages that RETR sent. */
  get messages(): number {
    return this.#session.tally.retrieved;
  }

  /** Octets that were written. */
  get octets(): number {
    return this.#outbox.octets;
  }

  async #converse(): Promise<Ending> {
    const { metrics } = this.#services;
    if (this.#implicitTls) await this.#startTls();
    await this.#outbox.send(this.#session.greeting().reply);
    for (;;) {
      const line = this.#lines.next();
      if (line === undefined) {
        const flushed = this.#outbox.flush();
        if (flushed !== undefined) {
          await flushed;
          this.#session.prepare();
        }
        const buffer = this.#filled ? this.#services.pool.take() : this.#input;
        const count = await this.#transport.read(buffer);
        if (count === 0) return "closed by client";
        this.#take(buffer, count);
        continue;
      }
      this.#deadline.reset();
      const start = metrics === undefined ? 0 : performance.now();
      const handled = this.#handle(line);
      const outcome = handled instanceof Promise ? await this.#wait(handled) : handled;
      if (outcome.fault !== undefined || this.#services.logDialogue) this.#log(outcome);
      const sent = this.#outbox.send(outcome.reply);
      if (sent !== undefined) await sent;
      metrics?.command(this.#session.verb, start);
      if (outcome.then === "close") {
        await this.#outbox.flush();
        return this.#session.quitted ? "quit" : "turned away";
      }
      if (outcome.then === "start-tls") {
        await this.#outbox.flush();
        await this.#startTls();
      }
      // Only a SASL response may be longer than a command (RFC 5034 §4).
      if (this.#session.inExchange !== this.#longLines) this.#switchLimit();
    }
  }

  /** What came in the clear behind STLS may be anybody's: it is dropped (RFC 2595 §4). */
  async #startTls(): Promise<void> {
    const { tls, metrics } = this.#services;
    if (tls === undefined) throw new Error("TLS was offered without a certificate");
    this.#lines.take();
    this.#filled = false;
    this.#deadline.reset();
    const way = this.#implicitTls ? "implicit" : "stls";
    try {
      this.#transport = await tls.upgrade(this.#transport);
      metrics?.handshake(way, "ok", this.#transport.tlsFacts);
    } catch (error) {
      metrics?.handshake(way, "failed");
      this.#failed("TLS handshake failed", error);
      throw error;
    }
    this.#outbox.moveTo(this.#transport);
    this.#session.secured();
    this.#deadline.reset();
    // While it was being closed from outside the handshake may have succeeded.
    if (this.#ending !== undefined) this.#transport.close();
  }

  #failed(ending: Ending, error: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#reason = describeError(error);
  }

  #switchLimit(): void {
    this.#longLines = this.#session.inExchange;
    this.#lines.setLimit(this.#longLines ? SASL_LINE_LIMIT : COMMAND_LINE_LIMIT);
  }

  /** Whether our last words would be lost if we closed at once: see `closeGracefully`. */
  #mayStillSend(): boolean {
    if (this.#ending === "turned away") return true;
    return this.#ending === "quit" && (this.#filled || this.#lines.buffered > 0);
  }

  #take(buffer: Uint8Array, count: number): void {
    this.#lines.push(buffer.subarray(0, count));
    this.#filled = count === buffer.length;
    if (buffer !== this.#input) this.#services.pool.give(buffer);
  }

  #handle(line: Line): Outcome | Promise<Outcome> {
    return line.tooLong ? this.#session.handleOverlong() : this.#session.handle(line.octets);
  }

  /** While we are at work it is not the client who is idle. */
  async #wait(handled: Promise<Outcome>): Promise<Outcome> {
    this.#working = true;
    const outcome = await handled;
    this.#working = false;
    this.#deadline.reset();
    return outcome;
  }

  /** RFC 1939 §3: closes without a word and without deleting anything. */
  expire(): void {
    if (this.#working) this.#deadline.reset();
    else this.cut("idle time-out");
  }

  #endingFor(error: unknown): Ending {
    if (error instanceof ConnectionError) return "connection lost";
    // Behind a `+OK` there is no way to say `-ERR`: a message cut short must not look complete.
    this.#logFault(`${this.#session.describe()} failed while it was being sent`, error);
    return "message could not be sent";
  }

  #logFault(what: string, error: unknown): void {
    this.#services.logger.error(`${what}: ${describeError(error)}`, this.#who());
  }

  #log(outcome: Outcome): void {
    const { reply, fault } = outcome;
    if (fault !== undefined) this.#logFault(`${this.#session.describe()} failed`, fault);
    if (!this.#services.logDialogue) return;
    // Only a challenge may hold what nobody else should see.
    const answer = reply.kind === "challenge" ? "+ ***" : statusText(reply);
    this.#services.logger.info(`C: ${this.#session.describe()}`, this.#who());
    this.#services.logger.info(`S: ${answer}`, this.#who());
  }

  #logSummary(seconds: number): void {
    const { user, tally } = this.#session;
    recordEnding(this.#services, {
      user,
      transport: this.#transport,
      messages: this.messages,
      octets: this.octets,
      deleted: tally.deleted,
      seconds,
      ended: this.#ending ?? "connection lost",
      reason: this.#reason ?? this.#session.closedFor,
      failedSignIns: this.#session.failedSignIns,
    }, this);
  }

  #who(): { user: string | undefined; address: string; tls: boolean } {
    const { remote, secure } = this.#transport;
    return {
      user: this.#session.user,
      address: shownAddress(remote),
      tls: secure,
    };
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? error.message
    : `${error.message} (${describeError(error.cause)})`;
}
