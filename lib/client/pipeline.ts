/**
 * Commands sent ahead of their replies (RFC 2449 §6.6), within a window.
 *
 * Nothing here waits for a write, so that both ends may have full buffers: the replies are read all
 * the same, and the server can go on reading.
 *
 * @module
 */

import type { Command } from "../protocol/command.ts";
import type { StatusLine } from "../protocol/reply.ts";
import type { Conversation } from "./conversation.ts";
import { Queue } from "./queue.ts";

/** How much may be under way. A single command always may. */
export interface Window {
  /** So many commands; 1 is lock-step. */
  readonly count: number;
  /** So many octets of announced replies: what is lost, or fetched in vain, when a session ends. */
  readonly octets: number;
}

/** One at a time. */
export const LOCK_STEP: Window = { count: 1, octets: Infinity };

/** A command to be sent, and how large the reply to it is said to be. */
export interface Request {
  readonly command: Command;
  /** Octets. */
  readonly weight: number;
}

/** A request and the status line that answers it. */
export interface Answer<R extends Request> {
  readonly request: R;
  readonly status: StatusLine;
}

/** Sends requests within a window and gives their status lines in order. */
export class Pipeline<R extends Request> {
  readonly #conversation: Conversation;
  readonly #requests: Iterator<R>;
  readonly #window: Window;
  readonly #sent = new Queue<R>();
  #weight = 0;
  /** The next one, which did not fit into the window. */
  #waiting: R | undefined;
  #exhausted = false;

  constructor(conversation: Conversation, requests: Iterable<R>, window: Window) {
    this.#conversation = conversation;
    this.#requests = requests[Symbol.iterator]();
    this.#window = window;
  }

  /**
   * The next answer, `undefined` when all are given. What follows a status line (a message) has to
   * be read before this is called again.
   */
  async next(): Promise<Answer<R> | undefined> {
    this.#refill();
    return await this.#answer();
  }

  /** The next answer to what was sent already; nothing more is sent. */
  async drain(): Promise<Answer<R> | undefined> {
    return await this.#answer();
  }

  async #answer(): Promise<Answer<R> | undefined> {
    const request = this.#sent.shift();
    if (request === undefined) return undefined;
    this.#weight -= request.weight;
    return { request, status: await this.#conversation.status() };
  }

  /** At half the window and not before: so commands leave by the dozen and not one at a time. */
  #refill(): void {
    const { count, octets } = this.#window;
    if (this.#sent.length > count / 2 || this.#weight > octets / 2) return;
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      const fits = this.#sent.length < count && this.#weight + next.weight <= octets;
      if (this.#sent.length > 0 && !fits) return;
      this.#conversation.send(next.command);
      this.#sent.push(next);
      this.#weight += next.weight;
      this.#waiting = undefined;
    }
  }

  #peek(): R | undefined {
    if (this.#waiting !== undefined || this.#exhausted) return this.#waiting;
    const { done, value } = this.#requests.next();
    if (done === true) this.#exhausted = true;
    else this.#waiting = value;
    return this.#waiting;
  }
}
