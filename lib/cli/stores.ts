/**
 * From `--mimestore.*` and `--query.*` to stores and queries.
 *
 * @module
 */
import { UsageError } from "../config/errors.ts";
import type { Logger } from "../log.ts";
import { StoreError } from "../stores/errors.ts";
import type { MimeQuery, MimeStore } from "../stores/mime_store.ts";
import { MessageCache } from "../stores/localfs/message_cache.ts";
import { openStore, type StoreSettings, userPath } from "../stores/registry.ts";
import { CannotCreateError } from "./errors.ts";

/** The options that tell which store, as every command's settings have them. */
export interface StoreOptions {
  readonly "mimestore.modhandler": StoreSettings["modhandler"] | undefined;
  readonly "mimestore.path": string | undefined;
  readonly "mimestore.count": number;
  readonly "mimestore.seed": number;
  readonly "mimestore.size": number | undefined;
}

/** The options that tell which items. */
export interface QueryOptions {
  readonly "query.limit": number | undefined;
  readonly "query.tags": readonly string[] | undefined;
  readonly "query.order": "asc" | "desc";
}

/**
 * Which store is meant; `undefined` where none was named and there is no default. With
 * `pathElsewhere` its folder need not be named: a users file may tell.
 *
 * @throws {UsageError} if the options do not fit together.
 */
export function storeSettings(
  options: StoreOptions,
  byDefault?: StoreSettings["modhandler"],
  pathElsewhere: boolean = false,
): StoreSettings | undefined {
  const path = options["mimestore.path"];
  const named = options["mimestore.modhandler"];
  if (named === undefined && path !== undefined) {
    throw new UsageError(
      "Cannot tell what kind of store is at --mimestore.path: add --mimestore.modhandler localfs",
    );
  }
  const modhandler = named ?? byDefault;
  if (modhandler === undefined) return undefined;
  if (
    (modhandler === "localfs" || modhandler === "maildir") && path === undefined && !pathElsewhere
  ) {
    throw new UsageError(
      `Cannot open the ${modhandler} store: its folder is missing; add --mimestore.path`,
    );
  }
  const size = options["mimestore.size"];
  return {
    modhandler,
    count: options["mimestore.count"],
    seed: options["mimestore.seed"],
    ...(path === undefined ? {} : { path }),
    ...(size === undefined ? {} : { size }),
  };
}

/** Which items are meant. */
export function mimeQuery(options: QueryOptions): MimeQuery {
  const limit = options["query.limit"];
  const tags = options["query.tags"];
  return {
    order: options["query.order"],
    ...(limit === undefined ? {} : { limit }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/**
 * The store where messages are to go, made where it is not there.
 *
 * @throws {CannotCreateError} if it cannot be made.
 */
export async function openTarget(settings: StoreSettings, user?: string): Promise<MimeStore> {
  try {
    return await openStore(settings, { create: true, ...(user === undefined ? {} : { user }) });
  } catch (error) {
    throw toCannotCreate(error);
  }
}

/** What to throw where messages were to go: a place that takes none is no output we can create. */
export function toCannotCreate(error: unknown): unknown {
  const cannot = error instanceof StoreError &&
    (error.kind === "missing" || error.kind === "denied");
  return cannot ? new CannotCreateError(error.message, { cause: error }) : error;
}

/** Whether each user has a folder of their own. */
export function isPerUser(settings: StoreSettings): boolean {
  return settings.path?.includes("{user}") === true;
}

/**
 * The stores of a server's users, each opened once and kept open: opening a folder anew for each
 * sign-in would read its index again.
 */
export class StoreKeeper implements AsyncDisposable {
  readonly #settings: StoreSettings;
  readonly #logger: Logger;
  readonly #perUser: boolean;
  readonly #open = new Map<string, Promise<MimeStore>>();
  readonly #cache: MessageCache;

  /** `cacheOctets` are for the small messages that the stores keep in memory together. */
  constructor(settings: StoreSettings, logger: Logger, cacheOctets: number) {
    this.#settings = settings;
    this.#cache = new MessageCache(cacheOctets);
    this.#logger = logger;
    // Made-up messages are in memory: what one user deletes must not be missing for another.
    this.#perUser = settings.modhandler === "fake" || isPerUser(settings);
  }

  /**
   * A user's store; `maildrop` is the folder that the users file names, with `{user}` or without.
   */
  async storeOf(user: string, maildrop?: string): Promise<MimeStore> {
    if (maildrop === undefined) return await this.#storeAt(this.#perUser ? user : "", user);
    const folder = userPath(maildrop, user);
    // The kinds of keys cannot be taken for each other: no user's name has a NUL.
    return await this.#storeAt(`\0${folder}`, user, folder);
  }

  async #storeAt(key: string, user: string, folder?: string): Promise<MimeStore> {
    const known = this.#open.get(key);
    if (known !== undefined) return await known;
    const opening = folder === undefined
      ? openStore(this.#settings, { user, logger: this.#logger, cache: this.#cache })
      : this.#openFolder(folder);
    this.#open.set(key, opening);
    try {
      return await opening;
    } catch (error) {
      // What is wrong now may be right at the next sign-in.
      this.#open.delete(key);
      throw error;
    }
  }

  #openFolder(folder: string): Promise<MimeStore> {
    const { modhandler } = this.#settings;
    if (modhandler !== "localfs" && modhandler !== "maildir") {
      const reason =
        `Cannot open ${folder}, which the users file names: ${modhandler} has no folders`;
      return Promise.reject(new StoreError("config", reason));
    }
    const settings = { ...this.#settings, path: folder };
    return openStore(settings, {
      mayBeAbsent: true,
      logger: this.#logger,
      cache: this.#cache,
    });
  }

  /** Closes all stores. */
  async [Symbol.asyncDispose](): Promise<void> {
    const stores = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const opened of stores) {
      if (opened.status === "fulfilled") await opened.value[Symbol.asyncDispose]();
    }
  }
}
