/**
 * Opens a store by its settings, as the command line and the configuration give them.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import { StoreError } from "./errors.ts";
import type { MessageCache } from "./localfs/message_cache.ts";
import type { MimeStore } from "./mime_store.ts";
import { type Modhandler, MODHANDLERS } from "./modhandlers.ts";
import {
  commonPrefix,
  isForEach,
  userGroup,
  userPath,
  userPrefix,
  userTable,
} from "./user_places.ts";

export { type Modhandler, MODHANDLERS };

/**
 * Which store, and where. `{user}` in `path`, `prefix`, `tablename` and `groupid` stands for the
 * user's name, made safe: each user then has a maildrop of their own.
 */
export interface StoreSettings {
  /** Which store; another text than one of {@linkcode MODHANDLERS} is a `config` error. */
  readonly modhandler: Modhandler | (string & Record<never, never>);
  /** `localfs`, `maildir`: the folder. */
  readonly path?: string;
  /** `fake`: how many messages. @default {99} */
  readonly count?: number;
  /** `fake`: which messages. @default {1} */
  readonly seed?: number;
  /** `fake`: about how many octets each. */
  readonly size?: number;
  /** `cloud`: the data service's URL, ending in `/`. */
  readonly dataservice?: string;
  /** `cloud`: what the service knows us by. */
  readonly accesstoken?: string;
  /** `cloud`: `table` or `schema.table`. */
  readonly tablename?: string;
  /** `cloud`: the number of the mailbox in the table. @default {"0"} */
  readonly groupid?: string;
  /** `cloud`: how requests are written. @default {"shift"} */
  readonly encoding?: string;
  /** `cloud`: send the token in the clear to another machine. @default {false} */
  readonly insecure?: boolean;
  /** `s3`: the object store's URL, without the bucket. */
  readonly endpoint?: string;
  /** `s3`: what requests are signed for. @default {"us-east-1"} */
  readonly region?: string;
  /** `s3`: the bucket, which must be there. */
  readonly bucket?: string;
  /** `s3`: what all keys begin with. @default {""} */
  readonly prefix?: string;
  /** `s3`: the access key's id. */
  readonly accesskeyid?: string;
  /** `s3`: the access key itself. */
  readonly secretaccesskey?: string;
  /** `s3`: goes with temporary access keys. */
  readonly sessiontoken?: string;
  /** `cloud`, `s3`: so many seconds a maildrop's lock outlives its holder. @default {60} */
  readonly leaseSeconds?: number;
}

/** Options of {@linkcode openStore}. */
export interface OpenStoreOptions {
  /** Who it is opened for. */
  readonly user?: string;
  /** Make a folder that is not there. @default {false} */
  readonly create?: boolean;
  /** Whether a folder that is not there is an empty maildrop. @default with `{user}` in the path */
  readonly mayBeAbsent?: boolean;
  /** Hears of a damaged index and of messages that cannot be read. */
  readonly logger?: Logger;
  /** `localfs`, `maildir`: keeps small messages in memory; may be shared by many stores. */
  readonly cache?: MessageCache;
  /**
   * The store of the {@linkcode commonSettings} of the same settings: what it has asked its service
   * is not asked again.
   */
  readonly common?: MimeStore;
}

/**
 * Opens the store.
 *
 * A folder that is not there is an error of the kind `missing`, unless it is to be created or its
 * path holds `{user}`: then it is an empty maildrop, made when something is first added. Tables and
 * buckets are never made.
 *
 * Throws `config` where the settings make no sense.
 */
export async function openStore(
  settings: StoreSettings,
  options: OpenStoreOptions = {},
): Promise<MimeStore> {
  const { modhandler } = settings;
  // Each store's code is loaded when it is opened: a program that fetches mail starts often.
  switch (modhandler) {
    case "fake":
      return new (await import("./fake.ts")).FakeStore(settings);
    case "localfs":
    case "maildir":
      return await openFolder(modhandler, settings, options);
    case "cloud":
      return await openCloud(settings, options);
    case "s3":
      return await openS3(settings, options);
  }
  throw new StoreError(
    "config",
    `Cannot open the store ${JSON.stringify(modhandler)}: there are ${MODHANDLERS.join(", ")}`,
  );
}

/** Whether the store is a service that is reached over the network. */
export function isFar({ modhandler }: Pick<StoreSettings, "modhandler">): boolean {
  return modhandler === "cloud" || modhandler === "s3";
}

/** Whether each user has a maildrop of their own. */
export function isPerUser({ path, prefix, tablename, groupid }: StoreSettings): boolean {
  return [path, prefix, tablename, groupid].some(isForEach);
}

/**
 * Where a maildrop is that somebody named: a folder, what its keys begin with, or the number of a
 * mailbox. Throws `config` where the store has no such places.
 */
export function maildropSettings(
  settings: StoreSettings,
  maildrop: string,
  user: string,
): StoreSettings {
  switch (settings.modhandler) {
    case "localfs":
    case "maildir":
      return { ...settings, path: userPath(maildrop, user) };
    case "cloud":
      return { ...settings, groupid: userGroup(maildrop, user) };
    case "s3":
      return { ...settings, prefix: userPrefix(maildrop, user) };
  }
  throw new StoreError(
    "config",
    `Cannot open ${maildrop}, which the users file names: ${settings.modhandler} has no folders`,
  );
}

/**
 * What the maildrops of all users have in common, in a store that is a service: opened, it tells
 * whether the service is there and lets us in. `undefined` where there is nothing in common.
 */
export function commonSettings(settings: StoreSettings): StoreSettings | undefined {
  if (!isFar(settings) || isForEach(settings.tablename)) return undefined;
  return { ...settings, prefix: commonPrefix(settings.prefix ?? ""), groupid: "0" };
}

async function openFolder(
  modhandler: string,
  settings: StoreSettings,
  { user, create = false, mayBeAbsent, logger, cache }: OpenStoreOptions,
): Promise<MimeStore> {
  const path = needed(settings, "path", "a folder");
  const Store = modhandler === "localfs"
    ? (await import("./localfs.ts")).LocalFsStore
    : (await import("./maildir.ts")).MaildirStore;
  return await Store.open({
    path: userPath(path, user),
    create,
    mayBeAbsent: mayBeAbsent ?? isForEach(path),
    ...(logger !== undefined && { logger }),
    ...(cache !== undefined && { cache }),
  });
}

async function openCloud(
  settings: StoreSettings,
  { user, logger, common }: OpenStoreOptions,
): Promise<MimeStore> {
  const { CloudStore } = await import("./cloud.ts");
  const { accesstoken, encoding, insecure, leaseSeconds } = settings;
  const groupid = userGroup(settings.groupid ?? "0", user);
  if (common instanceof CloudStore) return common.mailbox(groupid);
  return await CloudStore.open({
    dataservice: needed(settings, "dataservice", "the URL of a data service"),
    tablename: userTable(needed(settings, "tablename", "a table"), user),
    groupid,
    ...(accesstoken !== undefined && { accesstoken }),
    ...(encoding !== undefined && { encoding }),
    ...(insecure !== undefined && { insecure }),
    ...(leaseSeconds !== undefined && { leaseSeconds }),
    ...(logger !== undefined && { logger }),
  });
}

async function openS3(
  settings: StoreSettings,
  { user, logger, common }: OpenStoreOptions,
): Promise<MimeStore> {
  const { S3Store } = await import("./s3.ts");
  const { region, sessiontoken, leaseSeconds } = settings;
  const prefix = userPrefix(settings.prefix ?? "", user);
  if (common instanceof S3Store) return common.below(prefix);
  return await S3Store.open({
    endpoint: needed(settings, "endpoint", "the URL of an object store"),
    bucket: needed(settings, "bucket", "a bucket"),
    accesskeyid: needed(settings, "accesskeyid", "the id of an access key"),
    secretaccesskey: needed(settings, "secretaccesskey", "an access key"),
    prefix,
    ...(region !== undefined && { region }),
    ...(sessiontoken !== undefined && { sessiontoken }),
    ...(leaseSeconds !== undefined && { leaseSeconds }),
    ...(logger !== undefined && { logger }),
  });
}

function needed(
  settings: StoreSettings,
  name:
    | "path"
    | "dataservice"
    | "tablename"
    | "endpoint"
    | "bucket"
    | "accesskeyid"
    | "secretaccesskey",
  what: string,
): string {
  const value = settings[name];
  if (value !== undefined && value !== "") return value;
  throw new StoreError(
    "config",
    `Cannot open the store ${settings.modhandler}: it needs ${what}, give --mimestore.${name}`,
  );
}
