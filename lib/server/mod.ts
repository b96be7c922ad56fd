/**
 * The POP3 server of izypop3.
 *
 * @module
 */

export { Pop3Server } from "./server.ts";
export type { Pop3ServerOptions } from "./options.ts";
export type { PeerNews, TellPeers } from "./peers.ts";
export { ServerMetrics } from "./metrics.ts";
export type { LiveSession, RefusalCause, SignInResult } from "./metrics.ts";
export type { MetricFamily, MetricSample } from "./metrics/families.ts";
export type { Ending, SessionSummary } from "./summary.ts";
export type {
  Authenticator,
  CredentialKind,
  Credentials,
  Identity,
  ScramUser,
} from "../auth/authenticator.ts";
export type { ScramCredentials } from "../auth/scram.ts";
export { singlePassword } from "../auth/single_password.ts";
export { type LogFields, type Logger, silentLogger } from "../log.ts";
export type { Listener } from "../net/listener.ts";
export { MemoryListener } from "../net/memory_listener.ts";
export type { MemoryTransport } from "../net/memory_transport.ts";
export { type KeyPair, ServerTls } from "../net/server_tls.ts";
export type {
  ClientTlsOptions,
  NetAddress,
  Progress,
  TlsFacts,
  Transport,
} from "../net/transport.ts";
export {
  type AddResult,
  type ItemChange,
  type MimeItem,
  type MimeQuery,
  type MimeStore,
  type NewMimeItem,
  type ReadOptions,
  type StoreLock,
  type StoreStatus,
  type Tag,
  TAGS,
} from "../stores/mime_store.ts";
export type { SourceNotes } from "../stores/source_notes.ts";
