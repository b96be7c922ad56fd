/**
 * What a session remembers between two commands.
 *
 * @module
 */

import type { Authenticator, Identity } from "../auth/authenticator.ts";
import type { ServerMechanism } from "../auth/server_mechanism.ts";
import type { Maildrop } from "./maildrop.ts";
import type { ServerMetrics } from "./metrics.ts";
import type { SignInInterval, Throttle } from "./peers.ts";

/** Where a session is (RFC 1939 §3); `closed` stands for UPDATE and after. */
export type Phase = "authorization" | "transaction" | "closed";

/** What a session needs from around it; the same for all sessions of a server. */
export interface SessionServices {
  /** The name that the greeting shows and that APOP timestamps end in. */
  readonly serverName: string;
  /** The value of the IMPLEMENTATION capability. */
  readonly implementation: string;
  readonly authenticator: Authenticator;
  /**
   * Whether messages that were retrieved leave the maildrop at QUIT, as the EXPIRE capability
   * tells (RFC 2449 §6.7).
   */
  readonly commitMode: boolean;
  /** Whether who did not say UTF8 gets headers in ASCII only (RFC 6856 §2.1). */
  readonly asciiHeaders: boolean;
  /** Whether the connection can be upgraded to TLS. */
  readonly startTls: boolean;
  /** Whether nobody may sign in without TLS. */
  readonly requireTls: boolean;
  /** Makes guessing passwords slow. */
  readonly throttle: Throttle | undefined;
  /** Where users may not come back at once. */
  readonly loginDelay: SignInInterval | undefined;
  /** What counts sign-ins and refusals. */
  readonly metrics?: ServerMetrics | undefined;
  /** Resolves after so many ms, or when the server has no time left. */
  wait(milliseconds: number): Promise<void>;
  /** Opens the maildrop of a user who signed in; throws {@linkcode StoreError}s. */
  openMaildrop(identity: Identity): Promise<Maildrop>;
}

/** How much a session did, for its line in the log. */
export interface SessionTally {
  /** Messages that RETR sent. */
  retrieved: number;
  /** Messages that QUIT deleted. */
  deleted: number;
}

/** What a session knows of its peer. */
export interface SessionPeer {
  /** This session's own msg-id for APOP, where APOP can work (RFC 1939 §7). */
  readonly timestamp?: string | undefined;
  /** The IP address. */
  readonly address?: string;
}

/** The state of one session; the commands change it. */
export interface SessionState {
  readonly services: SessionServices;
  /** The peer's IP address. */
  readonly address: string;
  /** Whether TLS is in use. */
  secure: boolean;
  /** Whether the client said UTF8. */
  utf8: boolean;
  /** The SASL mechanism under way: the next line is for it, and no command. */
  exchange: ServerMechanism | undefined;
  /** A token was refused, and the next line, whatever it is, only asks to be told so. */
  refusedToken: boolean;
  /** The timestamp of the greeting, where APOP can work; not needed after sign-in. */
  timestamp: string | undefined;
  readonly tally: SessionTally;
  phase: Phase;
  /** The name that USER gave, until PASS. */
  offeredUser: string | undefined;
  /** Who signed in. */
  user: string | undefined;
  /** There in the phase `transaction`. */
  maildrop: Maildrop | undefined;
  /** Whether QUIT was handled. */
  quitted: boolean;
  failedSignIns: number;
  /** Why we close the connection, if we do. */
  closedFor: string | undefined;
  badCommands: number;
}

/** Whether this connection is one to sign in on. */
export function maySignIn({ services, secure }: SessionState): boolean {
  return secure || !services.requireTls;
}
