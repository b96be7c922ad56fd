/**
 * Entries: which messages there are, and which tag each bears.
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
  entryName,
  entryStart,
  type Identity,
  identityFrom,
  itemOf,
  longKey,
  movingTarget,
  movingTo,
  readEntry,
  tagPrefix,
} from "./keys.ts";
import type { ListedObject } from "./xml.ts";

const NOTHING = new Uint8Array(0);
/** An entry that has been moving so long was left so by somebody who died, ms. */
const ABANDONED = 60_000;
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
          count++;
          await this.#keepNewest(found, one);
        }
        if (count >= limit) break;
      }
    }
    const items = [...found.values()].map((each) => each.item);
    for (const { id } of items) this.#moved.delete(id);
    return items.filter((item) => tags.includes(item.tag)).sort(byAge);
  }

  /** Makes an entry; the same twice is the same once. */
  async put(item: MimeItem, signal?: AbortSignal): Promise<void> {
    const options = signal === undefined ? {} : { signal };
    await this.#bucket.put(
      "store a message",
      entryKey(item, item.tag),
      NOTHING,
      undefined,
      options,
    );
  }

  /** The item of a message made at that time; `undefined` if it has no entry under any tag. */
  async find(id: string, created: number): Promise<MimeItem | undefined> {
    for (const tag of TAGS) {
      const start = tagPrefix(tag) + entryStart(created, id);
      for await (const page of this.#bucket.list("look for a message", start, 1)) {
        for (const listed of page) {
          const key = entryStart(created, id) + listed.key;
          const one = await this.#read(tag, { ...listed, key });
          if (one !== undefined) return one.item;
        }
      }
    }
    return undefined;
  }

  /** Gives a message another tag; `false` if it has no entry any more. */
  async move(item: MimeItem, tag: Tag): Promise<boolean> {
    const what = "mark a message";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const place = await this.#locate(item);
      if (place === undefined) return false;
      if (place.target !== undefined) {
        await this.#finish(item, place.tag, place.target);
        this.#moved.set(item.id, place.target);
      } else if (place.tag === tag) {
        this.#moved.set(item.id, tag);
        return true;
      } else {
        const from = entryKey(item, place.tag);
        const condition = { ifMatch: place.etag };
        if (await this.#bucket.put(what, from, movingTo(tag), condition) !== undefined) {
          await this.#finish(item, place.tag, tag);
          this.#moved.set(item.id, tag);
          return true;
        }
      }
    }
    throw new StoreError("temporary", `Cannot ${what}: others change it all the time; try later`);
  }

  /** Removes a message's entry, wherever it is; `before` is done when one is found. */
  async remove(item: MimeItem, before: () => Promise<void>): Promise<boolean> {
    const place = await this.#locate(item);
    if (place === undefined) return false;
    await before();
    await this.#bucket.delete("remove a message", entryKey(item, place.tag));
    if (place.target !== undefined) {
      await this.#bucket.delete("remove a message", entryKey(item, place.target));
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

  async #finish(item: MimeItem, from: Tag, to: Tag): Promise<void> {
    await this.#bucket.put("mark a message", entryKey(item, to), NOTHING);
    await this.#bucket.delete("mark a message", entryKey(item, from));
  }

  async #read(place: Tag, listed: ListedObject): Promise<Found | undefined> {
    const entry = readEntry(listed.key);
    if (entry === undefined) return undefined;
    const identity = entry.identity ?? await this.#longIdentity(entry.id);
    if (identity === undefined) return undefined;
    const target = movingTarget(listed.size);
    const item = itemOf(entry, identity, target ?? place);
    if (target !== undefined && this.#bucket.client.now() - listed.modified > ABANDONED) {
      this.#logger.warn("a move that was left half done is finished", { id: item.id, tag: target });
      await this.#finish(item, place, target);
    }
    return { item, listed, place };
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
