/**
 * Giving messages other tags, and removing them.
 *
 * @module
 */
import { isMissing } from "../fs_errors.ts";
import { goneError } from "../gone.ts";
import { type MimeItem, type Tag, TAGS } from "../mime_store.ts";
import type { Catalog } from "./catalog.ts";
import { type Change, type IndexRow, REMOVED } from "./frames.ts";
import type { Layout } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import { ABSENT, statFile } from "./scan.ts";
import { flushFolder } from "./spool.ts";
import { withEnding } from "./table.ts";

/** What names a message well enough to find it. */
type Named = Pick<MimeItem, "id" | "name">;

/** What is done in one turn. */
interface Work {
  readonly catalog: Catalog;
  /** Which folders are as we know them. */
  readonly asKnown: readonly boolean[];
  readonly changes: Change[];
  readonly rows: IndexRow[];
  /** The folders that changed. */
  readonly used: Set<number>;
}

/** Moves the messages of one folder. */
export class Mover {
  readonly #layout: Layout;
  readonly #ledger: Ledger;

  constructor(layout: Layout, ledger: Ledger) {
    this.#layout = layout;
    this.#ledger = ledger;
  }

  /** Gives them another tag, as `MimeStore.markAs` says. */
  async mark(items: readonly Named[], tag: Tag): Promise<void> {
    const to = this.#layout.naming.markedPlace(TAGS.indexOf(tag));
    const used = await this.#doAll(items, (work, row) => this.#move(work, row, to), to);
    // A message that a crash takes back from `staged` to `unread` is served once more, which is
    // what happens to it at a crash anyway: a disk wait for each RETR would gain nothing.
    if (tag !== "staged") await this.#flush(used);
  }

  /** Removes them for good, as `MimeStore.remove` says. */
  async remove(items: readonly Named[]): Promise<void> {
    await this.#flush(await this.#doAll(items, (work, row) => this.#remove(work, row)));
  }

  /** Does it to all that are there, looks once more for the rest; gives the folders that changed. */
  async #doAll(
    items: readonly Named[],
    act: (work: Work, row: number) => boolean,
    into?: number,
  ): Promise<Set<number>> {
    if (items.length === 0) return new Set();
    const used = new Set<number>();
    const missed = await this.#once(items, act, into, used);
    if (missed.length === 0) return used;
    // Someone else may have given them other tags.
    this.#ledger.watch.forget();
    await this.#ledger.current();
    const gone = await this.#once(missed, act, into, used);
    if (gone.length > 0) {
      await this.#flush(used);
      throw goneError(gone);
    }
    return used;
  }

  /** Those that were not there. */
  #once(
    items: readonly Named[],
    act: (work: Work, row: number) => boolean,
    into: number | undefined,
    used: Set<number>,
  ): Promise<Named[]> {
    return this.#ledger.take((catalog) => {
      const { watch } = this.#ledger;
      const asKnown = watch.asKnown();
      const work: Work = { catalog, asKnown, changes: [], rows: [], used: new Set() };
      if (into !== undefined && this.#make(into)) work.used.add(0);
      const missed: Named[] = [];
      try {
        for (const item of items) {
          const row = catalog.findItem(item);
          if (row === undefined || !act(work, row)) missed.push(item);
        }
      } finally {
        // What was done before an error has to be taken down as well.
        this.#ledger.record(work);
        for (const tag of work.used) {
          watch.touched(tag, asKnown[tag] ?? false, catalog.named(tag).size);
          used.add(tag);
        }
      }
      return missed;
    });
  }

  /** Makes a tag's folder where it is missing; whether that changed the root. */
  #make(tag: number): boolean {
    const isMissing = this.#ledger.watch.timeNow(tag) === ABSENT;
    return isMissing && this.#layout.naming.make(this.#layout, tag);
  }

  /** Moves a message's file; whether it was there. */
  #move(work: Work, row: number, to: number): boolean {
    const { table } = work.catalog;
    const from = table.tag[row] ?? 0;
    const file = table.fileName(row);
    const source = this.#path(from, file);
    const toTag = to % TAGS.length;
    if (from % TAGS.length === toTag) return statFile(source) !== undefined;
    const name = table.name(row);
    const ending = this.#layout.naming.ending(file.slice(name.length), toTag);
    const isFree = this.#isFree(work, to, name, ending);
    const target = isFree ? name : this.#otherName(work, row, to, ending);
    if (!succeeds(() => Deno.renameSync(source, this.#path(to, target + ending)))) return false;
    work.used.add(from).add(to);
    if (isFree && file === name + ending) work.changes.push({ row, to });
    else {
      work.changes.push({ row, to: REMOVED });
      const { sourceid, guid } = table.item(row);
      const moved = table.renamed(row, to, ending);
      const identity = withEnding(ending, JSON.stringify([sourceid, guid]));
      work.rows.push(isFree ? moved : { ...moved, name: target, identity });
    }
    return true;
  }

  #remove(work: Work, row: number): boolean {
    const { table } = work.catalog;
    const from = table.tag[row] ?? 0;
    if (!succeeds(() => Deno.removeSync(this.#path(from, table.fileName(row))))) return false;
    work.used.add(from);
    work.changes.push({ row, to: REMOVED });
    return true;
  }

  /** Whether a file of this name would not be put over another one. */
  #isFree(work: Work, tag: number, name: string, ending: string): boolean {
    if (work.catalog.named(tag).has(name)) return false;
    // Looking for what is not there is dear, and needless where the folder is as we know it.
    return work.asKnown[tag] === true || isFree(this.#path(tag, name + ending));
  }

  #otherName(work: Work, row: number, tag: number, ending: string): string {
    const { table } = work.catalog;
    for (let count = 0;; count++) {
      const name = this.#layout.naming.otherName(table.name(row), table.id(row), count);
      if (isFree(this.#path(tag, name + ending))) return name;
    }
  }

  #path(tag: number, name: string): string {
    return `${this.#layout.folders[tag]}/${name}`;
  }

  async #flush(tags: Set<number>): Promise<void> {
    await Promise.all([...tags].map((tag) => flushFolder(this.#layout.folders[tag] ?? "")));
  }
}

/** Whether the file was there; other failures are thrown. */
function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isFree(path: string): boolean {
  return !succeeds(() => void Deno.lstatSync(path));
}
