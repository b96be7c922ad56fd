/**
 * The POP3 client as a library: sessions, listings, octet-exact messages, downloads into a store.
 *
 * Errors tell apart what can be done about them: {@linkcode ServerRefusal} (the server said no: its
 * text and response code; the session goes on), {@linkcode ProtocolError} (the conversation is broken),
 * {@linkcode TimeoutError}, {@linkcode ConnectionError}, {@linkcode CertificateError}.
 *
 * @example Every message, octet for octet (the server stands for one on the Internet)
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
 * const { hostname, port } = server.address;
 * await using client = await Pop3Client.connect({ hostname, port, security: "none" });
 * await client.signIn({ user: "me", password: "secret" });
 * const numbers = (await client.list()).map(({ number }) => number);
 * for await (const { number, octets, refusal } of client.retrieve(numbers)) {
 *   if (refusal !== undefined) throw refusal;
 *   let size = 0;
 *   for await (const part of octets) size += part.length;
 *   console.log(number, size);
 * }
 * await client.quit();
 * ```
 *
 * @example A no of the server, and a signal that ends every wait
 * ```ts
 * import { FakeStore, Pop3Client, Pop3Server, ServerRefusal, singlePassword } from "@izyware/izypop3";
 *
 * await using server = Pop3Server.start({
 *   port: 0,
 *   authenticator: singlePassword("secret"),
 *   openStore: () => Promise.resolve(new FakeStore()),
 * });
 *
 * const stop = new AbortController();
 * await using client = await Pop3Client.connect({ ...server.address, signal: stop.signal });
 * try {
 *   await client.signIn({ user: "me", password: "wrong" });
 * } catch (error) {
 *   if (!(error instanceof ServerRefusal)) throw error;
 *   console.log(error.code, error.text);
 * }
 * stop.abort(new Error("enough"));
 * ```
 *
 * @module
 */

export { adviceFor } from "./advice.ts";
export { Pop3Client } from "./client.ts";
export type { Dialogue } from "./conversation.ts";
export { discoverServer, dnsResolver, PROVIDERS, providerServer } from "./discovery.ts";
export type { DiscoveredServer, Provider, ServiceRecord, ServiceResolver } from "./discovery.ts";
export { copyMessages, downloadToStore } from "./download.ts";
export type {
  CopyResult,
  DownloadOptions,
  Refused,
  StoreDownloadOptions,
  StoreDownloadResult,
} from "./download.ts";
export { BusyError, SignInError } from "./errors.ts";
export { KnownSource } from "./known_source.ts";
export type { IncomingMessage } from "./incoming_message.ts";
export type { ListEntry, MaildropStat, UidlEntry } from "./listings.ts";
export type { Deletion, Retrieval } from "./many.ts";
export type { Pop3ClientOptions, Security, SessionOptions } from "./options.ts";
export type { DownloadProgress } from "./progress.ts";
export { meansLater } from "./refusal_kind.ts";
export { withRetries } from "./retry.ts";
export type { Attempt, NewManner, RetryOptions, Watched } from "./retry.ts";
export { listMessages, pickMessages, selectMessages } from "./select.ts";
export type { RemoteMessage, SelectOptions } from "./select.ts";
export { refusedAtSignIn } from "./sign_in.ts";
export type { SignInMethod, SignInOptions } from "./sign_in.ts";
export { CertificateError, ConnectionError, TimeoutError } from "../net/errors.ts";
export type { ConnectionErrorKind } from "../net/errors.ts";
export type {
  ClientTlsOptions,
  NetAddress,
  Progress,
  TlsFacts,
  Transport,
} from "../net/transport.ts";
export { certificatesInPem } from "../net/tls.ts";
export { CommandError, MessageSetError, ProtocolError, ServerRefusal } from "../protocol/errors.ts";
export type { Capabilities } from "../protocol/capability.ts";
export { parseMessageSet } from "../protocol/message_set.ts";
export type { MessageSet, MessageTerm } from "../protocol/message_set.ts";
export type {
  AddResult,
  ItemChange,
  MimeItem,
  MimeQuery,
  MimeStore,
  NewMimeItem,
  ReadOptions,
  StoreLock,
  StoreStatus,
  Tag,
} from "../stores/mime_store.ts";
export type { SourceNotes } from "../stores/source_notes.ts";
