/**
 * Adding messages, several at a time: an entry that says that the message is on its way, the
 * message, then the entry as it stays.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { StoreError } from "../errors.ts";
import { gather } from "../gathered.ts";
import { utf8 } from "../octets.ts";
import { Intake, Interrupt } from "../intake.ts";
import { measureIncoming, type MessageFacts, MessageMeter } from "../message_facts.ts";
import type { AddResult, MimeItem, NewMimeItem, Tag } from "../mime_store.ts";
import { checkedTag } from "../tags.ts";
import type { Bucket } from "./bucket.ts";
import type { Entries } from "./entries.ts";
import { type Identity, identityText, idOf, isLong, longKey, mailKey } from "./keys.ts";
import { type Label, PartBuffer, PartedMessage, putMessage, readLabel } from "./messages.ts";
import { sleep } from "../retry.ts";
import { readMessage } from "./reader.ts";

/** So many messages are under way together ... */
const TOGETHER = 8;
/** ... while the next one is waited for so long, ms. */
const LINGER = 20;
/** So often a message is looked for that somebody else is at ... */
const ATTEMPTS = 5;
/** ... after so many ms at first. */
const FIRST_DELAY = 50;

/** What adding works with. */
export interface AdderParts {
  readonly bucket: Bucket;
  readonly entries: Entries;
  readonly partOctets: number;
  readonly timeoutSeconds: number;
}

/** One call of {@linkcode Adder.add}. */
interface Run {
  readonly intake: Intake<NewMimeItem>;
  readonly interrupt: Interrupt;
  readonly signal: AbortSignal | undefined;
  readonly writer: string;
  /** In order. */
  readonly underWay: { readonly id: string; readonly result: Promise<AddResult> }[];
}

/** A message whose name is known. */
type NamedItem = Required<NewMimeItem> & { readonly guid: string };

/** All that goes into the bucket through one store object. */
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
    const intake = new Intake(items, interrupt);
    const run: Run = { intake, interrupt, signal, writer: randomUUID(), underWay: [] };
    try {
      yield* this.#addAll(run);
    } finally {
      // Nothing goes on behind the caller's back.
      await Promise.allSettled(run.underWay.map((each) => each.result));
      await intake.close();
    }
  }

  async *#addAll(run: Run): AsyncGenerator<AddResult> {
    try {
      while (true) {
        const isFull = run.underWay.length >= TOGETHER;
        if (isFull || (run.underWay.length > 0 && !(await run.intake.isReady(LINGER)))) {
          yield* this.#finish(run, 1);
          continue;
        }
        const item = await run.intake.next();
        if (item === undefined) break;
        yield* this.#take(run, item);
      }
    } catch (error) {
      // What was given completely is stored and reported; who says stop wants none of that.
      if (!run.interrupt.aborted) yield* this.#finish(run);
      throw error;
    }
    yield* this.#finish(run);
  }

  async *#finish(run: Run, count = Infinity): AsyncGenerator<AddResult> {
    for (let done = 0; done < count; done++) {
      const first = run.underWay.shift();
      if (first === undefined) return;
      yield await first.result;
    }
  }

  async *#take(run: Run, item: NewMimeItem): AsyncGenerator<AddResult> {
    const { sourceid, guid, octets } = item;
    const tag = checkedTag(item.tag ?? "unread");
    if (typeof guid === "string") {
      yield* this.#takeNamed(run, { sourceid, guid, tag, octets });
      return;
    }
    // Named by its content a message must be read as a whole: its key is not known before its end.
    const read = await gather(octets, run.interrupt);
    using gathered = read.octets;
    const named = { sourceid, guid: guid(read.facts.fingerprint), tag, octets: gathered.chunks() };
    yield* this.#takeNamed(run, named);
  }

  async *#takeNamed(run: Run, item: NamedItem): AsyncGenerator<AddResult> {
    const { sourceid, guid, tag, octets } = item;
    const identity = { sourceid: sourceid.toWellFormed(), guid: guid.toWellFormed() };
    const id = idOf(identity);
    if (run.underWay.some((each) => each.id === id)) yield* this.#finish(run);
    const known = await run.interrupt.wait(this.#known(id, identity, run.signal));
    if (known !== undefined) {
      enqueue(run, id, Promise.resolve({ outcome: "duplicate", item: known }));
      return;
    }
    const created = this.#lastCreated = Math.max(Date.now(), this.#lastCreated + 1);
    const label: Label = { id, identity, tag, created, writer: run.writer };
    await this.#upload(run, label, octets);
  }

  /** Takes a message's octets in; what is small goes on while the next one is read. */
  async #upload(run: Run, label: Label, octets: NewMimeItem["octets"]): Promise<void> {
    const { bucket, partOctets } = this.#parts;
    const buffer = new PartBuffer();
    const parted = new PartedMessage(bucket, label, run.signal);
    try {
      const facts = await measureIncoming(octets, run.interrupt, async (chunk) => {
        buffer.push(chunk);
        if (buffer.octets >= partOctets) {
          await run.interrupt.wait(parted.add(buffer.take()));
        }
      });
      if (parted.hasBegun) {
        if (buffer.octets > 0) await run.interrupt.wait(parted.add(buffer.take()));
        const put = () => parted.finish();
        // Its parts are to be taken back if this fails, so it is waited for.
        const result = await this.#put(label, facts, put, run.signal);
        enqueue(run, label.id, Promise.resolve(result));
      } else {
        const whole = buffer.take();
        const put = () => putMessage(bucket, label, whole, facts.fingerprint, run.signal);
        enqueue(run, label.id, this.#put(label, facts, put, run.signal));
      }
    } finally {
      await parted.abandon();
    }
  }

  /** Announces a message and puts it; `put` gives `false` where there is one already. */
  async #put(
    label: Label,
    facts: MessageFacts,
    put: () => Promise<boolean>,
    signal: AbortSignal | undefined,
  ): Promise<AddResult> {
    const { id, identity } = label;
    const { bucket, entries } = this.#parts;
    const item = newItem(label, facts);
    if (isLong(item)) {
      const text = utf8(identityText(item));
      const more = signal === undefined ? {} : { signal };
      await bucket.put("store a message", longKey(id), text, undefined, more);
    }
    const announced = await entries.announce(item, signal);
    if (announced === undefined) return await this.#other(id, identity, signal);
    if (!(await this.#isPut(label, item, put, signal))) {
      await entries.withdraw(item);
      return await this.#other(id, identity, signal);
    }
    await entries.confirm(item, announced, signal);
    return { outcome: "stored", item };
  }

  async #isPut(
    { id, writer }: Label,
    item: MimeItem,
    put: () => Promise<boolean>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { bucket, entries } = this.#parts;
    try {
      // It may have been us all the same, if the first answer was lost.
      return await put() || (await readLabel(bucket, id, signal))?.writer === writer;
    } catch (error) {
      // Otherwise it is not known, and who lists the messages will find out.
      if (signal?.aborted === true && await readLabel(bucket, id) === undefined) {
        await entries.withdraw(item);
      }
      throw error;
    }
  }

  /** The message that somebody else put before us, or is about to put. */
  async #other(
    id: string,
    identity: Identity,
    signal: AbortSignal | undefined,
  ): Promise<AddResult> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const item = await this.#known(id, identity, signal);
      if (item !== undefined) return { outcome: "duplicate", item };
      await sleep(FIRST_DELAY * 2 ** attempt, signal);
    }
    throw new StoreError(
      "temporary",
      "Cannot store a message: somebody else adds or removes it at the same time; try again",
    );
  }

  /** The item of a message that is there. */
  async #known(
    id: string,
    identity: Identity,
    signal: AbortSignal | undefined,
  ): Promise<MimeItem | undefined> {
    const { bucket, entries } = this.#parts;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const label = await readLabel(bucket, id, signal);
      if (label === undefined) return undefined;
      const found = await entries.find(id, label.created);
      if (found !== undefined) return found;
      // Its entry may have been moved, past where we looked; it was there before the message was.
      await sleep(FIRST_DELAY * 2 ** attempt, signal);
    }
    return await this.#restored(id, identity, signal);
  }

  /** The item of a message whose entry somebody has removed; it gets another one. */
  async #restored(
    id: string,
    identity: Identity,
    signal: AbortSignal | undefined,
  ): Promise<MimeItem | undefined> {
    const { bucket, entries, timeoutSeconds } = this.#parts;
    const label = await readLabel(bucket, id, signal);
    if (label === undefined) return undefined;
    const meter = new MessageMeter();
    for await (const chunk of readMessage(bucket, id, timeoutSeconds, signal)) {
      if (chunk === undefined) return undefined;
      meter.push(chunk);
    }
    const item = newItem({ ...label, id, identity }, meter.finish());
    const announced = await entries.announce(item, signal);
    if (announced !== undefined) await entries.confirm(item, announced, signal);
    return item;
  }
}

function enqueue(run: Run, id: string, result: Promise<AddResult>): void {
  // It may fail before anybody waits for it.
  result.catch(() => {});
  run.underWay.push({ id, result });
}

function newItem(
  label: {
    readonly id: string;
    readonly identity: Identity;
    readonly tag: Tag;
    readonly created: number;
  },
  facts: MessageFacts,
): MimeItem {
  const { id, identity, tag, created } = label;
  const { size, stuffing, fingerprint, date } = facts;
  return {
    ...{ id, guid: identity.guid, tag, size, sourceid: identity.sourceid },
    ...{ messageUTCTimestamp: date, created, fingerprint, name: mailKey(id), stuffing },
  };
}
