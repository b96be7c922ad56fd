/**
 * A store of made-up messages, for trying things out: always the same for the same seed, nothing
 * touches the disk, and what is changed or added lives as long as the store object.
 *
 * @module
 */
import { distinct } from "./distinct.ts";
import { StoreError } from "./errors.ts";
import { itemId } from "./fake/item_id.ts";
import { MadeUp } from "./fake/made_up.ts";
import { goneError } from "./gone.ts";
import { Intake, Interrupt } from "./intake.ts";
import { measureIncoming, type MessageFacts } from "./message_facts.ts";
import {
  type AddResult,
  type MimeItem,
  type MimeQuery,
  type MimeStore,
  type NewMimeItem,
  type ReadOptions,
  type StoreLock,
  type StoreStatus,
  type Tag,
  TAGS,
} from "./mime_store.ts";
import { joined } from "../protocol/octets.ts";
import type { SourceNotes } from "./source_notes.ts";
import { checkedLimit, checkedTag, statusOf, tagMask } from "./tags.ts";
import { inForm } from "./wire_form.ts";

/** Options of {@linkcode FakeStore}. */
export interface FakeStoreOptions {
  /** How many messages. @default {99} */
  readonly count?: number;
  /** Which messages: the same seed gives the same ones. @default {1} */
  readonly seed?: number;
  /** About how many octets each is to have; without it, 1 to 12 KB. */
  readonly size?: number;
}

interface Entry {
  item: MimeItem;
  /** The octets of a message that was added, or the index of one that is made up. */
  readonly content: readonly Uint8Array[] | number;
}

/** Messages up to so many octets are kept in one piece, however they came. */
const PIECE = 64 * 1024;

/**
 * A store of made-up messages.
 *
 * @example
 * ```ts
 * import { FakeStore } from "@izyware/izypop3/stores";
 *
 * const items = await new FakeStore({ count: 3 }).query();
 * if (items.length !== 3) throw new Error("never");
 * ```
 */
export class FakeStore implements MimeStore {
  /** In memory, too. */
  readonly notes: SourceNotes = memoryNotes();
  readonly #count: number;
  readonly #madeUp: MadeUp;
  /** By id, in the order in which they were added; made when first asked for. */
  #entries: Map<string, Entry> | undefined;
  #lastCreated = 0;
  #holder: string | undefined;

  /** Throws `config` where an option is no whole number ≥ 0. */
  constructor(options: FakeStoreOptions = {}) {
    this.#count = wholeNumber("count", options.count ?? 99);
    const size = options.size === undefined ? undefined : wholeNumber("size", options.size);
    this.#madeUp = new MadeUp(wholeNumber("seed", options.seed ?? 1), size);
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async query(query: MimeQuery = {}): Promise<readonly MimeItem[]> {
    const limit = checkedLimit(query.limit);
    const mask = tagMask(query.tags);
    const items = this.#items().filter((item) => (mask & (1 << TAGS.indexOf(item.tag))) !== 0);
    if (query.order === "desc") items.reverse();
    return items.slice(0, limit);
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async find(id: string): Promise<MimeItem | undefined> {
    return this.#all().get(id)?.item;
  }

  async *read(item: MimeItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    options.signal?.throwIfAborted();
    const content = this.#all().get(item.id)?.content;
    if (content === undefined) throw goneError([item]);
    yield* typeof content === "number"
      // What is made up is in canonical form.
      ? inForm(this.#madeUp.read(content), { ...options, form: "kept" })
      // Copied, for the caller may do with it as he likes; chunk by chunk, so that a large message
      // is not there twice.
      : inForm(content.values().map((chunk) => chunk.slice()), options);
  }

  async *addItems(
    items: AsyncIterable<NewMimeItem> | Iterable<NewMimeItem>,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<AddResult> {
    using interrupt = new Interrupt(options.signal);
    const intake = new Intake(items, interrupt);
    try {
      for (let item = await intake.next(); item !== undefined; item = await intake.next()) {
        yield await this.#add(item, interrupt);
      }
    } finally {
      await intake.close();
    }
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async markAs(items: readonly MimeItem[], tag: Tag): Promise<void> {
    const checked = checkedTag(tag);
    const gone = items.filter((item) => {
      const entry = this.#all().get(item.id);
      if (entry !== undefined) entry.item = { ...entry.item, tag: checked };
      return entry === undefined;
    });
    if (gone.length > 0) throw goneError(gone);
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async remove(items: readonly MimeItem[]): Promise<void> {
    const gone = distinct(items).filter((item) => !this.#all().delete(item.id));
    if (gone.length > 0) throw goneError(gone);
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async status(): Promise<StoreStatus> {
    return statusOf(this.#items());
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async lock(owner: string): Promise<StoreLock> {
    if (this.#holder !== undefined) {
      throw new StoreError("in-use", `Cannot lock the store: ${this.#holder} uses it; try later`);
    }
    this.#holder = owner;
    let isHeld = true;
    const release = (): Promise<void> => {
      if (isHeld) this.#holder = undefined;
      isHeld = false;
      return Promise.resolve();
    };
    return { owner, [Symbol.asyncDispose]: release };
  }

  /** Nothing is held that would have to be let go. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #add(item: NewMimeItem, interrupt: Interrupt): Promise<AddResult> {
    const tag = checkedTag(item.tag ?? "unread");
    const { sourceid, guid: given } = item;
    const known = typeof given === "string" ? this.#known(sourceid, given) : undefined;
    if (known !== undefined) return { outcome: "duplicate", item: known };
    const { chunks, facts } = await gather(item.octets, interrupt);
    const guid = typeof given === "string" ? given : given(facts.fingerprint);
    // Someone else may have added it while we waited for its octets.
    const meanwhile = this.#known(sourceid, guid);
    if (meanwhile !== undefined) return { outcome: "duplicate", item: meanwhile };
    const added = this.#newItem({ sourceid, guid }, tag, facts);
    this.#all().set(added.id, { item: added, content: chunks });
    return { outcome: "stored", item: added };
  }

  #known(sourceid: string, guid: string): MimeItem | undefined {
    return this.#all().get(itemId(sourceid, guid))?.item;
  }

  #newItem(
    { sourceid, guid }: { readonly sourceid: string; readonly guid: string },
    tag: Tag,
    { size, stuffing, fingerprint, date }: MessageFacts,
  ): MimeItem {
    const id = itemId(sourceid, guid);
    // No clock: whatever runs twice has to give the same twice.
    this.#lastCreated++;
    return {
      id,
      guid,
      tag,
      size,
      sourceid,
      messageUTCTimestamp: date,
      created: this.#lastCreated,
      fingerprint,
      name: `${id}.eml`,
      stuffing,
    };
  }

  #items(): MimeItem[] {
    return Array.from(this.#all().values(), (entry) => entry.item);
  }

  #all(): Map<string, Entry> {
    if (this.#entries === undefined) {
      this.#entries = new Map();
      for (let index = 0; index < this.#count; index++) {
        const item = this.#madeUp.item(index);
        this.#entries.set(item.id, { item, content: index });
        this.#lastCreated = item.created;
      }
    }
    return this.#entries;
  }
}

function memoryNotes(): SourceNotes {
  const bySource = new Map<string, readonly string[]>();
  const read = (sourceid: string) => bySource.get(sourceid) ?? [];
  const replace = (sourceid: string, notes: readonly string[]) => {
    bySource.set(sourceid, notes);
    return Promise.resolve();
  };
  return {
    read: (sourceid) => Promise.resolve(read(sourceid)),
    add: (sourceid, notes) => replace(sourceid, [...read(sourceid), ...notes]),
    replace,
  };
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new StoreError("config", `Cannot use ${name} ${value}: it is a whole number, 0 or more`);
}

interface Gathered {
  readonly chunks: readonly Uint8Array[];
  readonly facts: MessageFacts;
}

async function gather(octets: NewMimeItem["octets"], interrupt: Interrupt): Promise<Gathered> {
  const chunks: Uint8Array[] = [];
  // Copied: whoever gives it may use its buffer again.
  const facts = await measureIncoming(
    octets,
    interrupt,
    (chunk) => void chunks.push(chunk.slice()),
  );
  return { chunks: facts.kept > PIECE ? chunks : [joined(chunks)], facts };
}
