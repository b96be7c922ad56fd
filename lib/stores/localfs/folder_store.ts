/**
 * A store in a folder, whatever the files in it are called.
 *
 * @module
 */
import { type Logger, silentLogger } from "../../log.ts";
import { StoreError } from "../errors.ts";
import { isMissing, orStoreErrorLater } from "../fs_errors.ts";
import { Adder } from "./adder.ts";
import type { Catalog } from "./catalog.ts";
import { Journal } from "./journal.ts";
import { FOLDER_MODE, type Layout } from "./layout.ts";
import { Ledger } from "./ledger.ts";
import { checkHidden } from "./links.ts";
import { MaildropLock } from "./maildrop_lock.ts";
import type { MessageCache } from "./message_cache.ts";
import { Mover } from "./mover.ts";
import { FolderNotes } from "./notes.ts";
import { Reader } from "./reader.ts";
import { sweep } from "./spool.ts";
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
} from "../mime_store.ts";
import type { SourceNotes } from "../source_notes.ts";
import { checkedTag } from "../tags.ts";

/** Options of the stores in folders. */
export interface FolderOptions {
  /** Make the folder where it is not there. @default {false} */
  readonly create?: boolean;
  /** A folder that is not there is an empty store, and made when something is added. @default {false} */
  readonly mayBeAbsent?: boolean;
  /** Hears of a damaged index and of messages that cannot be read. */
  readonly logger?: Logger;
  /** Keeps small messages in memory that may be read again; may be shared by many stores. */
  readonly cache?: MessageCache;
}

/** What is to be done with some kinds of folders. */
export interface Kind {
  /** Throws where the folder that is there is of another kind. */
  check?(layout: Layout): void;
  /** Clears away what others have left, given the folders' times of last change. */
  tidy?(layout: Layout, times: readonly number[], logger: Logger): void;
}

/** Messages in a folder, with an index of them in a hidden one. */
export class FolderStore implements MimeStore {
  readonly #layout: Layout;
  readonly #ledger: Ledger;
  /** Made when first needed: a server's many stores get no messages through it. */
  #adder: Adder | undefined;
  readonly #mover: Mover;
  readonly #journal: Journal;
  readonly #reader: Reader;
  readonly #lock: MaildropLock;

  private constructor(layout: Layout, options: FolderOptions) {
    this.#layout = layout;
    this.#ledger = new Ledger(layout, options.mayBeAbsent ?? false, options.logger ?? silentLogger);
    this.#mover = new Mover(layout, this.#ledger);
    this.#journal = new Journal(layout, this.#mover, options.logger);
    this.#reader = new Reader(layout, this.#ledger, options.cache);
    this.#lock = new MaildropLock(layout);
  }

  /**
   * Opens the folder: reads the index, or makes it by reading every message.
   *
   * Throws `missing` where there is no such folder, `denied` where it cannot be read, and what
   * `kind` throws.
   */
  static async open(layout: Layout, options: FolderOptions, kind: Kind = {}): Promise<FolderStore> {
    return await orStoreErrorLater(`open the folder ${layout.root}`, async () => {
      const { create = false, mayBeAbsent = false, logger = silentLogger } = options;
      const isThere = checkFolder(layout, create || mayBeAbsent);
      if (isThere) kind.check?.(layout);
      if (!isThere && create) Deno.mkdirSync(layout.root, { recursive: true, mode: FOLDER_MODE });
      if (isThere) checkHidden(layout);
      const store = new FolderStore(layout, options);
      await store.#ledger.current();
      if (isThere && store.#ledger.writable) {
        await store.#journal.recover();
        await sweep(layout);
        kind.tidy?.(layout, store.#ledger.catalog.times, logger);
      }
      return store;
    });
  }

  /** What clients remember of their sources, in the hidden folder. */
  get notes(): SourceNotes {
    return new FolderNotes(this.#layout);
  }

  /** Where what was read of the messages' headers is kept, among what is ours. */
  get headersFile(): string {
    return `${this.#layout.hidden}/headers`;
  }

  async query(query: MimeQuery = {}): Promise<readonly MimeItem[]> {
    return (await this.#current()).query(query);
  }

  async find(id: string): Promise<MimeItem | undefined> {
    return (await this.#current()).find(id);
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
    this.#adder ??= new Adder(this.#layout, this.#ledger);
    return this.#adder.add(items, options.signal);
  }

  async markAs(items: readonly MimeItem[], tag: Tag): Promise<void> {
    const checked = checkedTag(tag);
    await orStoreErrorLater(`tag messages in ${this.#layout.root}`, () => {
      return this.#mover.mark(items, checked);
    });
  }

  async remove(items: readonly MimeItem[]): Promise<void> {
    await orStoreErrorLater(
      `remove messages in ${this.#layout.root}`,
      () => this.#mover.remove(items),
    );
  }

  async applyAll(changes: readonly ItemChange[]): Promise<void> {
    await orStoreErrorLater(`change messages in ${this.#layout.root}`, () => {
      return this.#journal.applyAll(changes);
    });
  }

  async status(): Promise<StoreStatus> {
    return (await this.#current()).status();
  }

  async lock(owner: string): Promise<StoreLock> {
    return await orStoreErrorLater(`lock ${this.#layout.root}`, () => {
      return this.#journal.recoverBehind(this.#lock.take(owner));
    });
  }

  /** Nothing is held between calls; locks are given back by their holders. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #current(): Promise<Catalog> {
    return await orStoreErrorLater(`look into ${this.#layout.root}`, () => this.#ledger.current());
  }
}

/** Whether the folder is there; throws where the path leads to something else. */
function checkFolder(layout: Layout, mayBeAbsent: boolean): boolean {
  try {
    if (Deno.statSync(layout.root).isDirectory) return true;
  } catch (error) {
    if (isMissing(error) && mayBeAbsent) return false;
    throw error;
  }
  throw new StoreError(
    "missing",
    `Cannot open the folder ${layout.root}: it is a file; give the folder that the messages are in`,
  );
}
