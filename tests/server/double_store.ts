import { StoreError } from "../../lib/stores/errors.ts";
import type {
  AddResult,
  MimeItem,
  MimeQuery,
  MimeStore,
  ReadOptions,
  StoreLock,
  StoreStatus,
  Tag,
} from "../../lib/stores/mime_store.ts";
import { latin1 } from "../helpers/random.ts";

/** What a test can say about a message; the rest is made up. */
export interface DoubleMessage {
  /** In canonical form, a code unit an octet. */
  readonly text: string;
  readonly guid?: string;
  readonly sourceid?: string;
  /** A wrong one, for stores that do not know their own messages. */
  readonly size?: number;
  readonly tag?: Tag;
}

type Method = "query" | "read" | "readAtOnce" | "markAs" | "remove" | "lock";

/** A store in memory whose every method can be made to fail. */
export class DoubleStore implements MimeStore {
  /** Errors that methods throw. */
  readonly failing: Partial<Record<Method, unknown>> = {};
  /** Ids of items on which `markAs` and `remove` fail, after doing the others. */
  readonly stuck = new Set<string>();
  /** Reading throws this once so many octets were given. */
  readFailsAfter: { octets: number; error: unknown } | undefined;
  /** Whether messages can be read at once. */
  quick = false;
  /** Octets in each chunk that `read` gives. */
  chunkSize = 64 * 1024;
  /** What was called, in order: `markAs staged m1`. */
  readonly calls: string[] = [];
  /** How many reads were begun and not ended. */
  openReads = 0;
  locked = false;
  readonly #tags = new Map<string, Tag>();
  readonly #octets = new Map<string, Uint8Array>();
  readonly #items = new Map<string, MimeItem>();

  constructor(messages: readonly (string | DoubleMessage)[]) {
    messages.forEach((message, index) =>
      this.#put(typeof message === "string" ? { text: message } : message, index + 1)
    );
  }

  /** The tag of the message that was given as number `number`; `undefined` once it is removed. */
  tagOf(number: number): Tag | undefined {
    return this.#tags.get(`m${number}`);
  }

  /** As if somebody deleted the file. */
  vanish(number: number): void {
    this.#octets.delete(`m${number}`);
    this.#tags.delete(`m${number}`);
    this.#items.delete(`m${number}`);
  }

  query(query?: MimeQuery): Promise<readonly MimeItem[]> {
    this.#record("query");
    const items = [...this.#items.values()]
      .map((item) => ({ ...item, tag: this.#tags.get(item.id) ?? item.tag }))
      .filter((item) => query?.tags?.includes(item.tag) ?? true);
    if (query?.order === "desc") items.reverse();
    return Promise.resolve(items.slice(0, query?.limit));
  }

  /** Where chunks may share a buffer they do, and the one before is spoiled by then. */
  async *read(item: MimeItem, options?: ReadOptions): AsyncIterable<Uint8Array> {
    this.#record("read", item.id);
    const octets = this.#octets.get(item.id);
    if (octets === undefined) throw new StoreError("gone", `Cannot read ${item.id}: it is gone.`);
    this.openReads++;
    const shared = new Uint8Array(this.chunkSize);
    try {
      for (let at = 0; at < octets.length; at += this.chunkSize) {
        const failure = this.readFailsAfter;
        if (failure !== undefined && at >= failure.octets) throw failure.error;
        await Promise.resolve();
        const chunk = octets.slice(at, at + this.chunkSize);
        shared.fill(0x21).set(chunk);
        yield options?.reuse === true ? shared.subarray(0, chunk.length) : chunk;
      }
    } finally {
      this.openReads--;
    }
  }

  readAtOnce(item: MimeItem, into: Uint8Array): number | undefined {
    const octets = this.quick ? this.#octets.get(item.id) : undefined;
    if (octets === undefined || octets.length >= into.length) return undefined;
    this.#record("readAtOnce", item.id);
    into.set(octets);
    return octets.length;
  }

  markAs(items: readonly MimeItem[], tag: Tag): Promise<void> {
    return this.#change("markAs", items, ` ${tag}`, (id) => this.#tags.set(id, tag));
  }

  remove(items: readonly MimeItem[]): Promise<void> {
    return this.#change("remove", items, "", (id) => {
      this.#items.delete(id);
      this.#tags.delete(id);
    });
  }

  lock(owner: string): Promise<StoreLock> {
    this.#record("lock", owner);
    if (this.locked) throw new StoreError("in-use", "Cannot lock: somebody else is at it.");
    this.locked = true;
    return Promise.resolve({
      owner,
      [Symbol.asyncDispose]: () => {
        this.locked = false;
        return Promise.resolve();
      },
    });
  }

  addItems(): AsyncIterable<AddResult> {
    throw new Error("The server never adds messages.");
  }

  status(): Promise<StoreStatus> {
    throw new Error("The server never asks for the status.");
  }

  [Symbol.asyncDispose](): Promise<void> {
    throw new Error("The server never disposes a store.");
  }

  #put(message: DoubleMessage, number: number): void {
    const id = `m${number}`;
    const octets = latin1(message.text);
    const tag = message.tag ?? "unread";
    this.#octets.set(id, octets);
    this.#tags.set(id, tag);
    this.#items.set(id, {
      id,
      guid: message.guid ?? `guid-${number}`,
      tag,
      size: message.size ?? octets.length,
      sourceid: message.sourceid ?? "source",
      messageUTCTimestamp: 0,
      created: number,
      fingerprint: "",
      name: `${id}.eml`,
      stuffing: /^\./m.test(message.text),
    });
  }

  async #change(
    method: "markAs" | "remove",
    items: readonly MimeItem[],
    how: string,
    change: (id: string) => void,
  ): Promise<void> {
    await Promise.resolve();
    this.#record(method + how, items.map((item) => item.id).join(" "));
    if (method in this.failing) throw this.failing[method];
    let failed: MimeItem | undefined;
    for (const item of items) {
      if (this.stuck.has(item.id) || !this.#items.has(item.id)) failed = item;
      else change(item.id);
    }
    if (failed !== undefined) {
      const kind = this.#items.has(failed.id) ? "input-output" : "gone";
      throw new StoreError(kind, `Cannot change ${failed.id}.`);
    }
  }

  #record(what: string, ...rest: string[]): void {
    this.calls.push([what, ...rest].join(" "));
    const failure = this.failing[what as Method]; // other names find nothing
    if (failure !== undefined) throw failure;
  }
}
