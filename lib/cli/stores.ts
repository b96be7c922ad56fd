/**
 * From `--mimestore.*` and `--query.*` to stores and queries.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import { StoreError } from "../stores/errors.ts";
import type { MimeQuery, MimeStore } from "../stores/mime_store.ts";
import { MessageCache } from "../stores/localfs/message_cache.ts";
import {
  commonSettings,
  isFar,
  isPerUser,
  maildropSettings,
  openStore,
  type OpenStoreOptions,
  type StoreSettings,
} from "../stores/registry.ts";
import { CannotCreateError } from "./errors.ts";

export { secondStoreSettings, storeSettings } from "./store_settings.ts";

/** The options that tell which items. */
export interface QueryOptions {
  readonly "query.limit": number | undefined;
  readonly "query.tags": readonly string[] | undefined;
  readonly "query.order": "asc" | "desc";
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
 * The store where messages are to go; a folder is made where it is not there, a table or bucket
 * is not.
 *
 * @throws {CannotCreateError} if it cannot be made.
 */
export async function openTarget(settings: StoreSettings, user?: string): Promise<MimeStore> {
  try {
    return await openStore(settings, { create: true, ...(user === undefined ? {} : { user }) });
  } catch (error) {
    throw toCannotCreate(error, settings);
  }
}

/**
 * What to throw where messages were to go: a place that takes none is no output we can create. Who
 * is not let in at a service, though, would be let in with other settings.
 */
export function toCannotCreate(
  error: unknown,
  store: Pick<StoreSettings, "modhandler">,
): unknown {
  const cannot = error instanceof StoreError &&
    (error.kind === "missing" || (error.kind === "denied" && !isFar(store)));
  return cannot ? new CannotCreateError(error.message, { cause: error }) : error;
}

/** So many stores that are services are kept open; they cost little to open. */
const FAR_STORES_KEPT = 1000;

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
  #common: MimeStore | undefined;

  /** `cacheOctets` are for the small messages that the stores keep in memory together. */
  constructor(settings: StoreSettings, logger: Logger, cacheOctets: number) {
    this.#settings = settings;
    this.#cache = new MessageCache(cacheOctets);
    this.#logger = logger;
    // Made-up messages are in memory: what one user deletes must not be missing for another.
    this.#perUser = settings.modhandler === "fake" || isPerUser(settings);
  }

  /**
   * Opens what all users have in common: a store for all must be there from the start, and a
   * service must let us in; a folder of one user is made when it is needed.
   */
  async prepare(): Promise<void> {
    const { modhandler, path } = this.#settings;
    const common = commonSettings(this.#settings);
    if (common !== undefined) {
      this.#common = await openStore(common, { logger: this.#logger });
    } else if (!this.#perUser && !isInUsersFile(modhandler, path)) await this.storeOf("");
  }

  /**
   * A user's store; `maildrop` is the place that the users file names, with `{user}` or without: a
   * folder, what keys begin with, or the number of a mailbox.
   */
  async storeOf(user: string, maildrop?: string): Promise<MimeStore> {
    if (maildrop === undefined) {
      return await this.#storeAt(this.#perUser ? user : "", this.#settings, { user });
    }
    const settings = maildropSettings(this.#settings, maildrop, user);
    const place = settings.path ?? JSON.stringify([settings.prefix, settings.groupid]);
    // The kinds of keys cannot be taken for each other: no user's name has a NUL.
    return await this.#storeAt(`\0${place}`, settings, { user, mayBeAbsent: true });
  }

  async #storeAt(
    key: string,
    settings: StoreSettings,
    options: OpenStoreOptions,
  ): Promise<MimeStore> {
    const known = this.#open.get(key);
    if (known !== undefined) return await known;
    const common = this.#common === undefined ? {} : { common: this.#common };
    const more = { ...common, logger: this.#logger, cache: this.#cache };
    const opening = openStore(settings, { ...options, ...more });
    this.#open.set(key, opening);
    if (isFar(settings)) this.#forgetOldest();
    try {
      return await opening;
    } catch (error) {
      // What is wrong now may be right at the next sign-in.
      this.#open.delete(key);
      throw error;
    }
  }

  /** There may be a million users; what a session has of a service stays of use without us. */
  #forgetOldest(): void {
    const [oldest] = this.#open.keys();
    if (this.#open.size > FAR_STORES_KEPT && oldest !== undefined) this.#open.delete(oldest);
  }

  /** Closes all stores. */
  async [Symbol.asyncDispose](): Promise<void> {
    const stores = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const opened of stores) {
      if (opened.status === "fulfilled") await opened.value[Symbol.asyncDispose]();
    }
    await this.#common?.[Symbol.asyncDispose]();
  }
}

/** Whether only the users file names folders. */
function isInUsersFile(modhandler: string, path: string | undefined): boolean {
  return (modhandler === "localfs" || modhandler === "maildir") && path === undefined;
}
