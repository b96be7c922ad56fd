/**
 * The one line that the log has of every session, however it ended.
 *
 * @module
 */

import type { Logger } from "../log.ts";
import type { LiveSession, ServerMetrics } from "./metrics.ts";
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
  readonly transport: Pick<Transport, "remote" | "secure" | "tlsFacts">;
  /** How it ended. */
  readonly ended: Ending;
  /** What went wrong, where the ending does not say it all. */
  readonly reason?: string | undefined;
  /** Since the connection was accepted. */
  readonly seconds: number;
  /** Attempts to sign in that failed. */
  readonly failedSignIns?: number;
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

/** Who is told of each session. */
export interface Records {
  readonly logger: Logger;
  readonly metrics: ServerMetrics | undefined;
}

/** Writes the line, and counts; `live` is what the metrics have known the session by. */
export function recordEnding(
  { logger, metrics }: Records,
  summary: SessionSummary,
  live?: LiveSession,
): void {
  metrics?.ended(summary, live);
  const { transport, ended, reason, seconds } = summary;
  const level = NOTEWORTHY.includes(ended) ? "warn" : "info";
  logger[level]("session ended", {
    user: summary.user,
    address: shownAddress(transport.remote),
    tls: transport.secure,
    tlsVersion: transport.tlsFacts?.version,
    cipher: transport.tlsFacts?.cipher,
    messages: summary.messages ?? 0,
    octets: summary.octets ?? 0,
    deleted: summary.deleted ?? 0,
    seconds: Math.round(seconds * 1000) / 1000,
    ended,
    reason,
    // Only where there were some: then it is what to look for.
    failedSignIns: summary.failedSignIns || undefined,
  });
}

/** An address with its port, as URLs write them: IPv6 in brackets, and IPv4 within it as IPv4. */
export function shownAddress({ hostname, port }: NetAddress): string {
  const address = hostname.replace(/^::ffff:(?=[0-9.]+$)/i, "");
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
