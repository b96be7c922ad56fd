/**
 * The messages of a folder, found by name, by item and by query.
 *
 * @module
 */
import { type MimeItem, type MimeQuery, type StoreStatus, TAGS } from "../mime_store.ts";
import { checkedLimit, statusFrom, tagMask } from "../tags.ts";
import { encodeRows, type Frame, REMOVED } from "./frames.ts";
import type { Layout } from "./layout.ts";
import { hashedName, type Identity, itemId } from "./names.ts";
import { Table } from "./table.ts";

/** Rows in a frame of an index that is written anew. */
const ROWS_A_FRAME = 32_768;

/** An order of up to so many rows is made anew each time: with thousands of stores memory counts. */
const FEW = 64;

/** Answers to queries that are kept. */
const ANSWERS = 8;

interface Answer {
  readonly key: string;
  readonly items: readonly MimeItem[];
}

const NO_ANSWERS: readonly Answer[] = [];
const NO_ROWS: ReadonlyMap<string, number> = new Map();

/** The messages, as the frames of the index tell. */
export class Catalog {
  readonly table: Table = new Table();
  readonly #layout: Layout;
  /** The folders' times that were recorded last; empty where none were. */
  times: readonly number[] = [];
  #frames = 0;
  /** For each place the rows by name, where there are any; made when first needed. */
  #names: (Map<string, number> | undefined)[] | undefined;
  /** The rows by claim, where names are no claims; made when first needed. */
  #claims: Map<string, number> | undefined;
  #order: Uint32Array | undefined;
  #answers: readonly Answer[] = NO_ANSWERS;
  #status: StoreStatus | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Takes over what a frame says. */
  apply(frame: Frame): void {
    this.#frames++;
    if (frame.type === "folders") {
      this.times = frame.times;
      return;
    }
    this.#answers = NO_ANSWERS;
    this.#order = undefined;
    this.#status = undefined;
    if (frame.type === "rows") {
      const from = this.table.count;
      this.table.addBlock(frame.block);
      for (let row = from; row < this.table.count; row++) this.#enter(row);
    } else {
      for (const change of frame.changes) {
        if (change.row >= this.table.count) continue;
        this.#leave(change.row);
        this.table.change(change);
        this.#enter(change.row);
      }
    }
  }

  /** Makes room at once where what was applied is but so large a share of an index. */
  expect(share: number): void {
    // The rest need not be quite like it.
    if (share < 1) this.table.reserve(this.table.count / share * 1.02);
  }

  /** Whether so much of the index is of no more use that it should be written anew. */
  get wasteful(): boolean {
    const { count, alive } = this.table;
    return count - alive > 1000 + alive / 2 || this.#frames > 256 + alive / 50;
  }

  /** All live messages as frames of rows, in order. */
  *frames(): Generator<Uint8Array> {
    const rows = this.table.liveRows();
    for (let at = 0; at < rows.length; at += ROWS_A_FRAME) {
      yield encodeRows(Array.from(rows.subarray(at, at + ROWS_A_FRAME), (r) => this.table.row(r)));
    }
  }

  /** The rows in this place by name. */
  named(tag: number): ReadonlyMap<string, number> {
    if (this.#names === undefined) {
      this.#names = [];
      for (let row = 0; row < this.table.count; row++) this.#enter(row);
    }
    return this.#names[tag] ?? NO_ROWS;
  }

  /** The message with this file name, whatever its tag. */
  findName(name: string): number | undefined {
    for (let tag = 0; tag < this.#layout.folders.length; tag++) {
      const row = this.named(tag).get(name);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** The message with this identity, of which `name` is the claim. */
  findIdentity(identity: Identity, name: string): number | undefined {
    const { claimIn } = this.#layout.naming;
    if (claimIn !== undefined) return this.#byClaim(claimIn).get(name);
    const row = this.findName(name);
    if (row !== undefined || !this.table.hasOtherNames) return row;
    return this.findName(hashedName(identity));
  }

  /** The row of an item that someone got from a query, whatever its tag is now. */
  findItem(item: Pick<MimeItem, "id" | "name">): number | undefined {
    for (let tag = 0; tag < this.#layout.folders.length; tag++) {
      const row = this.named(tag).get(item.name);
      if (row !== undefined && this.table.id(row) === item.id) return row;
    }
    return undefined;
  }

  /** The id for a new message: the same name may be there already with another tag. */
  newId(name: string, tag: number): string {
    return this.findName(name) === undefined ? itemId(name) : itemId(`${placeName(tag)}/${name}`);
  }

  /** The items that match; asked again, the answer is the same array until something changes. */
  query(query: MimeQuery): readonly MimeItem[] {
    const limit = checkedLimit(query.limit);
    const mask = tagMask(query.tags);
    const descending = query.order === "desc";
    const key = `${mask} ${descending} ${limit}`;
    const known = this.#answers.find((answer) => answer.key === key);
    if (known !== undefined) return known.items;
    const items = this.#select(mask, descending, limit);
    // A few questions are asked over and over; whoever asks ever new ones must not fill memory.
    this.#answers = [{ key, items }, ...this.#answers.slice(0, ANSWERS - 1)];
    return items;
  }

  /** The message with this id. */
  find(id: string): MimeItem | undefined {
    const { table } = this;
    for (let row = 0; row < table.count; row++) {
      if (table.tag[row] !== REMOVED && table.id(row) === id) return table.item(row);
    }
    return undefined;
  }

  /** Counts and octets by tag. */
  status(): StoreStatus {
    this.#status ??= this.#count();
    return this.#status;
  }

  #select(mask: number, descending: boolean, limit: number): MimeItem[] {
    const order = this.#order ?? this.table.liveRows();
    if (order.length > FEW) this.#order = order;
    const { table } = this;
    const items: MimeItem[] = [];
    for (let i = 0; i < order.length && items.length < limit; i++) {
      const row = order[descending ? order.length - 1 - i : i] ?? 0;
      if (
        table.tag[row] !== REMOVED && (mask & (1 << ((table.tag[row] ?? 0) % TAGS.length))) !== 0
      ) items.push(table.item(row));
    }
    return items;
  }

  #count(): StoreStatus {
    const sums = TAGS.map(() => ({ count: 0, octets: 0 }));
    for (let row = 0; row < this.table.count; row++) {
      const place = this.table.tag[row] ?? REMOVED;
      const sum = sums[place % TAGS.length];
      if (sum === undefined || place === REMOVED) continue;
      sum.count++;
      sum.octets += this.table.size[row] ?? 0;
    }
    return statusFrom(sums);
  }

  #enter(row: number): void {
    const place = this.table.tag[row] ?? REMOVED;
    if (place === REMOVED || (this.#names ?? this.#claims) === undefined) return;
    const name = this.table.name(row);
    if (this.#names !== undefined) (this.#names[place] ??= new Map()).set(name, row);
    const claim = this.#claims && this.#layout.naming.claimIn?.(name);
    if (claim !== undefined) this.#claims?.set(claim, row);
  }

  #leave(row: number): void {
    const name = this.table.name(row);
    this.#names?.[this.table.tag[row] ?? REMOVED]?.delete(name);
    const claim = this.#claims && this.#layout.naming.claimIn?.(name);
    if (claim !== undefined && this.#claims?.get(claim) === row) this.#claims.delete(claim);
  }

  #byClaim(claimIn: (name: string) => string | undefined): Map<string, number> {
    if (this.#claims !== undefined) return this.#claims;
    const claims = new Map<string, number>();
    for (let row = 0; row < this.table.count; row++) {
      if (this.table.tag[row] === REMOVED) continue;
      const claim = claimIn(this.table.name(row));
      if (claim !== undefined) claims.set(claim, row);
    }
    return this.#claims = claims;
  }
}

/** What tells a place from the others. */
export function placeName(place: number): string {
  const tag = TAGS[place % TAGS.length] ?? "";
  return place < TAGS.length ? tag : `${tag}/${Math.floor(place / TAGS.length)}`;
}
