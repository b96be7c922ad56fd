/**
 * Finding rows: page by page by key, so that neither side holds a whole table.
 *
 * @module
 */
import type { MimeItem, StoreStatus, Tag } from "../mime_store.ts";
import { TAGS } from "../mime_store.ts";
import { textFromHex } from "../izynode.ts";
import type { DataService } from "./data_service.ts";
import type { FactFinder } from "./facts.ts";
import type { Layout } from "./layout.ts";
import type { TableName } from "./options.ts";
import { type Identity, identityKey, itemColumns, numberOf, type Row, rowOf } from "./rows.ts";
import { whereIdentities } from "./rows.ts";
import { grouped, hexOfText, statusIn, textLiteral } from "./sql.ts";

/** Rows a request. */
export const PAGE = 1000;

/** So many identities are looked for by one statement. */
const IDENTITIES = 100;

const ALL_TAGS = 2 ** TAGS.length - 1;

/** What is in one group of a table. */
export class Listing {
  readonly #service: DataService;
  readonly #layout: Layout;
  readonly #table: TableName;
  /** `<table> where groupid = …` */
  readonly #group: string;
  readonly #facts: FactFinder;

  constructor(
    service: DataService,
    layout: Layout,
    table: TableName,
    group: string,
    facts: FactFinder,
  ) {
    this.#service = service;
    this.#layout = layout;
    this.#table = table;
    this.#group = `${table.full} where groupid = ${group}`;
    this.#facts = facts;
  }

  /** The items with one of the tags in `mask`, at most `limit`. */
  async items(mask: number, order: "asc" | "desc", limit: number): Promise<MimeItem[]> {
    const found: MimeItem[] = [];
    if (mask === 0) return found;
    for (let behind = ""; found.length < limit;) {
      const count = Math.min(PAGE, limit - found.length);
      const rows = await this.#rows(
        `${statusIn(mask)}${behind} order by created ${order}, id ${order} limit ${count}`,
      );
      found.push(...await this.#facts.complete(rows.map((row) => row.item)));
      const last = rows.at(-1)?.item;
      if (last === undefined || rows.length < count) break;
      const { created, id } = last;
      const sign = order === "asc" ? ">" : "<";
      behind = ` and (created ${sign} ${created} or (created = ${created} and id ${sign} ${id}))`;
    }
    return found;
  }

  /** The item with this id, which is a number. */
  async item(id: string): Promise<MimeItem | undefined> {
    const rows = await this.#rows(`${statusIn(ALL_TAGS)} and id = ${id}`);
    const [item] = await this.#facts.complete(rows.map((row) => row.item));
    return item;
  }

  /** The rows with these identities, by {@linkcode identityKey}; sizes may be lacking. */
  async find(identities: readonly Identity[], signal?: AbortSignal): Promise<Map<string, Row>> {
    const wanted = new Set(identities.map(identityKey));
    const found = new Map<string, Row>();
    for (const group of grouped(identities, IDENTITIES)) {
      const condition = whereIdentities(this.#layout, group);
      const rows = await this.#service.select(
        "look for messages",
        itemColumns(this.#layout),
        [`from ${this.#group} and ${statusIn(ALL_TAGS)} and `, ...condition],
        signal,
      );
      for (const columns of rows) {
        const row = rowOf(columns, this.#table);
        // A column may compare more loosely than we do.
        const key = identityKey(row.item);
        if (wanted.has(key)) found.set(key, row);
      }
    }
    return found;
  }

  /** The guids there are from one source; `undefined` if there are more than `limit`. */
  async guids(sourceid: string, limit: number): Promise<Set<string> | undefined> {
    const rows = await this.#service.select(
      "look for messages",
      ["id", hexOfText("guid")],
      [`from ${this.#group} and sourceid = `, ...textLiteral(sourceid), ` limit ${limit + 1}`],
    );
    if (rows.length > limit) return undefined;
    return new Set(rows.map(([, guid = ""]) => textFromHex(guid) ?? ""));
  }

  /** Which of these ids are there, and match the condition. */
  async present(ids: readonly string[], condition = "1 = 1"): Promise<Set<string>> {
    const found = new Set<string>();
    for (const group of grouped(ids, PAGE)) {
      const rows = await this.#service.select(
        "look for messages",
        ["id", "1"],
        [`from ${this.#group} and id in (${group.join(", ")}) and ${condition}`],
      );
      for (const [id = ""] of rows) found.add(id);
    }
    return found;
  }

  /** Counts and octets by tag. */
  async status(): Promise<StoreStatus> {
    const sums = new Map(TAGS.map((tag) => [tag, { count: 0, octets: 0 }]));
    const add = (tag: Tag | undefined, count: number, octets: number): void => {
      const sum = tag === undefined ? undefined : sums.get(tag);
      if (sum === undefined) return;
      sum.count += count;
      sum.octets += octets;
    };
    if (this.#layout.hasFacts) {
      await this.#measureAll();
      const rows = await this.#service.select(
        "count the messages",
        ["status", "count(id)", "coalesce(sum(wiresize), 0)"],
        [`from ${this.#group} and ${statusIn(ALL_TAGS)} group by status`],
      );
      for (const [status, count, octets] of rows) {
        add(TAGS[numberOf(status)], numberOf(count), numberOf(octets));
      }
    } else {
      for (const { tag, size } of await this.items(ALL_TAGS, "asc", Infinity)) add(tag, 1, size);
    }
    // The map has the six keys; fromEntries has lost their names.
    return Object.fromEntries(sums) as StoreStatus;
  }

  async #measureAll(): Promise<void> {
    const unmeasured = `wiresize is null and ${statusIn(ALL_TAGS)} limit ${PAGE}`;
    let count = PAGE;
    while (count === PAGE) {
      const rows = await this.#rows(unmeasured);
      await this.#facts.complete(rows.map((row) => row.item));
      count = rows.length;
    }
  }

  async #rows(condition: string): Promise<Row[]> {
    const rows = await this.#service.select(
      "list the messages",
      itemColumns(this.#layout),
      [`from ${this.#group} and ${condition}`],
    );
    return rows.map((columns) => rowOf(columns, this.#table));
  }
}
