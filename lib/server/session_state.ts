/**
 * What a session remembers between two commands.
 *
 * @module
 */

import type { Authenticator, Identity } from "../auth/authenticator.ts";
import type { Maildrop } from "./maildrop.ts";

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

/** The state of one session; the commands change it. */
export interface SessionState {
  readonly services: SessionServices;
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
  badCommands: number;
}
