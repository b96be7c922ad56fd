/**
 * The one line that the log has of every session, however it ended.
 *
 * @module
 */

import type { Logger } from "../log.ts";
import type { NetAddress, Transport } from "../net/transport.ts";

/** How a session ended. */
export type Ending =
  | "quit"
  | "closed by client"
  | "connection lost"
  | "idle time-out"
  | "server shutdown"
  | "turned away"
  | "TLS handshake failed"
  | "no PROXY header"
  | "message could not be sent";

/** What a session came to. */
export interface SessionSummary {
  /** The connection as it was at the end. */
  readonly transport: Pick<Transport, "remote" | "secure">;
  readonly ended: Ending;
  /** What went wrong, where the ending does not say it all. */
  readonly reason?: string | undefined;
  /** Since the connection was accepted. */
  readonly seconds: number;
  /** Who signed in. */
  readonly user?: string | undefined;
  /** Messages that RETR sent. */
  readonly messages?: number;
  /** Octets that were written, those of TLS not counted. */
  readonly octets?: number;
  /** Messages that QUIT deleted. */
  readonly deleted?: number;
}

/** Endings that an administrator may want to do something about. */
const NOTEWORTHY: readonly Ending[] = ["turned away", "no PROXY header"];

/** Writes the line. */
export function logSummary(logger: Logger, summary: SessionSummary): void {
  const { transport, ended, reason, seconds } = summary;
  const level = NOTEWORTHY.includes(ended) ? "warn" : "info";
  logger[level]("session ended", {
    user: summary.user,
    address: shownAddress(transport.remote),
    tls: transport.secure,
    messages: summary.messages ?? 0,
    octets: summary.octets ?? 0,
    deleted: summary.deleted ?? 0,
    seconds: Math.round(seconds * 1000) / 1000,
    ended,
    reason,
  });
}

/** An address with its port, as URLs write them: IPv6 in brackets. */
export function shownAddress({ hostname, port }: NetAddress): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
