/**
 * A Maildir as a store, beside other programs that work in it.
 *
 * @module
 */
import { type Logger, silentLogger } from "../log.ts";
import { StoreError } from "./errors.ts";
import { isMissing, orStoreErrorLater } from "./fs_errors.ts";
import { Adder } from "./localfs/adder.ts";
import type { Catalog } from "./localfs/catalog.ts";
import { Journal } from "./localfs/journal.ts";
import { FOLDER_MODE, type Layout } from "./localfs/layout.ts";
import { Ledger } from "./localfs/ledger.ts";
import { checkHidden } from "./localfs/links.ts";
import { MaildropLock } from "./localfs/maildrop_lock.ts";
import type { MessageCache } from "./localfs/message_cache.ts";
import { Mover } from "./localfs/mover.ts";
import { FolderNotes } from "./localfs/notes.ts";
import { Reader } from "./localfs/reader.ts";
import { sweep } from "./localfs/spool.ts";
import { kindOfFolder, maildirLayout } from "./maildir/layout.ts";
import { removeStale } from "./maildir/stale.ts";
import type {
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
} from "./mime_store.ts";
import type { SourceNotes } from "./source_notes.ts";
import { checkedTag } from "./tags.ts";

/** Options of {@linkcode MaildirStore.open}. */
export interface MaildirOptions {
  /** The Maildir. An empty folder becomes one with the first message. */
  readonly path: string;
  /** Make the folder where it is not there. @default {false} */
  readonly create?: boolean;
  /** A folder that is not there is an empty store, and made when something is added. @default {false} */
  readonly mayBeAbsent?: boolean;
  /** Hears of a damaged index and of messages that cannot be read. */
  readonly logger?: Logger;
  /** Keeps small messages in memory that may be read again; may be shared by many stores. */
  readonly cache?: MessageCache;
}

/**
 * A store in a Maildir: messages tagged `unread` are those of the inbox (`new` and `cur`), the
 * others lie in sub-folders (`.archive` and so on) that are made when they are needed. What others
 * deliver is served too; their renames and flags are followed, and their files left alone.
 *
 * Stored means: written in `tmp`, flushed to disk, linked into `new`, folder flushed.
 *
 * @example
 * ```ts ignore
 * await using store = await MaildirStore.open({ path: "/home/me/Maildir" });
 * for (const item of await store.query({ tags: ["unread"], limit: 10 })) {
 *   console.log(item.id, item.size);
 * }
 * ```
 */
export class MaildirStore implements MimeStore {
  /** What clients remember of their sources, among what is ours in the Maildir. */
  readonly notes: SourceNotes;
  /** Where what was read of the messages' headers is kept, among what is ours. */
  readonly headersFile: string;
  readonly #root: string;
  readonly #ledger: Ledger;
  readonly #adder: Adder;
  readonly #mover: Mover;
  readonly #journal: Journal;
  readonly #reader: Reader;
  readonly #lock: MaildropLock;

  private constructor(layout: Layout, options: MaildirOptions) {
    this.#root = layout.root;
    this.#ledger = new Ledger(layout, options.mayBeAbsent ?? false, options.logger ?? silentLogger);
    this.#adder = new Adder(layout, this.#ledger);
    this.#mover = new Mover(layout, this.#ledger);
    this.#journal = new Journal(layout, this.#mover, options.logger);
    this.notes = new FolderNotes(layout);
    this.headersFile = `${layout.hidden}/headers`;
    this.#reader = new Reader(layout, this.#ledger, options.cache);
    this.#lock = new MaildropLock(layout);
  }

  /**
   * Opens the Maildir: reads the index, or makes it by reading every message.
   *
   * Throws `missing` where there is no such folder, `denied` where it cannot be read, `config`
   * where it holds other things than a Maildir does.
   */
  static async open(options: MaildirOptions): Promise<MaildirStore> {
    if (options.path === "") throw new StoreError("config", "Cannot open the store: no path given");
    const layout = maildirLayout(options.path);
    return await orStoreErrorLater(`open the folder ${layout.root}`, async () => {
      const { create = false, mayBeAbsent = false } = options;
      const isThere = checkFolder(layout, create || mayBeAbsent);
      if (!isThere && create) Deno.mkdirSync(layout.root, { recursive: true, mode: FOLDER_MODE });
      if (isThere) checkHidden(layout);
      const store = new MaildirStore(layout, options);
      await store.#ledger.current();
      if (isThere && store.#ledger.writable) {
        await store.#journal.recover();
        await sweep(layout);
        removeStale(layout, store.#ledger.catalog.times, options.logger ?? silentLogger);
      }
      return store;
    });
  }

  async query(query: MimeQuery = {}): Promise<readonly MimeItem[]> {
    return (await this.#current()).query(query);
  }

  read(item: MimeItem, options: ReadOptions = {}): AsyncIterable<Uint8Array> {
    return this.#reader.read(item, options);
  }

  readAtOnce(item: MimeItem, into: Uint8Array): number | undefined {
    return this.#reader.readAtOnce(item, into);
  }

  addItems(
    items: AsyncIterable<NewMimeItem> | Iterable<NewMimeItem>,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<AddResult> {
    return this.#adder.add(items, options.signal);
  }

  async markAs(items: readonly MimeItem[], tag: Tag): Promise<void> {
    const checked = checkedTag(tag);
    await orStoreErrorLater(`tag messages in ${this.#root}`, () => {
      return this.#mover.mark(items, checked);
    });
  }

  async remove(items: readonly MimeItem[]): Promise<void> {
    await orStoreErrorLater(`remove messages in ${this.#root}`, () => this.#mover.remove(items));
  }

  async applyAll(changes: readonly ItemChange[]): Promise<void> {
    await orStoreErrorLater(`change messages in ${this.#root}`, () => {
      return this.#journal.applyAll(changes);
    });
  }

  async status(): Promise<StoreStatus> {
    return (await this.#current()).status();
  }

  async lock(owner: string): Promise<StoreLock> {
    return await orStoreErrorLater(`lock ${this.#root}`, () => {
      return this.#journal.recoverBehind(this.#lock.take(owner));
    });
  }

  /** Nothing is held between calls; locks are given back by their holders. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #current(): Promise<Catalog> {
    return await orStoreErrorLater(`look into ${this.#root}`, () => this.#ledger.current());
  }
}

/** Whether the folder is there; throws where the path leads to something else. */
function checkFolder(layout: Layout, mayBeAbsent: boolean): boolean {
  try {
    if (Deno.statSync(layout.root).isDirectory) return checkKind(layout);
  } catch (error) {
    if (isMissing(error) && mayBeAbsent) return false;
    throw error;
  }
  throw new StoreError(
    "missing",
    `Cannot open the folder ${layout.root}: it is a file; give the folder that the messages are in`,
  );
}

function checkKind({ root }: Layout): true {
  if (kindOfFolder(root) !== "other") return true;
  throw new StoreError(
    "config",
    `Cannot open the Maildir ${root}: it has neither new nor cur in it; correct the path, or use localfs`,
  );
}
