/**
 * Adding messages: many of them share one wait for the disk.
 *
 * @module
 */
import { isMissing, orStoreErrorLater } from "../fs_errors.ts";
import { comesBefore, Intake, Interrupt } from "../intake.ts";
import { type AddResult, type MimeItem, type NewMimeItem, TAGS } from "../mime_store.ts";
import { checkedTag } from "../tags.ts";
import { Batch } from "./batch.ts";
import { Conveyor } from "./conveyor.ts";
import { FolderFlushes } from "./folder_flushes.ts";
import { lacksIdentity, repairIdentity } from "./identity_repair.ts";
import type { Layout } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import type { Identity } from "./names.ts";
import { Spool, type Spooled } from "./spool.ts";

/** So long the next message is waited for before those at hand are finished, ms ... */
const LINGER = 3;
/** ... and so long at most, from the first of them on, ms. */
const PATIENCE = 100;
/** A duplicate that young may be on no disk yet: its writer may still be waiting for that, ms. */
const YOUNG = 10_000;

/** One call of `add`. */
interface Run {
  readonly conveyor: Conveyor;
  readonly spool: Spool;
  readonly intake: Intake<NewMimeItem>;
  readonly interrupt: Interrupt;
  /** The message that is being taken in. */
  taking?: Promise<void> | undefined;
}

/** A message's file, and its place in the order. */
interface Written {
  readonly created: number;
  readonly spooled: Spooled;
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
  readonly #flushes = new FolderFlushes();
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
    const batch = new Batch(this.#layout, this.#ledger, spool, this.#flushes);
    const conveyor = new Conveyor(batch, (claims) => this.#unclaim(claims));
    const run: Run = { conveyor, spool, intake: new Intake(items, interrupt), interrupt };
    try {
      yield* this.#addAll(run);
    } finally {
      await this.#end(run);
      spool.close();
      await run.intake.close();
    }
  }

  async *#addAll(run: Run): AsyncGenerator<AddResult> {
    const { conveyor } = run;
    try {
      while (true) {
        yield* conveyor.results();
        conveyor.check();
        if (!(await this.#comesNext(run))) continue;
        const item = await run.intake.next();
        if (item === undefined) break;
        run.taking = this.#take(run, item);
        while (!(await this.#isTaken(run, run.taking))) yield* conveyor.results();
        await run.taking;
        if (conveyor.isFull) await conveyor.send();
      }
    } catch (error) {
      // What was given completely is stored and reported; who says stop wants none of that.
      if (!run.interrupt.aborted) {
        // The error that came first is the one to be told.
        await conveyor.empty().catch(() => {});
        yield* conveyor.results();
      }
      throw error;
    }
    await conveyor.empty();
    yield* conveyor.results();
  }

  /** Waits for the next message, or for what is to be done before. */
  async #comesNext({ conveyor, intake }: Run): Promise<boolean> {
    if (conveyor.underway !== undefined) return await intake.isReady(conveyor.underway);
    if (conveyor.isEmpty) return true;
    if (await intake.isReady(conveyor.age > PATIENCE ? 0 : LINGER)) return true;
    await conveyor.send();
    return false;
  }

  /** Waits until the message is taken in, or for results that can be given meanwhile. */
  async #isTaken({ conveyor }: Run, taking: Promise<void>): Promise<boolean> {
    if (conveyor.underway !== undefined) return await comesBefore(taking, conveyor.underway);
    if (conveyor.isEmpty) return await comesBefore(taking, taking);
    if (await comesBefore(taking, Math.max(0, PATIENCE - conveyor.age))) return true;
    // A message that is long in coming does not keep those before it from the disk.
    await conveyor.send();
    return false;
  }

  /** Takes one message in; finishes those before it where it cannot wait together with them. */
  async #take({ conveyor, spool, interrupt }: Run, item: NewMimeItem): Promise<void> {
    const write = async (): Promise<Written> => {
      const created = this.#nextCreated();
      return { created, spooled: await spool.write(item.octets, created, interrupt) };
    };
    const tag = TAGS.indexOf(checkedTag(item.tag ?? "unread"));
    // What is known by its content has to be read before we can tell whether it is here.
    const early = typeof item.guid === "string" ? undefined : await write();
    const guid = typeof item.guid === "string"
      ? item.guid
      : item.guid(early?.spooled.facts.fingerprint ?? "");
    const identity = { sourceid: item.sourceid.toWellFormed(), guid: guid.toWellFormed() };
    const name = this.#layout.naming.claim(identity);
    for (let other = this.#claims.get(name); other !== undefined;) {
      // Our own claims are given up first, so that no two can wait for each other.
      await conveyor.empty();
      await interrupt.wait(other.over);
      other = this.#claims.get(name);
    }
    // At once, before anything is waited for: else someone else could claim it meanwhile.
    this.#claim(conveyor, name);
    const known = await this.#known(identity, name);
    if (known === undefined) {
      conveyor.addNew({ identity, claim: name, tag, ...(early ?? await write()) });
      return;
    }
    conveyor.disclaim();
    if (early !== undefined) spool.drop(early.spooled);
    conveyor.addDuplicate(known, Date.now() - known.created < YOUNG);
  }

  /** Nothing goes on behind this. */
  async #end({ conveyor, interrupt, taking }: Run): Promise<void> {
    interrupt.stop(new Error("Cannot go on: nobody takes the results"));
    // Whoever called has been told what there was to tell.
    await taking?.catch(() => {});
    await conveyor.stop();
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
    const item = row === undefined ? undefined : catalog.table.item(row);
    if (item === undefined || !lacksIdentity(item, identity)) return item;
    return await repairIdentity(this.#layout, this.#ledger, identity, name);
  }

  #claim(conveyor: Conveyor, name: string): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#claims.set(name, { over: promise, end: resolve });
    conveyor.claim(name);
  }

  #unclaim(names: readonly string[]): void {
    for (const name of names) {
      this.#claims.get(name)?.end();
      this.#claims.delete(name);
    }
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
