/**
 * The facts of payloads that nobody has measured: rows of clients that do not know the columns for
 * them, and tables that have none.
 *
 * Small payloads are measured by the database; large ones are read once. Where the table has the
 * columns the facts are kept there, else as long as the store is open.
 *
 * @module
 */
import { MessageMeter } from "../message_facts.ts";
import type { MimeItem } from "../mime_store.ts";
import type { DataService } from "./data_service.ts";
import type { Layout } from "./layout.ts";
import { readSlices } from "./payloads.ts";
import { numberOf } from "./rows.ts";
import { grouped, MEASURED_THERE, STUFFING, WIRE_SIZE } from "./sql.ts";

/** What a listing has to know of a payload. */
export interface Facts {
  readonly size: number;
  readonly stuffing: boolean;
  /** Empty where the table has no place for it. */
  readonly fingerprint: string;
}

/** So many rows are measured by one statement. */
const ROWS = 100;

/** Of so many messages at most the facts are remembered; some 20 MB. */
const REMEMBERED = 200_000;

/** Knows, or finds, the facts of a table's payloads. */
export class FactFinder {
  readonly #service: DataService;
  readonly #layout: Layout;
  readonly #table: string;
  /** For tables that cannot keep them. */
  readonly #known = new Map<string, Facts>();

  constructor(service: DataService, layout: Layout, table: string) {
    this.#service = service;
    this.#layout = layout;
    this.#table = table;
  }

  /** Keeps the facts of a message that was just added, where the table does not. */
  remember(id: string, facts: Pick<Facts, "size" | "stuffing">): void {
    if (this.#layout.hasFacts) return;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    const { size, stuffing } = facts;
    this.#known.set(id, { size, stuffing, fingerprint: "" });
  }

  /** The items with their sizes; those that vanished meanwhile are left out. */
  async complete(items: readonly MimeItem[]): Promise<MimeItem[]> {
    const lacking = items.filter((item) => item.size < 0 && !this.#known.has(item.id));
    const found = new Map<string, Facts>();
    for (const group of grouped(lacking.map((item) => item.id), ROWS)) {
      for (const [id, facts] of await this.#measure(group)) found.set(id, facts);
    }
    for (const [id, facts] of found) this.remember(id, facts);
    return items.flatMap((item) => {
      if (item.size >= 0) return item;
      const facts = found.get(item.id) ?? this.#known.get(item.id);
      return facts === undefined ? [] : { ...item, ...facts };
    });
  }

  async #measure(ids: readonly string[]): Promise<Map<string, Facts>> {
    const among = `id in (${ids.join(", ")})`;
    const isSmall = `length(payload) <= ${MEASURED_THERE}`;
    const { hasFacts } = this.#layout;
    if (hasFacts) {
      await this.#service.run("measure messages", [
        `update ${this.#table} set wiresize = ${WIRE_SIZE}, stuffing = ${STUFFING}, ` +
        `fingerprint = sha2(payload, 256) where ${among} and wiresize is null and ${isSmall}`,
      ]);
    }
    const columns = hasFacts
      ? ["id", "coalesce(wiresize, -1)", "coalesce(stuffing, 1)", "coalesce(fingerprint, '')"]
      : ["id", `case when ${isSmall} then ${WIRE_SIZE} else -1 end`, STUFFING, "''"];
    const source = [`from ${this.#table} where ${among}`];
    const found = new Map<string, Facts>();
    for (const row of await this.#service.select("measure messages", columns, source)) {
      const [id = "", size, stuffing, fingerprint = ""] = row;
      const facts = { size: numberOf(size), stuffing: stuffing !== "0", fingerprint };
      const whole = facts.size < 0 ? await this.#read(id) : facts;
      if (whole !== undefined) found.set(id, whole);
    }
    return found;
  }

  async #read(id: string): Promise<Facts | undefined> {
    const meter = new MessageMeter();
    for await (const slice of readSlices(this.#service, `${this.#table} where id = ${id}`)) {
      if (slice === undefined) return undefined;
      meter.push(slice);
    }
    const { size, stuffing, fingerprint } = meter.finish();
    if (!this.#layout.hasFacts) return { size, stuffing, fingerprint: "" };
    await this.#service.run("measure a message", [
      `update ${this.#table} set wiresize = ${size}, stuffing = ${stuffing ? 1 : 0}, ` +
      `fingerprint = '${fingerprint}' where id = ${id} and wiresize is null`,
    ]);
    return { size, stuffing, fingerprint };
  }
}
