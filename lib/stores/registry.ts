/**
 * Opens a store by its settings, as the command line and the configuration give them.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import { StoreError } from "./errors.ts";
import type { MessageCache } from "./localfs/message_cache.ts";
import { safeName } from "./localfs/names.ts";
import type { MimeStore } from "./mime_store.ts";

/** The stores there are. */
export const MODHANDLERS = ["fake", "localfs", "maildir"] as const;

/** One of {@linkcode MODHANDLERS}. */
export type Modhandler = (typeof MODHANDLERS)[number];

/** Which store, and where. */
export interface StoreSettings {
  /** Which store; another text than one of {@linkcode MODHANDLERS} is a `config` error. */
  readonly modhandler: Modhandler | (string & Record<never, never>);
  /** `localfs`, `maildir`: the folder; `{user}` stands for the user's name, made safe. */
  readonly path?: string;
  /** `fake`: how many messages. @default {99} */
  readonly count?: number;
  /** `fake`: which messages. @default {1} */
  readonly seed?: number;
  /** `fake`: about how many octets each. */
  readonly size?: number;
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
}

/** What stands for the user's name in a path. */
const USER = "{user}";

/**
 * Opens the store.
 *
 * A folder that is not there is an error of the kind `missing`, unless it is to be created or its
 * path holds `{user}`: then it is an empty maildrop, made when something is first added.
 *
 * Throws `config` where the settings make no sense.
 */
export async function openStore(
  settings: StoreSettings,
  options: OpenStoreOptions = {},
): Promise<MimeStore> {
  const { modhandler } = settings;
  // Each store's code is loaded when it is opened: a program that fetches mail starts often.
  if (modhandler === "fake") return new (await import("./fake.ts")).FakeStore(settings);
  if (modhandler === "localfs" || modhandler === "maildir") {
    return await openFolder(modhandler, settings, options);
  }
  throw new StoreError(
    "config",
    `Cannot open the store ${JSON.stringify(modhandler)}: there are ${MODHANDLERS.join(", ")}`,
  );
}

/**
 * `path` with the user's name in place of `{user}`, percent-encoded so that it is the name of one
 * folder, whatever the user is called. Throws `config` where the path needs a user and has none.
 */
export function userPath(path: string, user: string | undefined): string {
  if (!path.includes(USER)) return path;
  if (user === undefined || user === "") {
    throw new StoreError(
      "config",
      `Cannot open ${path}: nobody has signed in to stand for ${USER}`,
    );
  }
  return path.replaceAll(USER, () => safeName(user));
}

async function openFolder(
  modhandler: string,
  settings: StoreSettings,
  { user, create = false, mayBeAbsent, logger, cache }: OpenStoreOptions,
): Promise<MimeStore> {
  const { path } = settings;
  if (path === undefined || path === "") {
    throw new StoreError(
      "config",
      `Cannot open the store ${modhandler}: it needs a folder, give --mimestore.path`,
    );
  }
  const Store = modhandler === "localfs"
    ? (await import("./localfs.ts")).LocalFsStore
    : (await import("./maildir.ts")).MaildirStore;
  return await Store.open({
    path: userPath(path, user),
    create,
    mayBeAbsent: mayBeAbsent ?? path.includes(USER),
    ...(logger !== undefined && { logger }),
    ...(cache !== undefined && { cache }),
  });
}
