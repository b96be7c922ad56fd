/**
 * Adding messages to the table: several share a statement, and what became of each is read back.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { StoreError } from "../errors.ts";
import { gather, type Gathered, type ReadMessage } from "../gathered.ts";
import { Intake, Interrupt } from "../intake.ts";
import type { Statement } from "../izynode.ts";
import type { MessageFacts } from "../message_facts.ts";
import type { AddResult, MimeItem, NewMimeItem, Tag } from "../mime_store.ts";
import { checkedTag } from "../tags.ts";
import type { DataService } from "./data_service.ts";
import type { FactFinder } from "./facts.ts";
import { checkWidth, type Layout } from "./layout.ts";
import type { Listing } from "./listing.ts";
import { type Identity, identityKey, type Row } from "./rows.ts";
import { interleaved, octetsLiteral, sqlLength, statusOf, textLiteral } from "./sql.ts";
import { KnownGuids } from "./known_guids.ts";

/** Messages a statement at most. */
const BATCH_COUNT = 100;
/** So long the next message is waited for before those at hand are sent, ms ... */
const LINGER = 20;
/** ... and so long at most, from the first of them on, ms. */
const PATIENCE = 500;

/** What adding works with. */
export interface AdderParts {
  readonly service: DataService;
  readonly layout: Layout;
  readonly listing: Listing;
  readonly facts: FactFinder;
  /** The table as SQL has it. */
  readonly table: string;
  readonly group: string;
  readonly batchOctets: number;
}

/** A message that waits to be sent. */
interface Pending {
  readonly identity: Identity;
  readonly created: number;
  readonly facts: MessageFacts;
  readonly octets: Gathered;
  readonly values: Statement;
}

/** One call of {@linkcode Adder.add}. */
interface Run {
  readonly known: KnownGuids;
  readonly intake: Intake<NewMimeItem>;
  readonly interrupt: Interrupt;
  readonly signal: AbortSignal | undefined;
  /** Tells our rows from those of others who add the same. */
  readonly writer: Uint8Array;
  readonly pending: Map<string, Pending>;
  /** Of the messages that were read and are not dealt with yet. */
  readonly gathered: Set<Gathered>;
  octets: number;
  since: number;
}

/** All that goes into the table through one store object. */
export class Adder {
  readonly #parts: AdderParts;
  #lastCreated = 0;

  constructor(parts: AdderParts) {
    this.#parts = parts;
  }

  /** Adds messages, as `MimeStore.addItems` says. */
  async *add(
    items: AsyncIterable<NewMimeItem> | Iterable<NewMimeItem>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<AddResult> {
    using interrupt = new Interrupt(signal);
    interrupt.check();
    const run: Run = {
      known: new KnownGuids(this.#parts.listing),
      intake: new Intake(items, interrupt),
      interrupt,
      signal,
      writer: randomBytes(16),
      pending: new Map(),
      gathered: new Set(),
      octets: 0,
      since: 0,
    };
    try {
      yield* this.#addAll(run);
    } finally {
      for (const octets of run.gathered) drop(run, octets);
      await run.intake.close();
    }
  }

  async *#addAll(run: Run): AsyncGenerator<AddResult> {
    try {
      while (true) {
        if (run.pending.size > 0 && !(await this.#isNextReady(run))) yield* await this.#send(run);
        const item = await run.intake.next();
        if (item === undefined) break;
        yield* this.#take(run, item);
      }
    } catch (error) {
      // What was given completely is stored and reported; who says stop wants none of that.
      if (!run.interrupt.aborted) yield* await this.#send(run);
      throw error;
    }
    yield* await this.#send(run);
  }

  #isNextReady(run: Run): Promise<boolean> {
    const isOld = performance.now() - run.since > PATIENCE;
    return run.intake.isReady(isOld ? 0 : LINGER);
  }

  async *#take(run: Run, item: NewMimeItem): AsyncGenerator<AddResult> {
    const tag = checkedTag(item.tag ?? "unread");
    const read = typeof item.guid === "string" ? undefined : await this.#read(run, item);
    const guid = typeof item.guid === "string"
      ? item.guid
      : item.guid(read?.facts.fingerprint ?? "");
    const identity = { sourceid: item.sourceid.toWellFormed(), guid: guid.toWellFormed() };
    checkWidth(this.#parts.layout, "sourceid", identity.sourceid);
    checkWidth(this.#parts.layout, "guid", identity.guid);
    if (run.pending.has(identityKey(identity))) yield* await this.#send(run);
    const known = await run.known.find(identity, run.signal);
    if (known !== undefined) {
      if (read !== undefined) drop(run, read.octets);
      yield* await this.#send(run);
      yield { outcome: "duplicate", item: await this.#complete(known) };
      return;
    }
    const pending = this.#pending(run, read ?? await this.#read(run, item), identity, tag);
    const length = sqlLength(pending.values);
    const { batchOctets } = this.#parts;
    if (run.octets + length > batchOctets) yield* await this.#send(run);
    if (run.pending.size === 0) run.since = performance.now();
    run.pending.set(identityKey(identity), pending);
    run.octets += length;
    if (run.octets >= batchOctets || run.pending.size >= BATCH_COUNT) yield* await this.#send(run);
  }

  async #read(run: Run, item: NewMimeItem): Promise<ReadMessage> {
    const read = await gather(item.octets, run.interrupt);
    run.gathered.add(read.octets);
    return read;
  }

  #pending(run: Run, { facts, octets }: ReadMessage, identity: Identity, tag: Tag): Pending {
    const created = this.#lastCreated = Math.max(Date.now(), this.#lastCreated + 1);
    const values = this.#values({ run, identity, tag, created, facts, octets });
    return { identity, created, facts, octets, values };
  }

  #values(message: {
    readonly run: Run;
    readonly identity: Identity;
    readonly tag: Tag;
    readonly created: number;
    readonly facts: MessageFacts;
    readonly octets: Gathered;
  }): Statement {
    const { facts, identity } = message;
    const { layout, group } = this.#parts;
    return [
      `(${statusOf(message.tag)}, ${group}, ${facts.date}, ${message.created}, `,
      ...textLiteral(identity.sourceid),
      ", ",
      ...textLiteral(identity.guid),
      `, ${facts.kept}, `,
      ...octetsLiteral(message.octets.pieces),
      ...(layout.hasWriter ? [", ", ...octetsLiteral([message.run.writer])] : []),
      layout.hasFacts ? `, ${facts.size}, ${facts.stuffing ? 1 : 0}, '${facts.fingerprint}')` : ")",
    ];
  }

  /** Sends what waits, and reads back what became of it. */
  async #send(run: Run): Promise<AddResult[]> {
    const batch = [...run.pending.values()];
    run.pending.clear();
    run.octets = 0;
    if (batch.length === 0) return [];
    const isLost = (each: Pending): boolean => !rows.has(identityKey(each.identity));
    let rows = await this.#insert(run, batch);
    // There are services that take a body that comes in pieces for an empty one.
    if (batch.some(isLost) && this.#parts.service.distrustPieces()) {
      rows = await this.#insert(run, batch);
    }
    for (const { octets } of batch) drop(run, octets);
    const results: AddResult[] = [];
    for (const each of batch) {
      const row = rows.get(identityKey(each.identity));
      if (row === undefined) throw notKept(each.identity);
      results.push(await this.#result(run, each, row));
    }
    return results;
  }

  async #insert(run: Run, batch: readonly Pending[]): Promise<ReadonlyMap<string, Row>> {
    const { service, listing, layout, table } = this.#parts;
    const columns = "status, groupid, messageUTCTimestamp, created, sourceid, guid, size, payload" +
      (layout.hasWriter ? ", writer" : "") +
      (layout.hasFacts ? ", wiresize, stuffing, fingerprint" : "");
    // Sent twice it changes nothing: so it may be, when the answer was lost.
    await service.run("store messages", [
      `insert INTO ${table} (${columns}) VALUES `,
      ...interleaved(batch.map((each) => each.values), ", "),
      " ON DUPLICATE KEY UPDATE id = id",
    ], run.signal);
    return await listing.find(batch.map((each) => each.identity), run.signal);
  }

  async #result(run: Run, sent: Pending, row: Row): Promise<AddResult> {
    // Without the column two who add the same in the same millisecond both think that it is theirs.
    const isOurs = this.#parts.layout.hasWriter
      ? row.writer.toLowerCase() === hex(run.writer)
      : row.item.created === sent.created;
    if (!isOurs) return { outcome: "duplicate", item: await this.#complete(row) };
    this.#parts.facts.remember(row.item.id, sent.facts);
    return { outcome: "stored", item: await this.#complete(row) };
  }

  async #complete(row: Row): Promise<MimeItem> {
    const [item = row.item] = await this.#parts.facts.complete([row.item]);
    return item;
  }
}

function drop(run: Run, octets: Gathered): void {
  run.gathered.delete(octets);
  octets[Symbol.dispose]();
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function notKept({ sourceid, guid }: Identity): StoreError {
  const name = JSON.stringify([sourceid.slice(0, 70), guid.slice(0, 70)]);
  return new StoreError(
    "config",
    `Cannot store ${name}: the table does not tell it from another, or cuts it; make the columns ` +
      "sourceid and guid as docs/cloud.sql shows",
  );
}
