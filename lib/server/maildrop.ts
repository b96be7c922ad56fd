/**
 * A store as one POP3 session sees it: locked, numbered, with deletion marks, and with the
 * hand-off policy ("commit mode") that says what serving a message does to its tag.
 *
 * @module
 */

import { SMALL_MESSAGE } from "../protocol/limits.ts";
import { TopSlicer } from "../protocol/top_slicer.ts";
import type {
  ItemChange,
  MimeItem,
  MimeQuery,
  MimeStore,
  ReadOptions,
  StoreLock,
} from "../stores/mime_store.ts";
import { type BodyChunks, startBody } from "./message_body.ts";
import { SmallMessages } from "./small_messages.ts";
import { uniqueIds } from "./unique_ids.ts";

/** How a store is shown and what serving does to it. */
export interface MaildropPolicy {
  /** Which items are shown, in which order. */
  readonly query: MimeQuery;
  /**
   * Off: serving changes nothing but what DELE and QUIT ask for. On (queue hand-off): RETR tags a
   * message `staged` at once, QUIT turns that into `archive`, any other end into `pop3failed`.
   */
  readonly commitMode: boolean;
  /** What QUIT does with deleted messages: tag them `archive`, or remove them for good. */
  readonly onDelete: "archive" | "remove";
  /**
   * Whether one session at a time has the maildrop. If not, each has a snapshot of its own:
   * several may serve and delete the same message, and what is gone already counts as deleted.
   */
  readonly exclusive: boolean;
}

/** What came of the work at QUIT. */
export interface CommitResult {
  /** How many messages were to be deleted. */
  readonly deleted: number;
  /** How many messages did not become what they should have. */
  readonly remaining: number;
  /** What went wrong, for the log. */
  readonly fault: unknown;
}

/** A locked snapshot of a store. Its numbers run from 1 and never shift (RFC 1939 §5). */
export class Maildrop {
  readonly #store: MimeStore;
  readonly #lock: StoreLock;
  readonly #policy: MaildropPolicy;
  readonly #items: readonly MimeItem[];
  readonly #small: SmallMessages;
  #deleted = NO_NUMBERS;
  /** Commit mode: what was tagged `staged`, by number. */
  #staged = NO_NUMBERS;
  readonly #allOctets: number;
  #octets: number;
  #uids: readonly string[] | undefined;

  private constructor(
    store: MimeStore,
    lock: StoreLock,
    policy: MaildropPolicy,
    items: readonly MimeItem[],
    buffer: Uint8Array,
  ) {
    this.#store = store;
    this.#small = new SmallMessages(store, items, buffer);
    this.#lock = lock;
    this.#policy = policy;
    this.#items = items;
    this.#allOctets = sumOfSizes(items);
    this.#octets = this.#allOctets;
  }

  /**
   * Takes the lock, then the snapshot. Small messages are read into the buffer, which may be
   * shared by all maildrops of a server.
   *
   * @throws {StoreError} `in-use` if another session has the lock, or what the store throws.
   */
  static async open(
    store: MimeStore,
    owner: string,
    policy: MaildropPolicy,
    buffer: Uint8Array = new Uint8Array(SMALL_MESSAGE),
  ): Promise<Maildrop> {
    const lock = policy.exclusive ? await store.lock(owner) : noLock(owner);
    try {
      if (policy.commitMode && policy.exclusive) await failLeftovers(store, policy.query);
      return new Maildrop(store, lock, policy, await store.query(policy.query), buffer);
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** How many messages are not marked as deleted. */
  get count(): number {
    return this.#items.length - this.#deleted.size;
  }

  /** Their octets on the wire. */
  get octets(): number {
    return this.#octets;
  }

  /** How many messages are marked as deleted. */
  get deletions(): number {
    return this.#deleted.size;
  }

  /** The message of that number; `undefined` if there is none or it is marked as deleted. */
  item(number: number): MimeItem | undefined {
    return this.#deleted.has(number) ? undefined : this.#items[number - 1];
  }

  /** Whether the message of that number is there, but marked as deleted. */
  isDeleted(number: number): boolean {
    return this.#deleted.has(number);
  }

  /** The unique id of the message of that number. */
  uid(number: number): string {
    this.#uids ??= uniqueIds(this.#items);
    return this.#uids[number - 1] ?? "";
  }

  /** The numbers of the messages that are not marked as deleted. */
  *numbers(): Iterable<number> {
    for (let number = 1; number <= this.#items.length; number++) {
      if (!this.#deleted.has(number)) yield number;
    }
  }

  /** Marks a message as deleted; what is marked already stays so. */
  delete(number: number, item: MimeItem): void {
    if (this.#deleted.has(number)) return;
    this.#deleted = withNumber(this.#deleted, number);
    this.#octets -= item.size;
  }

  /** Takes all deletion marks back (RSET). */
  reset(): void {
    this.#deleted = NO_NUMBERS;
    this.#octets = this.#allOctets;
  }

  /** A message to be sent; in commit mode it is `staged` before the first octet leaves. */
  retrieve(number: number, item: MimeItem): BodyChunks | Promise<BodyChunks> {
    const isSettled = !this.#policy.commitMode || this.#staged.has(number);
    const whole = isSettled ? this.#small.take(number) : undefined;
    return whole ?? this.#retrieveLater(number, item);
  }

  /** To be called when the client is busy: what it will probably ask for next is made ready. */
  prepare(): void {
    if (!this.#policy.commitMode) this.#small.prepare();
  }

  async #retrieveLater(number: number, item: MimeItem): Promise<BodyChunks> {
    const body = await startBody(this.#store.read(item, PASSING), item.size);
    if (this.#policy.commitMode && !this.#staged.has(number)) {
      await this.#store.markAs([item], "staged");
      this.#staged = withNumber(this.#staged, number);
    }
    return body;
  }

  /** The header and the first lines of the body; reads no further, changes nothing. */
  top(number: number, item: MimeItem, lines: number): BodyChunks | Promise<BodyChunks> {
    const slicer = new TopSlicer(lines);
    const whole = this.#small.peek(number);
    return whole === undefined
      ? startBody(this.#store.read(item, PASSING), item.size, slicer)
      : slicer.push(whole);
  }

  /** QUIT (RFC 1939 §6): does what was asked for, then lets the lock go, whatever went wrong. */
  async commit(): Promise<CommitResult> {
    const deleted = this.#pick(this.#deleted);
    const delivered = this.#pick(this.#staged.difference(this.#deleted));
    try {
      try {
        await this.#file(deleted, delivered);
        return { deleted: deleted.length, remaining: 0, fault: undefined };
      } catch (fault) {
        const remaining = await this.#countUndone(deleted, delivered);
        return { deleted: deleted.length, remaining, fault };
      }
    } finally {
      await this.#lock[Symbol.asyncDispose]();
    }
  }

  /** The session ended without QUIT: nothing is deleted; lets the lock go. */
  async abandon(): Promise<void> {
    try {
      const staged = this.#pick(this.#staged);
      if (staged.length > 0) await this.#store.markAs(staged, "pop3failed");
    } finally {
      await this.#lock[Symbol.asyncDispose]();
    }
  }

  async #file(deleted: readonly MimeItem[], delivered: readonly MimeItem[]): Promise<void> {
    const removed = this.#policy.onDelete === "remove" ? deleted : [];
    const archived = this.#policy.onDelete === "remove" ? delivered : [...deleted, ...delivered];
    if (this.#store.applyAll !== undefined) {
      const gone = removed.map((item): ItemChange => ({ item, to: "removed" }));
      const kept = archived.map((item): ItemChange => ({ item, to: "archive" }));
      return await this.#store.applyAll([...gone, ...kept]);
    }
    try {
      if (removed.length > 0) await this.#store.remove(removed);
    } finally {
      if (archived.length > 0) await this.#store.markAs(archived, "archive");
    }
  }

  /** How many messages are still what they were; all of them if the store cannot tell. */
  async #countUndone(
    deleted: readonly MimeItem[],
    delivered: readonly MimeItem[],
  ): Promise<number> {
    const mayRemain = this.#policy.onDelete === "archive" ? "archive" : undefined;
    try {
      const now = new Map((await this.#store.query()).map((item) => [item.id, item.tag]));
      const isUndone = (item: MimeItem, done: string | undefined): boolean => {
        const tag = now.get(item.id);
        return tag !== undefined && tag !== done;
      };
      return deleted.filter((item) => isUndone(item, mayRemain)).length +
        delivered.filter((item) => isUndone(item, "archive")).length;
    } catch {
      return deleted.length + delivered.length;
    }
  }

  #pick(numbers: ReadonlySet<number>): MimeItem[] {
    return [...numbers].sort((a, b) => a - b).flatMap((number) => this.#items[number - 1] ?? []);
  }
}

/** What others staged died with them: with the lock in our hands nobody is at it any more. */
async function failLeftovers(store: MimeStore, shown: MimeQuery): Promise<void> {
  // Who serves such messages on purpose has put them there.
  if (shown.tags?.includes("staged") !== false) return;
  const leftovers = await store.query({ tags: ["staged"] });
  if (leftovers.length > 0) await store.markAs(leftovers, "pop3failed");
}

/** Shared: most maildrops are only looked at. */
const NO_NUMBERS: Set<number> = new Set();

function withNumber(numbers: Set<number>, number: number): Set<number> {
  return (numbers === NO_NUMBERS ? new Set<number>() : numbers).add(number);
}

/** Each chunk is written, or copied, before the next one is read. */
const PASSING: ReadOptions = { reuse: true };

function noLock(owner: string): StoreLock {
  return { owner, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function sumOfSizes(items: readonly MimeItem[]): number {
  let sum = 0;
  for (const item of items) sum += item.size;
  return sum;
}
