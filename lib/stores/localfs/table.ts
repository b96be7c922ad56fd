/**
 * All messages of a folder in memory, as columns: an item becomes an object only when someone
 * asks for it, so that a million messages are opened without making a million objects.
 *
 * @module
 */
import { EMPTY } from "../../protocol/octets.ts";
import { type MimeItem, type Tag, TAGS } from "../mime_store.ts";
import { Columns, NO_LENGTHS, NO_NUMBERS, NO_PLACES } from "./columns.ts";
import {
  CANONICAL,
  type Change,
  FOREIGN,
  type IndexRow,
  OTHER_NAME,
  REMOVED,
  type RowBlock,
  SETTLED,
  STUFFING,
  UNSETTLED,
} from "./frames.ts";
import { type Identity, identityOf } from "./names.ts";

const ID = 16;
const FINGERPRINT = 64;

const NO_ROWS: ReadonlySet<number> = new Set();

/** Rows are only ever added at the end; what is removed or changes stays as a dead row. */
export class Table {
  /** How many rows, dead ones included. */
  count = 0;
  /** How many rows are alive. */
  alive = 0;
  /** The latest `created` of a live message that was added, not put there by someone else. */
  lastCreated = 0;
  #unsettled: Set<number> | undefined;
  /** Whether there are messages with another name than the first choice. */
  hasOtherNames = false;
  /** Whether rows are in the order of `created`. */
  ordered = true;

  created: Float64Array = NO_NUMBERS;
  date: Float64Array = NO_NUMBERS;
  mtime: Float64Array = NO_NUMBERS;
  size: Float64Array = NO_NUMBERS;
  kept: Float64Array = NO_NUMBERS;
  tag: Uint8Array = EMPTY;
  flags: Uint8Array = EMPTY;
  #nameLength = NO_LENGTHS;
  /** Where the row's text begins and ends in the text of its block. */
  #textStart = NO_PLACES;
  #textEnd = NO_PLACES;
  #blockOf = NO_PLACES;
  readonly #texts: (string | Uint8Array)[] = [];
  readonly #items: (MimeItem | undefined)[] = [];
  /** The source of the item that was made last. */
  #source = "";

  /** Live rows that may still have been growing when they were measured. */
  get unsettled(): ReadonlySet<number> {
    return this.#unsettled ?? NO_ROWS;
  }

  /** Adds the rows of a block, which may be a view on a buffer that nobody changes. */
  addBlock(block: RowBlock): void {
    const from = this.count;
    this.reserve(from + block.count);
    this.created.set(block.created, from);
    this.date.set(block.date, from);
    this.mtime.set(block.mtime, from);
    this.size.set(block.size, from);
    this.kept.set(block.kept, from);
    this.tag.set(block.tag, from);
    this.flags.set(block.flags, from);
    this.#nameLength.set(block.nameLength, from);
    this.#blockOf.fill(this.#texts.length, from, from + block.count);
    // Not the view: it would keep all the octets that were read with it.
    this.#texts.push(block.text.slice());
    let at = 0;
    for (let i = 0; i < block.count; i++) {
      this.#textStart[from + i] = at;
      at += block.textLength[i] ?? 0;
      this.#textEnd[from + i] = at;
    }
    this.count += block.count;
    this.#welcome(from);
  }

  /** Applies a change; rows that are dead already stay so. */
  change({ row, to }: Change): void {
    const before = this.tag[row];
    if (before === undefined || before === REMOVED || row >= this.count) return;
    this.#items[row] = undefined;
    if (to === SETTLED) this.flags[row] = (this.flags[row] ?? 0) & ~UNSETTLED;
    else this.tag[row] = to;
    if (to === REMOVED) this.alive--;
    if (to === REMOVED || to === SETTLED) this.#unsettled?.delete(row);
  }

  /** The row's text: id, fingerprint, name, identity. */
  #text(row: number): string {
    const block = this.#blockOf[row] ?? 0;
    let text = this.#texts[block];
    if (typeof text !== "string") {
      text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);
      this.#texts[block] = text;
    }
    return text.slice(this.#textStart[row], this.#textEnd[row]);
  }

  /** The file's name. */
  name(row: number): string {
    const start = ID + FINGERPRINT;
    return this.#text(row).slice(start, start + (this.#nameLength[row] ?? 0));
  }

  /** The name of the file: the message's name and what stands behind it. */
  fileName(row: number): string {
    const text = this.#text(row);
    const nameEnd = ID + FINGERPRINT + (this.#nameLength[row] ?? 0);
    return text.slice(ID + FINGERPRINT, nameEnd) + endingOf(text.slice(nameEnd));
  }

  /** The item's id. */
  id(row: number): string {
    return this.#text(row).slice(0, ID);
  }

  /** SHA-256 of the file. */
  fingerprint(row: number): string {
    return this.#text(row).slice(ID, ID + FINGERPRINT);
  }

  /** The tag of a live row. */
  tagOf(row: number): Tag {
    return TAGS[(this.tag[row] ?? 0) % TAGS.length] ?? "unread";
  }

  /** The row as an item; the same object until it changes. */
  item(row: number): MimeItem {
    const known = this.#items[row];
    if (known !== undefined) return known;
    const text = this.#text(row);
    const nameEnd = ID + FINGERPRINT + (this.#nameLength[row] ?? 0);
    const name = text.slice(ID + FINGERPRINT, nameEnd);
    const { sourceid, guid } = identityFrom(name, withoutEnding(text.slice(nameEnd)));
    const item: MimeItem = {
      id: text.slice(0, ID),
      guid,
      tag: this.tagOf(row),
      size: this.size[row] ?? 0,
      sourceid: this.#shared(sourceid),
      messageUTCTimestamp: this.date[row] ?? 0,
      created: this.created[row] ?? 0,
      fingerprint: text.slice(ID, ID + FINGERPRINT),
      name,
      stuffing: ((this.flags[row] ?? 0) & STUFFING) !== 0,
    };
    this.#items[row] = item;
    return item;
  }

  /** One text for all messages of a source, which are next to each other mostly. */
  #shared(sourceid: string): string {
    if (sourceid !== this.#source) this.#source = sourceid;
    return this.#source;
  }

  /** Whether the file is what goes on the wire. */
  isCanonical(row: number): boolean {
    return ((this.flags[row] ?? 0) & CANONICAL) !== 0;
  }

  /** The row as it stands in the index. */
  row(row: number): IndexRow {
    const text = this.#text(row);
    const name = this.name(row);
    return {
      id: text.slice(0, ID),
      fingerprint: text.slice(ID, ID + FINGERPRINT),
      name,
      identity: text.slice(ID + FINGERPRINT + name.length),
      tag: this.tag[row] ?? 0,
      created: this.created[row] ?? 0,
      date: this.date[row] ?? 0,
      mtime: this.mtime[row] ?? 0,
      size: this.size[row] ?? 0,
      kept: this.kept[row] ?? 0,
      flags: this.flags[row] ?? 0,
    };
  }

  /** Whether the row's file has this name; costs little where names have no endings. */
  hasFileName(row: number, file: string): boolean {
    return file.length === this.#nameLength[row]
      ? !this.#text(row).startsWith(":", ID + FINGERPRINT + file.length)
      : this.fileName(row) === file;
  }

  /** The row with another ending of its file's name, in another place. */
  renamed(row: number, place: number, ending: string): IndexRow {
    const before = this.row(row);
    return { ...before, tag: place, identity: withEnding(ending, withoutEnding(before.identity)) };
  }

  /** All live rows, by `created`, then name. */
  liveRows(): Uint32Array {
    const rows = new Uint32Array(this.alive);
    let at = 0;
    for (let row = 0; row < this.count; row++) {
      if (this.tag[row] !== REMOVED) rows[at++] = row;
    }
    return this.ordered ? rows : rows.sort((a, b) => this.#compare(a, b));
  }

  #compare(a: number, b: number): number {
    const difference = (this.created[a] ?? 0) - (this.created[b] ?? 0);
    return difference !== 0 ? difference : compareNames(
      { name: this.name(a), id: this.id(a) },
      { name: this.name(b), id: this.id(b) },
    );
  }

  /** Counts the rows from `from` on. */
  #welcome(from: number): void {
    for (let row = from; row < this.count; row++) {
      if (this.tag[row] === REMOVED) continue;
      this.alive++;
      const created = this.created[row] ?? 0;
      const flags = this.flags[row] ?? 0;
      if (row > 0 && this.ordered) this.ordered = this.#compare(row - 1, row) < 0;
      if ((flags & FOREIGN) === 0 && created > this.lastCreated) this.lastCreated = created;
      if ((flags & OTHER_NAME) !== 0) this.hasOtherNames = true;
      if ((flags & UNSETTLED) !== 0) (this.#unsettled ??= new Set()).add(row);
    }
  }

  /** Makes room for so many rows. */
  reserve(count: number): void {
    if (count <= this.tag.length) return;
    const capacity = Math.max(Math.ceil(count), Math.ceil(this.tag.length * 1.5), 4);
    const columns = new Columns(capacity);
    this.created = columns.numbers(this.created);
    this.date = columns.numbers(this.date);
    this.mtime = columns.numbers(this.mtime);
    this.size = columns.numbers(this.size);
    this.kept = columns.numbers(this.kept);
    this.#textStart = columns.places(this.#textStart);
    this.#textEnd = columns.places(this.#textEnd);
    this.#blockOf = columns.places(this.#blockOf);
    this.#nameLength = columns.lengths(this.#nameLength);
    this.tag = columns.octets(this.tag);
    this.flags = columns.octets(this.flags);
  }
}

/** Files that were copied together bear the same time; people expect them by name. */
function compareNames(a: Named, b: Named): number {
  const [keyA, keyB] = [`${a.name}/${a.id}`, `${b.name}/${b.id}`];
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0;
}

type Named = Pick<IndexRow, "name" | "id">;

/** Rows in the order of {@linkcode Table.liveRows}, which then need not sort them each time. */
export function inOrder(rows: readonly IndexRow[]): IndexRow[] {
  return rows.toSorted((a, b) => a.created - b.created || compareNames(a, b));
}

/** The name of a row's file. */
export function fileNameOf(row: IndexRow): string {
  return row.name + endingOf(row.identity);
}

/**
 * What the index has behind a name: the ending of the file's name (which begins with a colon), a
 * slash, which is in no file's name, and the identity.
 */
export function withEnding(ending: string, identity: string): string {
  return ending === "" ? identity : `${ending}/${identity}`;
}

/** The identity in what {@linkcode withEnding} gave. */
export function withoutEnding(text: string): string {
  return text.startsWith(":") ? text.slice(text.indexOf("/") + 1) : text;
}

function endingOf(text: string): string {
  return text.startsWith(":") ? text.slice(0, text.indexOf("/")) : "";
}

function identityFrom(name: string, json: string): Identity {
  if (json === "") return identityOf(name);
  const parsed: unknown = JSON.parse(json);
  if (!Array.isArray(parsed)) return identityOf(name);
  return { sourceid: String(parsed[0]), guid: String(parsed[1]) };
}
