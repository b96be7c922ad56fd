/**
 * POP3: a server, a client, and the stores of messages that both work with.
 *
 * The parts are entry points of their own, too: `@izyware/izypop3/server`, `/client`, `/stores`;
 * `/cli` is the program.
 *
 * @example A server of made-up messages, and a client that fetches them
 * ```ts
 * import { FakeStore, Pop3Client, Pop3Server, singlePassword } from "@izyware/izypop3";
 *
 * const store = new FakeStore({ count: 3 });
 * await using server = Pop3Server.start({
 *   port: 0,
 *   authenticator: singlePassword("secret"),
 *   openStore: () => Promise.resolve(store),
 * });
 *
 * await using client = await Pop3Client.connect(server.address);
 * await client.signIn({ user: "me", password: "secret" });
 * for (const { number, size } of await client.list()) {
 *   let octets = 0;
 *   for await (const part of client.retr(number)) octets += part.length;
 *   if (octets !== size) throw new Error("never");
 * }
 * await client.quit();
 * ```
 *
 * @module
 */

export { Pop3Server, type Pop3ServerOptions } from "./lib/server/mod.ts";
export { type Listener, MemoryListener, type MemoryTransport } from "./lib/server/mod.ts";
export type {
  Authenticator,
  CredentialKind,
  Credentials,
  Identity,
  ScramCredentials,
  ScramUser,
} from "./lib/server/mod.ts";
export { type KeyPair, ServerTls, singlePassword } from "./lib/server/mod.ts";
export {
  type Ending,
  type LiveSession,
  type MetricFamily,
  type MetricSample,
  type PeerNews,
  type RefusalCause,
  ServerMetrics,
  type SessionSummary,
  type SignInResult,
  type TellPeers,
} from "./lib/server/mod.ts";

export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  silentLogger,
} from "./lib/log.ts";

export {
  type ClientTlsOptions,
  type Dialogue,
  type IncomingMessage,
  type NetAddress,
  Pop3Client,
  type Pop3ClientOptions,
  type Progress,
  type Security,
  type SessionOptions,
  type TlsFacts,
  type Transport,
} from "./lib/client/mod.ts";
export {
  adviceFor,
  type Capabilities,
  certificatesInPem,
  type DiscoveredServer,
  discoverServer,
  dnsResolver,
  type Provider,
  PROVIDERS,
  providerServer,
  refusedAtSignIn,
  type ServiceRecord,
  type ServiceResolver,
  type SignInMethod,
  type SignInOptions,
} from "./lib/client/mod.ts";
export { type Attempt, meansLater, type NewManner, type RetryOptions } from "./lib/client/mod.ts";
export { type Watched, withRetries } from "./lib/client/mod.ts";
export {
  copyMessages,
  type CopyResult,
  type Deletion,
  type DownloadOptions,
  type DownloadProgress,
  downloadToStore,
  KnownSource,
  type ListEntry,
  listMessages,
  type MaildropStat,
  type MessageSet,
  type MessageTerm,
  parseMessageSet,
  pickMessages,
  type Refused,
  type RemoteMessage,
  type Retrieval,
  selectMessages,
  type SelectOptions,
  type StoreDownloadOptions,
  type StoreDownloadResult,
  type UidlEntry,
} from "./lib/client/mod.ts";
export {
  BusyError,
  CertificateError,
  CommandError,
  ConnectionError,
  type ConnectionErrorKind,
  MessageSetError,
  ProtocolError,
  ServerRefusal,
  SignInError,
  TimeoutError,
} from "./lib/client/mod.ts";

export {
  type AddResult,
  CloudStore,
  type CloudStoreOptions,
  FakeStore,
  type FakeStoreOptions,
  type FolderOptions,
  type FolderStore,
  isTag,
  type ItemChange,
  type IzynodeEncoding,
  type LocalFsOptions,
  LocalFsStore,
  type MaildirOptions,
  MaildirStore,
  MessageCache,
  type MimeItem,
  type MimeQuery,
  type MimeStore,
  type Modhandler,
  MODHANDLERS,
  type NewMimeItem,
  openStore,
  type OpenStoreOptions,
  type ReadOptions,
  type RetryPolicy,
  S3Store,
  type S3StoreOptions,
  type ServiceFetch,
  type SourceNotes,
  StoreError,
  type StoreErrorKind,
  type StoreLock,
  type StoreSettings,
  type StoreStatus,
  type Tag,
  TAGS,
} from "./lib/stores/mod.ts";
