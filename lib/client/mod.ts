/**
 * The POP3 client as a library: sessions, listings, octet-exact messages, downloads into a store.
 *
 * @example
 * ```ts ignore
 * import { Pop3Client } from "@izyware/izypop3/client";
 *
 * await using client = await Pop3Client.connect({ hostname: "pop.example.org", security: "tls" });
 * await client.signIn({ user: "me", password: "secret" });
 * for await (const part of client.retr(1)) await Deno.stdout.write(part);
 * await client.quit();
 * ```
 *
 * @module
 */

export { adviceFor } from "./advice.ts";
export { Pop3Client } from "./client.ts";
export type { Dialogue } from "./conversation.ts";
export { copyMessages, downloadToStore } from "./download.ts";
export type {
  CopyResult,
  DownloadOptions,
  Refused,
  StoreDownloadOptions,
  StoreDownloadResult,
} from "./download.ts";
export { BusyError, SignInError } from "./errors.ts";
export type { IncomingMessage } from "./incoming_message.ts";
export type { ListEntry, MaildropStat, UidlEntry } from "./listings.ts";
export type { Deletion, Retrieval } from "./many.ts";
export type { Pop3ClientOptions, Security, SessionOptions } from "./options.ts";
export type { DownloadProgress } from "./progress.ts";
export { selectMessages } from "./select.ts";
export type { RemoteMessage, SelectOptions } from "./select.ts";
export { refusedAtSignIn } from "./sign_in.ts";
export type { SignInMethod, SignInOptions } from "./sign_in.ts";
export { CertificateError, ConnectionError, TimeoutError } from "../net/errors.ts";
export type { ConnectionErrorKind } from "../net/errors.ts";
export type { ClientTlsOptions, NetAddress, Progress, Transport } from "../net/transport.ts";
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
