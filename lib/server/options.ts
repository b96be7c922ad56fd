/**
 * What a server can be told to do.
 *
 * @module
 */

import type { Authenticator, Identity } from "../auth/authenticator.ts";
import type { Logger } from "../log.ts";
import type { Listener } from "../net/listener.ts";
import type { ServerTls } from "../net/server_tls.ts";
import type { MimeQuery, MimeStore } from "../stores/mime_store.ts";
import type { ServerMetrics } from "./metrics.ts";
import type { TellPeers } from "./peers.ts";

/** What a `Pop3Server` is to do. */
export interface Pop3ServerOptions {
  /** The name or address to listen on. @default {"127.0.0.1"} */
  readonly hostname?: string;
  /** The port to listen on; 0 picks a free one. @default {1110} */
  readonly port?: number;
  /** Where connections come from instead of a port: one that was opened before, or memory. */
  readonly listener?: Listener;
  /** What upgrades connections to TLS: with it STLS is offered (RFC 2595). Not disposed. */
  readonly tls?: Pick<ServerTls, "upgrade"> | undefined;
  /** Where connections come from that begin with TLS (RFC 8314 §3); needs `tls`. */
  readonly tlsListener?: Listener | undefined;
  /**
   * Addresses and CIDR networks of balancers, whose connections begin with a header of HAProxy's
   * PROXY protocol, version 1 or 2; the client that it names counts for limits, delays and the log.
   * From anybody else such a header is not taken. @default none
   */
  readonly proxyFrom?: readonly string[] | undefined;
  /** Whether nobody may sign in without TLS; needs `tls`. @default {false} */
  readonly requireTls?: boolean;
  /** The name in the greeting and in APOP timestamps. @default {"localhost"} */
  readonly serverName?: string;
  /** Who may sign in; its kinds decide what is offered. */
  readonly authenticator: Authenticator;
  /**
   * The store of a user who signed in. It may be the same object again and again; the server
   * locks and unlocks it, but never disposes it.
   */
  readonly openStore: (identity: Identity) => Promise<MimeStore>;
  /** The delay that failed sign-ins earn stops growing there; 0 means none. @default {15} */
  readonly authPenaltyMaxSeconds?: number;
  /** Seconds between two sign-ins of one user (RFC 2449 §6.5). @default none */
  readonly loginDelaySeconds?: number | undefined;
  /** Which messages are shown, in which order. @default {{ tags: ["unread"] }} */
  readonly query?: MimeQuery;
  /** Whether serving a message changes its tag (queue hand-off). @default {false} */
  readonly commitMode?: boolean;
  /**
   * Whether a client that did not say UTF8 gets headers in ASCII in place of any others, as
   * RFC 6856 §2.1 demands; if not, it gets each message as it is stored. @default {true}
   */
  readonly asciiHeaders?: boolean;
  /** What QUIT does with deleted messages. @default {"archive"} */
  readonly onDelete?: "archive" | "remove";
  /**
   * Whether a maildrop is for one session at a time (RFC 1939 §4). Without that each session has
   * a snapshot of its own: several may serve and delete the same message. @default {true}
   */
  readonly lock?: boolean;
  /** Seconds without a command or progress, after which a connection is closed. @default {600} */
  readonly idleTimeoutSeconds?: number;
  /** Over so many at a time, clients are turned away. @default {10000} */
  readonly maxConnections?: number;
  /** The same for one client address; of IPv6, for one /64. @default no limit */
  readonly maxPerIp?: number;
  /** Where one line a session and all faults go. @default nowhere */
  readonly logger?: Logger;
  /** Whether commands and replies are logged too, without secrets. @default {false} */
  readonly logDialogue?: boolean;
  /** What counts sessions, sign-ins, commands and refusals. @default nothing is counted */
  readonly metrics?: ServerMetrics | undefined;
  /**
   * Tells other servers, which share the port, what limits and delays must know; what they tell
   * goes to `Pop3Server.hear`. @default there are no others
   */
  readonly tellPeers?: TellPeers | undefined;
  /** What the IMPLEMENTATION capability says. @default {"izypop3"} */
  readonly implementation?: string;
}
