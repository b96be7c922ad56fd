/**
 * A store in a SQL table behind a data service, reached over HTTP (the wire is in `izynode.ts`,
 * the table in docs/cloud.sql).
 *
 * Payloads are kept as they were added. A message is stored when the service has said `SUCCESS`
 * and its row was read back; every request that changes something may be sent twice without harm,
 * so it is when an answer is lost. Opening a maildrop reads no payload, where the table has the
 * columns for their facts; in a table without them each payload is measured once while the store
 * is open, and fingerprints are empty.
 *
 * @module
 */
import { silentLogger } from "../log.ts";
import { Adder } from "./cloud/adder.ts";
import { DataService } from "./cloud/data_service.ts";
import { FactFinder } from "./cloud/facts.ts";
import { type Layout, lockTable, probeLayout } from "./cloud/layout.ts";
import { Listing } from "./cloud/listing.ts";
import { LockRow } from "./cloud/locks.ts";
import {
  checkedEncoding,
  checkedGroup,
  checkedNumber,
  checkedTable,
  checkedToken,
  checkedUrl,
  type CloudStoreOptions,
  type TableName,
} from "./cloud/options.ts";
import { readSlices } from "./cloud/payloads.ts";
import { grouped, statusOf } from "./cloud/sql.ts";
import { goneError } from "./gone.ts";
import { type Lease, StoreLease } from "./lease.ts";
import type {
  AddResult,
  MimeItem,
  MimeQuery,
  MimeStore,
  NewMimeItem,
  ReadOptions,
  StoreLock,
  StoreStatus,
  Tag,
} from "./mime_store.ts";
import { PATIENT } from "./retry.ts";
import { checkedLimit, checkedTag, tagMask } from "./tags.ts";
import { inForm } from "./wire_form.ts";

export type { CloudStoreOptions } from "./cloud/options.ts";

/** Ids a statement. */
const IDS = 1000;

interface Parts {
  readonly options: CloudStoreOptions;
  readonly service: DataService;
  readonly layout: Layout;
  readonly table: TableName;
  readonly group: string;
  readonly leaseSeconds: number;
  readonly batchOctets: number;
}

/** What is to become of rows. */
interface Change {
  readonly what: string;
  /** Up to its `where`; `undefined` where nothing is to be changed. */
  readonly statement: string | undefined;
  /** A condition that holds for rows that were not changed. */
  readonly left: string;
}

/** A store in a table behind a data service. */
export class CloudStore implements MimeStore {
  readonly #parts: Parts;
  readonly #listing: Listing;
  readonly #adder: Adder;
  readonly #lockRow: LockRow | undefined;
  readonly #lock: StoreLease;

  private constructor(parts: Parts) {
    const { options, service, layout, table, group, leaseSeconds, batchOctets } = parts;
    this.#parts = parts;
    this.#lockRow = layout.hasLocks
      ? new LockRow(service, lockTable(table), group, leaseSeconds)
      : undefined;
    const logger = options.logger ?? silentLogger;
    this.#lock = new StoreLease(this.#lockRow, { seconds: leaseSeconds, logger });
    const facts = new FactFinder(service, layout, table.full);
    const listing = this.#listing = new Listing(service, layout, table, group, facts);
    this.#adder = new Adder({
      ...{ service, layout, listing, facts, group, batchOctets },
      table: table.full,
    });
  }

  /**
   * Opens the table: checks the options, then asks the service what columns it has.
   *
   * @throws {StoreError} `config` before anything is sent; `missing` if the table is not there;
   * `denied`, `unavailable`, `temporary` or `protocol` as every method.
   */
  static async open(options: CloudStoreOptions): Promise<CloudStore> {
    const url = checkedUrl(options.dataservice);
    const table = checkedTable(options.tablename);
    const group = checkedGroup(options.groupid);
    const encoding = checkedEncoding(options.encoding);
    const token = checkedToken(options, encoding);
    const batchOctets = checkedNumber("batchoctets", options.batchoctets ?? 1024 * 1024, 1);
    const leaseSeconds = checkedNumber("leaseSeconds", options.leaseSeconds ?? 60, 1);
    const timeoutSeconds = checkedNumber("timeoutSeconds", options.timeoutSeconds ?? 60, 0.001);
    const service = new DataService({
      ...{ url, token, encoding, timeoutSeconds },
      fetch: options.fetch ?? ((address, init) => fetch(address, init)),
      retry: options.retry ?? PATIENT,
    });
    const layout = await probeLayout(service, table);
    return new CloudStore({ options, service, layout, table, group, leaseSeconds, batchOctets });
  }

  /** Another mailbox of the same table; nothing is asked for it. */
  mailbox(groupid: number | string): CloudStore {
    return new CloudStore({ ...this.#parts, group: checkedGroup(groupid) });
  }

  async query(query: MimeQuery = {}): Promise<readonly MimeItem[]> {
    const limit = checkedLimit(query.limit);
    return await this.#listing.items(tagMask(query.tags), query.order ?? "asc", limit);
  }

  async find(id: string): Promise<MimeItem | undefined> {
    return /^\d{1,20}$/.test(id) ? await this.#listing.item(id) : undefined;
  }

  read(item: MimeItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    return inForm(this.#kept(item, options.signal), options);
  }

  addItems(
    items: AsyncIterable<NewMimeItem> | Iterable<NewMimeItem>,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<AddResult> {
    return this.#adder.add(items, options.signal);
  }

  async markAs(items: readonly MimeItem[], tag: Tag): Promise<void> {
    const status = statusOf(checkedTag(tag));
    const { options, table } = this.#parts;
    const isRefused = options.readOnlyTags === true;
    await this.#change(items, {
      what: "mark messages",
      statement: isRefused ? undefined : `update ${table.full} set status = ${status}`,
      left: `status <> ${status}`,
    });
  }

  async remove(items: readonly MimeItem[]): Promise<void> {
    await this.#change(items, {
      what: "remove messages",
      statement: `delete from ${this.#parts.table.full}`,
      left: "1 = 1",
    });
  }

  async status(): Promise<StoreStatus> {
    return await this.#listing.status();
  }

  /**
   * Takes the lock: against other store objects, processes and machines where there is a table of
   * leases (`<tablename>_lock`), else within this object only. When the holder dies it runs out
   * after `leaseSeconds`.
   */
  async lock(owner: string): Promise<StoreLock> {
    return await this.#lock.lock(owner);
  }

  /** Nothing is held that would have to be let go. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async *#kept(item: MimeItem, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    signal?.throwIfAborted();
    if (!/^\d{1,20}$/.test(item.id)) throw goneError([item]);
    const { table, group, service } = this.#parts;
    const where = `${table.full} where groupid = ${group} and id = ${item.id}`;
    for await (const slice of readSlices(service, where, signal)) {
      if (slice === undefined) throw goneError([item]);
      yield slice;
    }
  }

  /** Does to all that are there what the change says; then throws `gone` if one was not. */
  async #change(items: readonly MimeItem[], change: Change): Promise<void> {
    const lease = this.#lock.current;
    lease?.check();
    const ids = items.map((item) => item.id).filter((id) => /^\d{1,20}$/.test(id));
    const present = await this.#listing.present(ids);
    for (const some of grouped([...present], IDS)) await this.#changeSome(some, change, lease);
    const gone = items.filter((item) => !present.has(item.id));
    if (gone.length > 0) throw goneError(gone);
  }

  /** With a lease the database itself sees to it that who has lost it changes nothing. */
  async #changeSome(
    ids: readonly string[],
    { what, statement, left }: Change,
    lease: Lease | undefined,
  ): Promise<void> {
    const { service, group } = this.#parts;
    if (statement === undefined) {
      await service.run(what, ["select 1"]);
      return;
    }
    const change = `${statement} where groupid = ${group} and id in (${ids.join(", ")})`;
    if (lease === undefined || this.#lockRow === undefined) {
      await service.run(what, [change]);
      return;
    }
    await service.run(what, [`${change} and `, ...this.#lockRow.fence()]);
    // The service does not tell how many rows it has changed.
    if ((await this.#listing.present(ids, left)).size > 0) throw lease.lost();
  }
}
