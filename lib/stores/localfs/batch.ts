/**
 * Messages that get their names together, and share the waits for the disk.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import { isMissing, orStoreErrorLater } from "../fs_errors.ts";
import { type AddResult, type MimeItem, TAGS } from "../mime_store.ts";
import type { Catalog } from "./catalog.ts";
import type { FolderFlushes } from "./folder_flushes.ts";
import { flagsOf } from "./found_row.ts";
import { type IndexRow, OTHER_NAME } from "./frames.ts";
import type { Layout } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import { appendToLogs, type LogLine } from "./log_file.ts";
import type { Identity } from "./names.ts";
import { ABSENT, messageNames } from "./scan.ts";
import type { Spool, Spooled } from "./spool.ts";

/** A message that has been written under a temporary name. */
export interface NewMessage {
  readonly identity: Identity;
  /** What only messages of the same identity share. */
  readonly claim: string;
  /** The place where it is to be. */
  readonly tag: number;
  readonly created: number;
  readonly spooled: Spooled;
}

/** A new message with its name, and the one for where a file system takes that for another one. */
interface NamedMessage extends NewMessage {
  readonly names: readonly [string] | readonly [string, string];
}

/** What waits: an item stands for a duplicate. */
type Entry = NamedMessage | MimeItem;

/** What became of an entry: an item, or a file in its way that we did not know of. */
type Outcome = AddResult | "in the way";

/** Messages that wait to be named. */
export class Batch {
  readonly #layout: Layout;
  readonly #ledger: Ledger;
  readonly #spool: Spool;
  readonly #folderFlushes: FolderFlushes;
  /** In the order in which they came. */
  #entries: Entry[] = [];
  #octets = 0;
  #begun = 0;

  constructor(layout: Layout, ledger: Ledger, spool: Spool, folderFlushes: FolderFlushes) {
    this.#layout = layout;
    this.#ledger = ledger;
    this.#spool = spool;
    this.#folderFlushes = folderFlushes;
  }

  /** How many wait. */
  get count(): number {
    return this.#entries.length;
  }

  /** How many octets wait. */
  get octets(): number {
    return this.#octets;
  }

  /** For how many ms the first of them has waited. */
  get age(): number {
    return this.#entries.length === 0 ? 0 : performance.now() - this.#begun;
  }

  /** A new message. */
  addNew(message: NewMessage): void {
    const { facts } = message.spooled;
    this.#add({ ...message, names: this.#layout.naming.names({ ...message, facts }) });
    this.#octets += message.spooled.facts.kept;
  }

  /** A message that we have already, perhaps only since just now. */
  addDuplicate(item: MimeItem): void {
    this.#add(item);
  }

  /** Names all that wait; the results are there when all is on disk. Meanwhile others can wait. */
  async commit(): Promise<readonly AddResult[]> {
    const entries = this.#entries;
    this.#entries = [];
    this.#octets = 0;
    return await orStoreErrorLater(`store messages in ${this.#layout.root}`, () => {
      return this.#store(entries);
    });
  }

  async #store(entries: readonly Entry[]): Promise<readonly AddResult[]> {
    const messages = entries.filter(isNew);
    await Promise.all([
      this.#spool.flush(messages.map(({ spooled }) => spooled)),
      // What a name does not tell has to be known before there is a file of that name.
      appendToLogs(this.#layout.logs, messages.filter((m) => this.#isLoggedAhead(m)).map(lineFor)),
    ]);
    const outcomes = await this.#ledger.take((catalog) => this.#nameAll(entries, catalog));
    const unlogged = outcomes.flatMap((outcome, i) => {
      const entry = entries[i];
      if (!isStored(outcome) || entry === undefined || !isNew(entry)) return [];
      const isLogged = this.#isLoggedAhead(entry) && entry.names[0] === outcome.item.name;
      return isLogged ? [] : [outcome.item];
    });
    await Promise.all([
      ...this.#flushes(entries, outcomes),
      appendToLogs(this.#layout.logs, unlogged),
    ]);
    return await this.#settled(entries, outcomes);
  }

  #isLoggedAhead({ names }: NamedMessage): boolean {
    return this.#layout.naming.isLogged(names[0]);
  }

  #add(entry: Entry): void {
    if (this.#entries.length === 0) this.#begun = performance.now();
    this.#entries.push(entry);
  }

  /** Gives the files their names and takes that down; only within a turn. */
  #nameAll(entries: readonly Entry[], catalog: Catalog): Outcome[] {
    const { watch } = this.#ledger;
    const asKnown = watch.asKnown();
    const used = new Set(entries.flatMap((entry) => isNew(entry) ? [entry.tag] : []));
    for (const tag of used) {
      // A new folder changes its parent.
      if (this.#layout.naming.make(this.#layout, tag)) used.add(0);
    }
    const rows: IndexRow[] = [];
    const plans = entries.map((entry) => this.#name(entry, catalog, asKnown, rows));
    const first = catalog.table.count;
    this.#ledger.record({ rows });
    for (const tag of used) {
      watch.touched(tag, asKnown[tag] ?? false, catalog.named(tag).size);
    }
    return plans.map((plan) => {
      if (typeof plan !== "number") return plan;
      return { outcome: "stored", item: catalog.table.item(first + plan) };
    });
  }

  /** What became of it, or its place in `rows`. */
  #name(
    entry: Entry,
    catalog: Catalog,
    asKnown: readonly boolean[],
    rows: IndexRow[],
  ): Outcome | number {
    if (!isNew(entry)) return { outcome: "duplicate", item: entry };
    // Another process may have added it while we were writing.
    const known = catalog.findIdentity(entry.identity, entry.claim);
    if (known !== undefined) return { outcome: "duplicate", item: catalog.table.item(known) };
    if (this.#isElsewhere(entry, asKnown)) return "in the way";
    const row = this.#release(entry, catalog);
    if (row === undefined) return "in the way";
    rows.push(row);
    return rows.length - 1;
  }

  /** Whether the message lies in a folder that has changed since we looked. */
  #isElsewhere(entry: NamedMessage, asKnown: readonly boolean[]): boolean {
    if (this.#layout.naming.claimIn !== undefined) return false;
    return this.#layout.folders.some((folder, tag) =>
      !asKnown[tag] && tag !== entry.tag && exists(`${folder}/${entry.claim}`)
    );
  }

  /** Gives the file its name. */
  #release(entry: NamedMessage, catalog: Catalog): IndexRow | undefined {
    const { naming, folders } = this.#layout;
    const folder = folders[entry.tag] ?? "";
    const { path } = entry.spooled;
    const [first, other] = entry.names;
    const rowFor = (name: string, flags: number): IndexRow => {
      const identity = naming.identityText(name, entry.identity);
      return rowOf(entry, { name, identity, id: catalog.newId(name, entry.tag) }, flags);
    };
    if (this.#spool.release(path, `${folder}/${first}`)) return rowFor(first, 0);
    if (other === undefined || messageNames(folder, naming).includes(first)) return undefined;
    // The file system ignores case, and holds the name of another message.
    return this.#spool.release(path, `${folder}/${other}`) ? rowFor(other, OTHER_NAME) : undefined;
  }

  /** The folders in which names were made, or may have been made a moment ago by someone else. */
  #flushes(
    entries: readonly Entry[],
    outcomes: readonly Outcome[],
  ): Promise<void>[] {
    const places = new Set<number>();
    outcomes.forEach((outcome, i) => {
      if (outcome === "in the way") return;
      const entry = entries[i];
      if (outcome.outcome === "stored" && entry !== undefined && isNew(entry)) {
        places.add(entry.tag);
      } else this.#placesOf(outcome.item).forEach((place) => places.add(place));
    });
    if (this.#layout.rootHoldsMail && [...places].some((place) => place > 0)) places.add(0);
    return [...places].map((place) => this.#folderFlushes.flush(this.#layout.folders[place] ?? ""));
  }

  /** Where a message with the item's tag may lie. */
  #placesOf(item: MimeItem): number[] {
    const tag = TAGS.indexOf(item.tag);
    const { markedPlace } = this.#layout.naming;
    return [tag, markedPlace(tag)].filter((place) => this.#ledger.watch.timeNow(place) !== ABSENT);
  }

  /** Looks again for those that found their places taken. */
  async #settled(
    entries: readonly Entry[],
    outcomes: readonly Outcome[],
  ): Promise<AddResult[]> {
    const results: AddResult[] = [];
    if (outcomes.includes("in the way")) this.#ledger.watch.forget();
    for (const [i, outcome] of outcomes.entries()) {
      const entry = entries[i];
      if (outcome !== "in the way") results.push(outcome);
      else if (entry !== undefined && isNew(entry)) results.push(await this.#duplicate(entry));
      if (entry !== undefined && isNew(entry)) this.#spool.discard(entry.spooled.path);
    }
    return results;
  }

  async #duplicate(entry: NewMessage): Promise<AddResult> {
    const catalog = await this.#ledger.current();
    const row = catalog.findIdentity(entry.identity, entry.claim);
    if (row === undefined) {
      throw new StoreError(
        "input-output",
        `Cannot store the message ${entry.claim}: something else is in the way in ${this.#layout.root}; move it away`,
      );
    }
    return { outcome: "duplicate", item: catalog.table.item(row) };
  }
}

function rowOf(
  entry: NewMessage,
  named: Pick<IndexRow, "id" | "name" | "identity">,
  flags: number,
): IndexRow {
  const { facts } = entry.spooled;
  return {
    ...named,
    fingerprint: facts.fingerprint,
    tag: entry.tag,
    created: entry.created,
    date: facts.date,
    mtime: facts.mtime,
    size: facts.size,
    kept: facts.kept,
    flags: flagsOf(facts) + flags,
  };
}

function lineFor({ identity, names, tag, created, spooled }: NamedMessage): LogLine {
  const { size, fingerprint, date } = spooled.facts;
  return {
    ...identity,
    name: names[0],
    size,
    fingerprint,
    tag: TAGS[tag] ?? "unread",
    created,
    messageUTCTimestamp: date,
  };
}

function isNew(entry: Entry): entry is NamedMessage {
  return "spooled" in entry;
}

function isStored(outcome: Outcome): outcome is AddResult {
  return outcome !== "in the way" && outcome.outcome === "stored";
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
