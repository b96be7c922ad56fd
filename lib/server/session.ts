/**
 * One POP3 session without sockets, clock or logger: a command line in, an outcome out.
 *
 * @module
 */

import { type Command, describeCommand, parseCommand, withoutSecret } from "../protocol/command.ts";
import { BAD_COMMANDS_BEFORE_SIGN_IN } from "../protocol/limits.ts";
import { runCommand } from "./command_table.ts";
import { err, ok, type Outcome, thenClose } from "./outcome.ts";
import { refusalOf } from "./refusal.ts";
import { giveUp, respond } from "./sasl_command.ts";
import type { SessionPeer, SessionServices, SessionState, SessionTally } from "./session_state.ts";

/**
 * The state machine of RFC 1939. Commands are handled one at a time: the next one may come when
 * the outcome of the one before is there and its reply has been sent.
 */
export class Session {
  readonly #state: SessionState;
  /** What was handled last, without its secret. */
  #command: Command | undefined;
  #responded = false;

  /** A session that begins in the clear. */
  constructor(services: SessionServices, peer: SessionPeer = {}) {
    this.#state = {
      services,
      timestamp: peer.timestamp,
      address: peer.address ?? "",
      secure: false,
      utf8: false,
      exchange: undefined,
      refusedToken: false,
      tally: { retrieved: 0, deleted: 0 },
      phase: "authorization",
      offeredUser: undefined,
      user: undefined,
      maildrop: undefined,
      quitted: false,
      failedSignIns: 0,
      closedFor: undefined,
      badCommands: 0,
    };
  }

  /** Who signed in. */
  get user(): string | undefined {
    return this.#state.user;
  }

  /** Attempts to sign in that failed. */
  get failedSignIns(): number {
    return this.#state.failedSignIns;
  }

  /** Why we close the connection, if we do without a QUIT. */
  get closedFor(): string | undefined {
    return this.#state.closedFor;
  }

  /** Whether the session came to its end by QUIT. */
  get quitted(): boolean {
    return this.#state.quitted;
  }

  /** How much was done. */
  get tally(): Readonly<SessionTally> {
    return this.#state.tally;
  }

  /** What was handled last, for counting: a verb, `SASL` for a response, `undefined` for neither. */
  get verb(): string | undefined {
    return this.#responded ? "SASL" : this.#command?.verb;
  }

  /** Whether the next line is for a SASL mechanism, and may be long (RFC 5034 §4). */
  get inExchange(): boolean {
    return this.#state.exchange !== undefined || this.#state.refusedToken;
  }

  /** TLS is in use from now on, and what the client said in the clear is forgotten. */
  secured(): void {
    this.#state.secure = true;
    this.#state.offeredUser = undefined;
  }

  /** The greeting, which must be sent before anything else. */
  greeting(): Outcome {
    const { services, timestamp } = this.#state;
    const text = `${services.serverName} POP3 server ready`;
    return ok(timestamp === undefined ? text : `${text} ${timestamp}`);
  }

  /**
   * Handles a command line, given without its ending. What can be answered without waiting comes
   * back at once. Never throws and never rejects: errors become `-ERR` replies.
   */
  handle(line: Uint8Array): Outcome | Promise<Outcome> {
    this.#command = undefined;
    this.#responded = this.inExchange;
    if (this.#responded) return this.#respond(line);
    try {
      const command = parseCommand(line);
      this.#command = withoutSecret(command);
      const outcome = runCommand(this.#state, command);
      if (outcome instanceof Promise) return outcome.catch(refusalOf);
      return outcome ?? this.#countBad(err(this.#wrongPhase(command)));
    } catch (error) {
      const refusal = refusalOf(error);
      return refusal.fault === undefined ? this.#countBad(refusal) : refusal;
    }
  }

  /** To be called while the client is at work: uses the time. */
  prepare(): void {
    this.#state.maildrop?.prepare();
  }

  /** Handles the end of a command line that was too long to be kept. */
  handleOverlong(): Outcome {
    this.#command = undefined;
    this.#responded = this.inExchange;
    return this.#countBad(giveUp(this.#state, err("The command line is too long.")));
  }

  /** The last command in words for a log, without secrets. */
  describe(): string {
    if (this.#responded) return "(SASL response) ***";
    return this.#command === undefined ? "(not a command)" : describeCommand(this.#command);
  }

  /**
   * The connection is over. Without a QUIT before, nothing is deleted; the lock is let go.
   *
   * @throws {StoreError} if the store cannot file what was under way.
   */
  async end(): Promise<void> {
    const { maildrop } = this.#state;
    this.#state.phase = "closed";
    this.#state.maildrop = undefined;
    await maildrop?.abandon();
  }

  async #respond(line: Uint8Array): Promise<Outcome> {
    try {
      const outcome = await respond(this.#state, line);
      const { reply } = outcome;
      // What is neither a proof nor a challenge was broken off.
      return reply.kind === "err" && reply.code === undefined ? this.#countBad(outcome) : outcome;
    } catch (error) {
      return refusalOf(error);
    }
  }

  #wrongPhase(command: Command): string {
    return this.#state.phase === "authorization"
      ? `${command.verb} works only after sign-in.`
      : `${command.verb} works only before sign-in.`;
  }

  /** Somebody who never gets a command right before signing in is not a mail client. */
  #countBad(outcome: Outcome): Outcome {
    if (this.#state.phase !== "authorization") return outcome;
    if (++this.#state.badCommands < BAD_COMMANDS_BEFORE_SIGN_IN) return outcome;
    this.#state.closedFor = "too many bad commands";
    this.#state.services.metrics?.refused("too_many_bad_commands");
    return thenClose(outcome);
  }
}
