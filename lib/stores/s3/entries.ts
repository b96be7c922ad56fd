/**
 * Entries: which messages there are, and which tag each bears.
 *
 * An entry is there before its message is, marked as such, and is only ever confirmed if it is still
 * as its writer made it: whoever comes late, its writer or one who ends what he began, finds the
 * condition broken and cannot bring back what was moved or removed meanwhile.
 *
 * An entry changes its tag in three steps: it is marked as moving, by its length, which is the
 * moment when the message bears the other tag; the new entry is made; the old one is removed. Who
 * finds one that has been moving for long ends what its mover began.
 *
 * @module
 */
import { silentLogger } from "../../log.ts";
import type { Logger } from "../../log.ts";
import { StoreError } from "../errors.ts";
import { type MimeItem, type Tag, TAGS } from "../mime_store.ts";
import type { Bucket } from "./bucket.ts";
import {
  type Entry,
  entryName,
  entryStart,
  type Identity,
  identityFrom,
  isOnItsWay,
  itemOf,
  longKey,
  movingTarget,
  movingTo,
  onItsWay,
  readEntry,
  tagPrefix,
} from "./keys.ts";
import { readLabel } from "./messages.ts";
import type { ListedObject } from "./xml.ts";

const NOTHING = new Uint8Array(0);
/** An entry that has been moving so long was left so by somebody who died, ms. */
const ABANDONED = 60_000;
/** One whose message has not come for so long will never have one, ms. */
const FORGOTTEN = 24 * 60 * 60_000;
/** Somebody else may be quicker; not so often. */
const ATTEMPTS = 10;

/** Where a message's entry is. */
interface Place {
  readonly tag: Tag;
  readonly etag: string;
  /** Where it moves to. */
  readonly target: Tag | undefined;
}

interface Found {
  readonly item: MimeItem;
  readonly listed: ListedObject;
  readonly place: Tag;
}

/** The entries below a prefix. */
export class Entries {
  readonly #bucket: Bucket;
  readonly #logger: Logger;
  /** Identities too long for a name, by id. */
  readonly #identities = new Map<string, Identity>();
  /** Where messages went that we moved: their items still say where they were. */
  readonly #moved = new Map<string, Tag>();

  constructor(bucket: Bucket, logger: Logger = silentLogger) {
    this.#bucket = bucket;
    this.#logger = logger;
  }

  /** All messages with one of the tags; at most `limit` of each, the oldest first. */
  async list(tags: readonly Tag[], limit = Infinity): Promise<MimeItem[]> {
    const found = new Map<string, Found>();
    for (const tag of tags) {
      let count = 0;
      for await (const page of this.#bucket.list("list the messages", tagPrefix(tag), limit)) {
        for (const listed of page) {
          const one = await this.#read(tag, listed);
          if (one === undefined) continue;
          if (tags.includes(one.item.tag)) count++;
          await this.#keepNewest(found, one);
        }
        if (count >= limit) break;
      }
    }
    const items = [...found.values()].map((each) => each.item);
    for (const { id } of items) this.#moved.delete(id);
    return items.filter((item) => tags.includes(item.tag)).sort(byAge);
  }

  /**
   * Makes the entry of a message that is about to come; gives what {@linkcode confirm} needs, or
   * `undefined` if somebody else adds the same message, in the same millisecond.
   */
  async announce(item: MimeItem, signal?: AbortSignal): Promise<string | undefined> {
    const what = "store a message";
    const body = onItsWay();
    const key = entryKey(item, item.tag);
    const options = signal === undefined ? {} : { signal };
    const etag = await this.#bucket.put(what, key, body, { ifNone: true }, options);
    if (etag !== undefined) return etag;
    // It may be ours, if the answer was lost.
    const there = await this.#bucket.get(what, key);
    if (there?.text !== new TextDecoder().decode(body)) return undefined;
    return there.headers.get("etag") ?? "";
  }

  /** The message has come. Whoever saw that before us has done this in our place. */
  async confirm(item: MimeItem, etag: string, signal?: AbortSignal): Promise<void> {
    const options = signal === undefined ? {} : { signal };
    const key = entryKey(item, item.tag);
    await this.#bucket.put("store a message", key, NOTHING, { ifMatch: etag }, options);
  }

  /** The message will not come. */
  async withdraw(item: MimeItem): Promise<void> {
    await this.#bucket.delete("store a message", entryKey(item, item.tag));
  }

  /**
   * The item of a message that is there, made at that time; `undefined` if it has no entry under
   * any tag.
   */
  async find(id: string, created: number): Promise<MimeItem | undefined> {
    for (const tag of TAGS) {
      const start = tagPrefix(tag) + entryStart(created, id);
      for await (const page of this.#bucket.list("look for a message", start, 1)) {
        for (const listed of page) {
          const key = entryStart(created, id) + listed.key;
          const one = await this.#read(tag, { ...listed, key }, true);
          if (one !== undefined) return one.item;
        }
      }
    }
    return undefined;
  }

  /** Gives a message another tag; `false` if it has no entry any more. */
  async move(item: MimeItem, tag: Tag, guard: () => void): Promise<boolean> {
    const what = "mark a message";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const place = await this.#locate(item);
      if (place === undefined) return false;
      if (place.target !== undefined) {
        await this.#finish(item, place.tag, place.target, guard);
        this.#moved.set(item.id, place.target);
      } else if (place.tag === tag) {
        this.#moved.set(item.id, tag);
        return true;
      } else {
        const from = entryKey(item, place.tag);
        const condition = { ifMatch: place.etag };
        const began = Date.now();
        const moved = await this.#bucket.put(what, from, movingTo(tag), condition, { guard });
        // After a long sleep somebody else has ended this: better look again.
        if (moved !== undefined && Date.now() - began < ABANDONED / 2) {
          await this.#finish(item, place.tag, tag, guard);
          this.#moved.set(item.id, tag);
          return true;
        }
      }
    }
    throw new StoreError("temporary", `Cannot ${what}: others change it all the time; try later`);
  }

  /** Removes a message's entry, wherever it is; `before` is done when one is found. */
  async remove(
    item: MimeItem,
    before: () => Promise<void>,
    guard: () => void,
  ): Promise<boolean> {
    const place = await this.#locate(item);
    if (place === undefined) return false;
    await before();
    await this.#bucket.delete("remove a message", entryKey(item, place.tag), guard);
    if (place.target !== undefined) {
      await this.#bucket.delete("remove a message", entryKey(item, place.target), guard);
    }
    this.#moved.delete(item.id);
    return true;
  }

  /** Where the entry is: most likely where the item says, or where we put it. */
  async #locate(item: MimeItem): Promise<Place | undefined> {
    const likely = this.#moved.get(item.id) ?? item.tag;
    for (const tag of new Set([likely, item.tag, ...TAGS])) {
      const head = await this.#bucket.head("look for a message", entryKey(item, tag));
      if (head !== undefined) return { tag, etag: head.etag, target: movingTarget(head.size) };
    }
    return undefined;
  }

  async #finish(item: MimeItem, from: Tag, to: Tag, guard?: () => void): Promise<void> {
    const more = guard === undefined ? {} : { guard };
    await this.#bucket.put("mark a message", entryKey(item, to), NOTHING, undefined, more);
    await this.#bucket.delete("mark a message", entryKey(item, from), guard);
  }

  /** With `isThere` the entry's message is known to be there. */
  async #read(place: Tag, listed: ListedObject, isThere = false): Promise<Found | undefined> {
    const entry = readEntry(listed.key);
    if (entry === undefined) return undefined;
    if (isOnItsWay(listed.size) && !isThere && !(await this.#hasCome(place, entry, listed))) {
      return undefined;
    }
    const identity = entry.identity ?? await this.#longIdentity(entry.id);
    if (identity === undefined) return undefined;
    const target = movingTarget(listed.size);
    const item = itemOf(entry, identity, target ?? place);
    if (isOnItsWay(listed.size)) await this.#confirmForOther(item);
    if (target !== undefined && this.#bucket.client.now() - listed.modified > ABANDONED) {
      this.#logger.warn("a move that was left half done is finished", { id: item.id, tag: target });
      await this.#finish(item, place, target);
    }
    return { item, listed, place };
  }

  /** Whether the message of an entry has come after all, although its writer did not say so. */
  async #hasCome(place: Tag, entry: Entry, listed: ListedObject): Promise<boolean> {
    const age = this.#bucket.client.now() - listed.modified;
    if (age < ABANDONED) return false;
    const label = await readLabel(this.#bucket, entry.id);
    if (label?.created === entry.created) return true;
    // Another one's message is there, and will stay, or none will ever come.
    if (label !== undefined || age > FORGOTTEN) {
      await this.#bucket.delete("list the messages", tagPrefix(place) + listed.key);
    }
    return false;
  }

  async #confirmForOther(item: MimeItem): Promise<void> {
    const head = await this.#bucket.head("list the messages", entryKey(item, item.tag));
    if (head !== undefined && isOnItsWay(head.size)) await this.confirm(item, head.etag);
  }

  async #longIdentity(id: string): Promise<Identity | undefined> {
    const known = this.#identities.get(id);
    if (known !== undefined) return known;
    const answer = await this.#bucket.get("list the messages", longKey(id));
    const identity = answer === undefined ? undefined : identityFrom(answer.text);
    if (identity !== undefined) this.#identities.set(id, identity);
    return identity;
  }

  /** A message under two tags was moved by two at once, or is being moved: the newest entry counts. */
  async #keepNewest(found: Map<string, Found>, one: Found): Promise<void> {
    const other = found.get(one.item.id);
    if (other === undefined) {
      found.set(one.item.id, one);
      return;
    }
    const [newer, older] = other.listed.modified > one.listed.modified
      ? [other, one]
      : [one, other];
    found.set(one.item.id, newer);
    const isSettled = one.listed.size === 0 && other.listed.size === 0;
    if (!isSettled || this.#bucket.client.now() - newer.listed.modified < ABANDONED) return;
    this.#logger.warn("a second entry of a message is removed", {
      id: one.item.id,
      tag: older.place,
    });
    await this.#bucket.delete("list the messages", tagPrefix(older.place) + older.listed.key);
  }
}

/** Oldest first, by `created`, then `id`. */
export function byAge(a: MimeItem, b: MimeItem): number {
  return a.created - b.created || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function entryKey(item: MimeItem, tag: Tag): string {
  return tagPrefix(tag) + entryName(item);
}
