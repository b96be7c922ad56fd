/**
 * A store of made-up messages, for trying things out: always the same for the same seed, nothing
 * touches the disk, and what is changed or added lives as long as the store object.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { canonicalOctets } from "../protocol/crlf.ts";
import { StoreError } from "./errors.ts";
import { type MadeUpMessage, madeUpMessage } from "./fake/message.ts";
import { measureMessage, MessageMeter } from "./message_facts.ts";
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
import { checkedLimit, checkedTag, tagMask } from "./tags.ts";

/** Options of {@linkcode FakeStore}. */
export interface FakeStoreOptions {
  /** How many messages. @default {99} */
  readonly count?: number;
  /** Which messages: the same seed gives the same ones. @default {1} */
  readonly seed?: number;
  /** About how many octets each is to have; without it, 1 to 12 KB. */
  readonly size?: number;
}

/** Messages up to this size are kept once they were made; larger ones are made as they are read. */
const KEPT_SIZE = 64 * 1024;

interface Entry {
  item: MimeItem;
  /** Present for messages that were added. */
  readonly octets?: Uint8Array;
  /** The number of a made-up message. */
  readonly index?: number;
}

/** A store of made-up messages. */
export class FakeStore implements MimeStore {
  readonly #count: number;
  readonly #seed: number;
  readonly #size: number | undefined;
  /** In the order in which they were added; made when first asked for. */
  #entries: Map<string, Entry> | undefined;
  readonly #made = new Map<number, Uint8Array>();
  #lastCreated = 0;
  #holder: string | undefined;

  /** Throws `config` where an option is no whole number ≥ 0. */
  constructor(options: FakeStoreOptions = {}) {
    this.#count = wholeNumber("count", options.count ?? 99);
    this.#seed = wholeNumber("seed", options.seed ?? 1);
    this.#size = options.size === undefined ? undefined : wholeNumber("size", options.size);
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async query(query: MimeQuery = {}): Promise<readonly MimeItem[]> {
    const mask = tagMask(query.tags);
    const limit = checkedLimit(query.limit);
    const items = [...this.#all().values()].map((entry) => entry.item)
      .filter((item) => (mask & (1 << TAGS.indexOf(item.tag))) !== 0);
    if (query.order === "desc") items.reverse();
    return items.slice(0, limit);
  }

  async *read(item: MimeItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    options.signal?.throwIfAborted();
    const entry = this.#find(item);
    if (entry.octets !== undefined) {
      const wire = options.form === "kept" ? entry.octets : canonicalOctets(entry.octets);
      if (wire.length > 0) yield wire.slice();
    } else {
      for (const chunk of this.#madeUp(entry.index ?? 0)) {
        options.signal?.throwIfAborted();
        yield chunk;
      }
    }
  }

  async *addItems(
    items: AsyncIterable<NewMimeItem> | Iterable<NewMimeItem>,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<AddResult> {
    for await (const item of items) {
      options.signal?.throwIfAborted();
      const tag = checkedTag(item.tag ?? "unread");
      const id = identity(item.sourceid, item.guid);
      const known = this.#all().get(id);
      if (known !== undefined) {
        yield { outcome: "duplicate", item: known.item };
        continue;
      }
      const octets = await gather(item.octets, options.signal);
      // Someone else may have added it while we waited for its octets.
      const meanwhile = this.#all().get(id);
      if (meanwhile === undefined) {
        this.#all().set(id, { item: this.#newItem(item, id, tag, octets), octets });
      }
      const entry = this.#all().get(id);
      if (entry !== undefined) {
        yield { outcome: meanwhile === undefined ? "stored" : "duplicate", item: entry.item };
      }
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
    throwIfGone(gone);
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async remove(items: readonly MimeItem[]): Promise<void> {
    throwIfGone(items.filter((item) => !this.#all().delete(item.id)));
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async status(): Promise<StoreStatus> {
    const status = Object.fromEntries(TAGS.map((tag) => [tag, { count: 0, octets: 0 }]));
    for (const { item } of this.#all().values()) {
      const sum = status[item.tag];
      if (sum === undefined) continue;
      sum.count++;
      sum.octets += item.size;
    }
    // The six keys were just put in; fromEntries has lost their names.
    return status as StoreStatus;
  }

  // deno-lint-ignore require-await -- errors must come as rejections
  async lock(owner: string): Promise<StoreLock> {
    if (this.#holder !== undefined) {
      throw new StoreError("in-use", `Cannot lock the store: ${this.#holder} uses it; try later`);
    }
    this.#holder = owner;
    let held = true;
    const release = (): Promise<void> => {
      if (held) this.#holder = undefined;
      held = false;
      return Promise.resolve();
    };
    return { owner, [Symbol.asyncDispose]: release };
  }

  /** Nothing is held that would have to be let go. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #all(): Map<string, Entry> {
    if (this.#entries === undefined) {
      this.#entries = new Map();
      for (let index = 0; index < this.#count; index++) {
        const item = this.#madeUpItem(index);
        this.#entries.set(item.id, { item, index });
        this.#lastCreated = item.created;
      }
    }
    return this.#entries;
  }

  #find(item: MimeItem): Entry {
    const entry = this.#all().get(item.id);
    if (entry === undefined) throw goneError([item]);
    return entry;
  }

  #madeUpItem(index: number): MimeItem {
    const message = madeUpMessage(this.#seed, index, this.#size);
    const meter = new MessageMeter();
    for (const chunk of chunksOf(message)) meter.push(chunk);
    const { size, stuffing, fingerprint } = meter.finish();
    const guid = `fake-${this.#seed}-${String(index + 1).padStart(5, "0")}`;
    return {
      id: identity("fake", guid),
      guid,
      tag: "unread",
      size,
      sourceid: "fake",
      messageUTCTimestamp: message.date,
      created: message.date,
      fingerprint,
      name: `${guid}.eml`,
      stuffing,
    };
  }

  #newItem(item: NewMimeItem, id: string, tag: Tag, octets: Uint8Array): MimeItem {
    const { size, stuffing, fingerprint, date } = measureMessage(octets);
    // No clock: whatever runs twice has to give the same twice.
    this.#lastCreated++;
    return {
      id,
      guid: item.guid,
      tag,
      size,
      sourceid: item.sourceid,
      messageUTCTimestamp: date,
      created: this.#lastCreated,
      fingerprint,
      name: `${id}.eml`,
      stuffing,
    };
  }

  *#madeUp(index: number): Generator<Uint8Array> {
    const kept = this.#made.get(index);
    if (kept !== undefined) {
      yield kept.slice();
      return;
    }
    const message = madeUpMessage(this.#seed, index, this.#size);
    const chunks = chunksOf(message);
    const size = message.start.length + message.block.length * message.repeats + message.end.length;
    if (size > KEPT_SIZE) {
      yield* chunks;
      return;
    }
    const octets = joined([...chunks]);
    this.#made.set(index, octets);
    yield octets.slice();
  }
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new StoreError("config", `Cannot use ${name} ${value}: it is a whole number, 0 or more`);
}

function identity(sourceid: string, guid: string): string {
  const key = JSON.stringify([sourceid, guid]);
  return createHash("sha256").update(key).digest("hex").slice(0, 16);
}

/** The message in chunks of about 64 KiB, each in a buffer of its own. */
function* chunksOf(message: MadeUpMessage): Generator<Uint8Array> {
  yield message.start;
  const perChunk = Math.max(1, Math.floor(KEPT_SIZE / message.block.length));
  for (let rest = message.repeats; rest > 0; rest -= perChunk) {
    const times = Math.min(rest, perChunk);
    const chunk = new Uint8Array(message.block.length * times);
    for (let i = 0; i < times; i++) chunk.set(message.block, i * message.block.length);
    yield chunk;
  }
  yield message.end;
}

async function gather(
  octets: NewMimeItem["octets"],
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of octets) {
    signal?.throwIfAborted();
    parts.push(part.slice());
  }
  signal?.throwIfAborted();
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function goneError(items: readonly MimeItem[]): StoreError {
  const names = items.slice(0, 3).map((item) => item.name).join(", ");
  const more = items.length > 3 ? ` and ${items.length - 3} more` : "";
  return new StoreError("gone", `Cannot find ${names}${more}: no longer in the store`);
}

function throwIfGone(items: readonly MimeItem[]): void {
  if (items.length > 0) throw goneError(items);
}
