/**
 * Giving messages other tags, and removing them.
 *
 * @module
 */
import { distinct } from "../distinct.ts";
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

/** What is to be done to messages. */
interface Deed {
  /** Does it to one; whether that was there. */
  readonly act: (work: Work, row: number) => boolean;
  /** The place where they go. */
  readonly into?: number;
  readonly durable: boolean;
}

/** What came of it. */
interface Sum {
  /** The folders that changed. */
  readonly used: Set<number>;
  readonly failures: unknown[];
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
    // A message that a crash takes back from `staged` to `unread` is served once more, which is
    // what happens to it at a crash anyway: a disk wait for each RETR would gain nothing.
    const durable = tag !== "staged";
    await this.#doAll(items, { durable, into: to, act: (work, row) => this.#move(work, row, to) });
  }

  /** Removes them for good, as `MimeStore.remove` says. */
  async remove(items: readonly Named[]): Promise<void> {
    await this.#doAll(items, { durable: true, act: (work, row) => this.#remove(work, row) });
  }

  /** Does it to all that are there, looks once more for the rest; throws what went wrong first. */
  async #doAll(items: readonly Named[], deed: Deed): Promise<void> {
    if (items.length === 0) return;
    const sum: Sum = { used: new Set(), failures: [] };
    const missed = await this.#once(distinct(items), deed, sum);
    if (missed.length > 0) {
      // Someone else may have given them other tags.
      this.#ledger.watch.forget();
      await this.#ledger.current();
      const gone = await this.#once(missed, deed, sum);
      if (gone.length > 0) sum.failures.push(goneError(gone));
    }
    if (deed.durable) await this.#flush(sum.used);
    if (sum.failures.length > 0) throw sum.failures[0];
  }

  /** Those that were not there. */
  #once(items: readonly Named[], { act, into }: Deed, sum: Sum): Promise<Named[]> {
    return this.#ledger.take((catalog) => {
      const { watch } = this.#ledger;
      const asKnown = watch.asKnown();
      const work: Work = { catalog, asKnown, changes: [], rows: [], used: new Set() };
      if (into !== undefined && this.#make(into)) work.used.add(0);
      const missed: Named[] = [];
      for (const item of items) {
        try {
          const row = catalog.findItem(item);
          if (row === undefined || !act(work, row)) missed.push(item);
        } catch (error) {
          // One that cannot be changed is no reason to leave the others.
          sum.failures.push(error);
        }
      }
      this.#ledger.record(work);
      for (const tag of work.used) {
        watch.touched(tag, asKnown[tag] ?? false, catalog.named(tag).size);
        sum.used.add(tag);
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
