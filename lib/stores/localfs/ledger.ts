/**
 * Keeps the catalog, the index on disk and the folders in step.
 *
 * @module
 */
import type { Logger } from "../../log.ts";
import { StoreError } from "../errors.ts";
import { isRefused, toStoreError } from "../fs_errors.ts";
import { joined } from "../../protocol/octets.ts";
import { Catalog } from "./catalog.ts";
import {
  type Change,
  encodeChanges,
  encodeFolders,
  encodeRows,
  type IndexRow,
  readFrames,
} from "./frames.ts";
import { IndexFile } from "./index_file.ts";
import { FOLDER_MODE, type Layout, ownFile } from "./layout.ts";
import { ABSENT, folderTime } from "./scan.ts";
import { Survey } from "./survey.ts";
import { inOrder } from "./table.ts";
import { Turn } from "./turn.ts";
import { Watch } from "./watch.ts";

/** What changed in the folder, or was found to have changed. */
export interface Changes {
  readonly changes?: readonly Change[];
  readonly rows?: readonly IndexRow[];
  /** The folders' times, where they are now known better. */
  readonly times?: readonly number[];
}

/** What is known of a folder, and the only way to change that. */
export class Ledger {
  readonly #layout: Layout;
  readonly #logger: Logger;
  readonly #turn: Turn;
  readonly #index: IndexFile;
  readonly #watch: Watch;
  readonly #survey: Survey;
  readonly #mayBeAbsent: boolean;
  #catalog: Catalog;
  #loaded = false;
  /** An append failed: what is on disk lacks something that we know. */
  #behind = false;
  /** A refresh that was asked for and has not begun. */
  #waiting: Promise<void> | undefined;

  constructor(layout: Layout, mayBeAbsent: boolean, logger: Logger) {
    this.#layout = layout;
    this.#catalog = new Catalog(layout);
    this.#mayBeAbsent = mayBeAbsent;
    this.#logger = logger;
    this.#turn = new Turn(layout);
    this.#index = new IndexFile(ownFile(layout, "index"));
    this.#watch = new Watch(layout);
    this.#survey = new Survey(layout, this.#watch, logger);
  }

  /** The messages as we knew them last; only good within a turn, or right after `current()`. */
  get catalog(): Catalog {
    return this.#catalog;
  }

  /** Which folders are as we know them. */
  get watch(): Watch {
    return this.#watch;
  }

  /** Looks at files. */
  get survey(): Survey {
    return this.#survey;
  }

  /** Whether files can be made in the folder; known once it was opened. */
  get writable(): boolean {
    return this.#turn.writable;
  }

  /** The messages as they are now. A few stats where nothing has changed. */
  async current(): Promise<Catalog> {
    if (folderTime(this.#layout.root, true) === ABSENT) return this.#absent();
    const isFresh = this.#loaded && this.#watch.stale().length === 0 &&
      !this.#survey.isDue(this.#catalog);
    if (!isFresh) await this.#refresh();
    return this.#catalog;
  }

  /** Makes the folder where it may be absent and is; to be called before anything is added. */
  async prepare(): Promise<void> {
    if (this.#mayBeAbsent && folderTime(this.#layout.root, true) === ABSENT) {
      Deno.mkdirSync(this.#layout.root, { recursive: true, mode: FOLDER_MODE });
    }
    await this.current();
  }

  /** Runs `work` while nobody else changes anything, on the newest catalog that others left. */
  take<T>(work: (catalog: Catalog) => T | Promise<T>): Promise<T> {
    return this.#turn.take(async () => {
      await this.#catchUp();
      return await work(this.#catalog);
    });
  }

  /** Takes down what changed; only within a turn. */
  record({ changes = [], rows = [], times }: Changes): void {
    const frames: Uint8Array[] = [];
    if (changes.length > 0) frames.push(encodeChanges(changes));
    if (rows.length > 0) frames.push(encodeRows(rows));
    if (times !== undefined) frames.push(encodeFolders(times));
    if (frames.length === 0) return;
    const octets = joined(frames);
    for (const frame of readFrames(octets).frames) this.#catalog.apply(frame);
    if (!this.writable) return;
    this.#write(() => this.#behind ? this.#rewrite() : this.#index.append(octets));
  }

  #absent(): Catalog {
    if (!this.#mayBeAbsent) {
      throw new StoreError(
        "missing",
        `Cannot open the folder ${this.#layout.root}: it is not there; create it, or correct the path`,
      );
    }
    this.#forget();
    return this.#catalog;
  }

  #forget(): void {
    this.#catalog = new Catalog(this.#layout);
    this.#loaded = false;
    this.#watch.forget();
  }

  /** Who asks while a refresh is waiting for its turn needs no other one. */
  #refresh(): Promise<void> {
    this.#waiting ??= this.#turn.take(async () => {
      this.#waiting = undefined;
      await this.#catchUp();
      await this.#look();
    }).catch((error) => {
      this.#waiting = undefined;
      throw toStoreError(error, `look into the folder ${this.#layout.root}`);
    });
    return this.#waiting;
  }

  /** Lists what is stale, and takes down what is found. */
  async #look(): Promise<void> {
    const found = await this.#survey.look(this.#catalog);
    const times = this.#watch.times();
    const isNews = times.some((time, tag) => !Object.is(time, this.#catalog.times[tag]));
    this.record({
      ...found,
      rows: inOrder(found.rows ?? []),
      ...(isNews && times.every((time) => !Number.isNaN(time)) && { times }),
    });
  }

  async #catchUp(): Promise<void> {
    if (!this.#loaded) return await this.#load();
    if (!this.writable || this.#behind) return;
    const news = this.#index.catchUp();
    if (news === undefined) return await this.#load();
    for (const frame of news.frames) this.#catalog.apply(frame);
    if (news.frames.some((frame) => frame.type === "folders")) {
      this.#watch.restore(this.#catalog.times);
    }
    if (this.#catalog.wasteful) this.#write(() => this.#rewrite());
  }

  async #load(): Promise<void> {
    const catalog = new Catalog(this.#layout);
    const loaded = await this.#readIndex(catalog);
    this.#catalog = catalog;
    this.#watch.forget();
    if (loaded?.damaged) {
      this.#logger.warn("The index was damaged; making it again from the messages", {
        path: ownFile(this.#layout, "index"),
      });
    } else this.#watch.restore(catalog.times);
    this.#loaded = true;
    if (this.writable && (loaded === undefined || loaded.damaged || catalog.wasteful)) {
      this.#write(() => this.#rewrite());
    }
  }

  /** An index that we may not read, for it is somebody else's, counts as one that is not there. */
  async #readIndex(catalog: Catalog): Promise<{ readonly damaged: boolean } | undefined> {
    try {
      return await this.#index.load((frames, share) => {
        const isFirst = catalog.table.count === 0;
        for (const frame of frames) catalog.apply(frame);
        if (isFirst) catalog.expect(share);
      });
    } catch (error) {
      if (!isRefused(error)) throw error;
      return undefined;
    }
  }

  /** Writes the index anew; rows get other places by that, so the catalog is made anew too. */
  #rewrite(): void {
    const frames = [...this.#catalog.frames()];
    const times = this.#watch.times();
    if (times.every((time) => !Number.isNaN(time))) frames.push(encodeFolders(times));
    this.#index.replace(frames);
    const catalog = new Catalog(this.#layout);
    for (const octets of frames) {
      for (const frame of readFrames(octets).frames) catalog.apply(frame);
    }
    this.#catalog = catalog;
    this.#behind = false;
  }

  /** The messages are safe in their files; the index can be made again from them. */
  #write(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#behind = true;
      this.#logger.warn("Cannot write the index; it will be written anew", {
        path: ownFile(this.#layout, "index"),
        reason: String(error),
      });
    }
  }
}
