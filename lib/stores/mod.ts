/**
 * Stores of messages: one interface, several places to keep them.
 *
 * @example
 * ```ts
 * import { FakeStore } from "@izyware/izypop3/stores";
 *
 * await using store = new FakeStore({ count: 3 });
 * for (const item of await store.query({ tags: ["unread"] })) {
 *   let octets = 0;
 *   for await (const chunk of store.read(item)) octets += chunk.length;
 *   if (octets !== item.size) throw new Error("never");
 * }
 * ```
 *
 * @module
 */
export type { LogFields, Logger } from "../log.ts";
export { CloudStore, type CloudStoreOptions } from "./cloud.ts";
export { StoreError, type StoreErrorKind } from "./errors.ts";
export { FakeStore, type FakeStoreOptions } from "./fake.ts";
export { type LocalFsOptions, LocalFsStore } from "./localfs.ts";
export type { FolderOptions, FolderStore } from "./localfs/folder_store.ts";
export { MessageCache } from "./localfs/message_cache.ts";
export { type MaildirOptions, MaildirStore } from "./maildir.ts";
export {
  type AddResult,
  isTag,
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
} from "./mime_store.ts";
export type { IzynodeEncoding } from "./izynode.ts";
export type { ServiceFetch } from "./network_failure.ts";
export type { RetryPolicy } from "./retry.ts";
export { S3Store, type S3StoreOptions } from "./s3.ts";
export type { SourceNotes } from "./source_notes.ts";
export {
  type Modhandler,
  MODHANDLERS,
  openStore,
  type OpenStoreOptions,
  type StoreSettings,
} from "./registry.ts";
