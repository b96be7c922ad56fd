/**
 * Adding messages: many of them share one wait for the disk.
 *
 * @module
 */
import { isMissing, orStoreErrorLater } from "../fs_errors.ts";
import { Intake, Interrupt } from "../intake.ts";
import { type AddResult, type MimeItem, type NewMimeItem, TAGS } from "../mime_store.ts";
import { checkedTag } from "../tags.ts";
import { Batch } from "./batch.ts";
import type { Layout } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import type { Identity } from "./names.ts";
import { Spool, type Spooled } from "./spool.ts";

/** Messages that wait for the disk together; each may hold a file open. */
const BATCH_COUNT = 64;
/** Octets that wait together. */
const BATCH_OCTETS = 8 * 1024 * 1024;
/** So long the next message is waited for before those at hand are finished, ms ... */
const LINGER = 3;
/** ... and so long at most, from the first of them on, ms. */
const PATIENCE = 100;
/** A duplicate that young may be on no disk yet: its writer may still be waiting for that, ms. */
const YOUNG = 10_000;

/** One call of `add`. */
interface Run {
  readonly batch: Batch;
  readonly spool: Spool;
  readonly intake: Intake<NewMimeItem>;
  readonly interrupt: Interrupt;
  readonly claims: string[];
}

/** A file name that is being added. */
interface Claim {
  readonly over: Promise<void>;
  readonly end: () => void;
}

/** All that goes into one folder through one store object. */
export class Adder {
  readonly #layout: Layout;
  readonly #ledger: Ledger;
  readonly #claims = new Map<string, Claim>();
  #lastCreated = 0;

  constructor(layout: Layout, ledger: Ledger) {
    this.#layout = layout;
    this.#ledger = ledger;
  }

  /** Adds messages, as `MimeStore.addItems` says. */
  async *add(
    items: AsyncIterable<NewMimeItem> | Iterable<NewMimeItem>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<AddResult> {
    using interrupt = new Interrupt(signal);
    interrupt.check();
    const spool = await orStoreErrorLater(`store messages in ${this.#layout.root}`, async () => {
      await this.#ledger.prepare();
      return await Spool.open(this.#layout);
    });
    const batch = new Batch(this.#layout, this.#ledger, spool);
    const run: Run = { batch, spool, intake: new Intake(items, interrupt), interrupt, claims: [] };
    try {
      yield* this.#addAll(run);
    } finally {
      this.#release(run);
      spool.close();
      await run.intake.close();
    }
  }

  async *#addAll(run: Run): AsyncGenerator<AddResult> {
    const { batch, intake } = run;
    try {
      while (true) {
        if (batch.count > 0 && !(await intake.isReady(batch.age > PATIENCE ? 0 : LINGER))) {
          yield* await this.#commit(run);
        }
        const item = await intake.next();
        if (item === undefined) break;
        yield* this.#take(run, item);
        const isFull = batch.count >= BATCH_COUNT || batch.octets >= BATCH_OCTETS;
        if (isFull) yield* await this.#commit(run);
      }
    } catch (error) {
      // What was given completely is stored and reported; who says stop wants none of that.
      if (!run.interrupt.aborted) yield* await this.#commit(run);
      throw error;
    }
    yield* await this.#commit(run);
  }

  /** Takes one message in; finishes those before it where it cannot wait together with them. */
  async *#take(run: Run, item: NewMimeItem): AsyncGenerator<AddResult> {
    const tag = TAGS.indexOf(checkedTag(item.tag ?? "unread"));
    // What is known by its content has to be read before we can tell whether it is here.
    const early = typeof item.guid === "string" ? undefined : await this.#write(run, item);
    const guid = typeof item.guid === "string"
      ? item.guid
      : item.guid(early?.spooled.facts.fingerprint ?? "");
    const identity = { sourceid: item.sourceid.toWellFormed(), guid: guid.toWellFormed() };
    const name = this.#layout.naming.claim(identity);
    for (let other = this.#claims.get(name); other !== undefined;) {
      // Our own claims are given up first, so that no two can wait for each other.
      yield* await this.#commit(run);
      await run.interrupt.wait(other.over);
      other = this.#claims.get(name);
    }
    // At once, before anything is waited for: else someone else could claim it meanwhile.
    this.#claim(run, name);
    const known = await this.#known(identity, name);
    if (known !== undefined) {
      run.claims.pop();
      this.#unclaim(name);
      if (early !== undefined) run.spool.drop(early.spooled);
      const isYoung = Date.now() - known.created < YOUNG;
      if (run.batch.count === 0 && !isYoung) yield { outcome: "duplicate", item: known };
      else run.batch.addDuplicate(known);
      return;
    }
    run.batch.addNew({ identity, claim: name, tag, ...(early ?? await this.#write(run, item)) });
  }

  async #write(
    run: Run,
    item: NewMimeItem,
  ): Promise<{ readonly created: number; readonly spooled: Spooled }> {
    const created = this.#nextCreated();
    return { created, spooled: await run.spool.write(item.octets, created, run.interrupt) };
  }

  async #commit(run: Run): Promise<readonly AddResult[]> {
    try {
      return await orStoreErrorLater(`store messages in ${this.#layout.root}`, () => {
        return run.batch.commit();
      });
    } finally {
      this.#release(run);
    }
  }

  /** The message, if we have it already; its file is looked for, for someone may have removed it. */
  async #known(identity: Identity, name: string): Promise<MimeItem | undefined> {
    let catalog = this.#ledger.catalog;
    let row = catalog.findIdentity(identity, name);
    if (row === undefined) return undefined;
    const folder = this.#layout.folders[catalog.table.tag[row] ?? 0];
    if (!isThere(`${folder}/${catalog.table.fileName(row)}`)) {
      this.#ledger.watch.forget();
      catalog = await this.#ledger.current();
      row = catalog.findIdentity(identity, name);
    }
    return row === undefined ? undefined : catalog.table.item(row);
  }

  #claim(run: Run, name: string): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#claims.set(name, { over: promise, end: resolve });
    run.claims.push(name);
  }

  #release(run: Run): void {
    for (const name of run.claims.splice(0)) this.#unclaim(name);
  }

  #unclaim(name: string): void {
    this.#claims.get(name)?.end();
    this.#claims.delete(name);
  }

  /** Strictly increasing, even where the clock goes backwards. */
  #nextCreated(): number {
    const last = Math.max(this.#lastCreated, this.#ledger.catalog.table.lastCreated);
    this.#lastCreated = Math.max(Date.now(), last + 1);
    return this.#lastCreated;
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
