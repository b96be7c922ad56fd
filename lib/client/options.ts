/**
 * What a client can be told.
 *
 * @module
 */

import { PIPELINE_COMMANDS, PIPELINE_OCTETS } from "../protocol/limits.ts";
import type { Dialogue } from "./conversation.ts";
import { LOCK_STEP } from "./pipeline.ts";
import type { Window } from "./pipeline.ts";

/**
 * - `none`: plain text
 * - `tls`: TLS from the first octet on (RFC 8314)
 * - `stls`: plain text up to the STLS command (RFC 2595); never goes on without TLS
 */
export type Security = "none" | "tls" | "stls";

/** Options that any session has. */
export interface SessionOptions {
  /** How octets are protected. @default {"none"} */
  readonly security?: Security;
  /** Certificates in PEM form that are trusted beside the system's. */
  readonly caCerts?: readonly string[];
  /** The name that the certificate must bear, where it is not the host's. */
  readonly tlsHostname?: string;
  /** So many seconds without an octet in either direction end a wait. @default {60} */
  readonly timeoutSeconds?: number;
  /** Ends the session, and every wait in it with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Whether commands are sent ahead of the replies: where the server announces it, never, or up to
   * so many whatever the server says. @default {"auto"}
   */
  readonly pipeline?: "auto" | "off" | number;
  /**
   * Whether CAPA may be asked on the client's own account; without, the server counts as one that has
   * no such command. Some hang up when they hear it. @default {true}
   */
  readonly capa?: boolean;
  /** Told what is sent and received, without secrets. */
  readonly dialogue?: Dialogue;
}

/** Where to connect to, and how. */
export interface Pop3ClientOptions extends SessionOptions {
  /** A host name or an IP address. */
  readonly hostname: string;
  /** The port. @default {110}, with `security: "tls"` 995 */
  readonly port?: number;
}

/** Seconds without progress. */
export const DEFAULT_TIMEOUT_SECONDS = 60;

/** The port for POP3 (RFC 1939 §3) or for POP3 over TLS (RFC 8314 §7.1). */
export function defaultPort(security: Security | undefined): number {
  return security === "tls" ? 995 : 110;
}

/** The window that the option `pipeline` asks for; `undefined` where the server decides. */
export function fixedWindow(pipeline: SessionOptions["pipeline"]): Window | undefined {
  if (pipeline === undefined || pipeline === "auto") return undefined;
  if (pipeline === "off" || pipeline <= 1) return LOCK_STEP;
  return { count: pipeline, octets: PIPELINE_OCTETS };
}

/** The window for a server that announces PIPELINING, or does not. */
export function announcedWindow(pipelining: boolean): Window {
  return pipelining ? { count: PIPELINE_COMMANDS, octets: PIPELINE_OCTETS } : LOCK_STEP;
}
