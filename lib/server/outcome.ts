/**
 * What comes of a command.
 *
 * @module
 */

import type { Reply, ResponseCode } from "../protocol/reply.ts";

/** What a session answers to one command line, and what is to happen then. */
export interface Outcome {
  readonly reply: Reply;
  /** What the connection does once the reply is sent. */
  readonly then?: "close" | "start-tls" | undefined;
  /** The error behind the reply, for the log: the peer does not get to see it. */
  readonly fault?: unknown;
}

/** A positive answer of one line. */
export function ok(text: string): Outcome {
  return { reply: { kind: "ok", text } };
}

/** A negative answer; the session goes on. */
export function err(text: string, code?: ResponseCode): Outcome {
  return { reply: code === undefined ? { kind: "err", text } : { kind: "err", text, code } };
}

/** The same outcome, but the connection closes after it. */
export function thenClose(outcome: Outcome): Outcome {
  return { ...outcome, then: "close" };
}
