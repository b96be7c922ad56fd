/**
 * A store in a bucket of an S3-compatible object store: any number of servers and clients on any
 * number of machines may use it at once (docs/scale-out.md).
 *
 * Messages are objects that are put once and never changed; what tag one bears is told by an empty
 * object, its entry, whose name holds all that a listing has to know. A message is stored when the
 * object store has acknowledged both. The store relies on one thing only: that the object store
 * keeps `If-None-Match` and `If-Match` of a PUT, and it makes sure of that when it is opened.
 *
 * @module
 */
import { silentLogger } from "../log.ts";
import { distinct } from "./distinct.ts";
import { goneError } from "./gone.ts";
import { StoreLease } from "./lease.ts";
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
import { PATIENT } from "./retry.ts";
import { Adder } from "./s3/adder.ts";
import { Bucket } from "./s3/bucket.ts";
import { S3Client } from "./s3/client.ts";
import { checkConditions } from "./s3/conditions.ts";
import { Entries } from "./s3/entries.ts";
import { isId, isLong, longKey, mailKey } from "./s3/keys.ts";
import { LockObject } from "./s3/locks.ts";
import {
  checkedBucket,
  checkedEndpoint,
  checkedNumber,
  checkedPrefix,
  checkedPresent,
  type S3StoreOptions,
} from "./s3/options.ts";
import { readMessage } from "./s3/reader.ts";
import { checkedLimit, checkedTag, tagMask } from "./tags.ts";
import { inForm } from "./wire_form.ts";

export type { S3StoreOptions } from "./s3/options.ts";

/** So many messages are marked or removed at the same time. */
const TOGETHER = 8;

/** A store in a bucket. */
export class S3Store implements MimeStore {
  readonly #options: S3StoreOptions;
  readonly #bucket: Bucket;
  readonly #entries: Entries;
  readonly #adder: Adder;
  readonly #lock: StoreLease;
  readonly #timeoutSeconds: number;

  private constructor(options: S3StoreOptions, bucket: Bucket) {
    const { leaseSeconds = 60, timeoutSeconds = 60, partOctets = 8 * 1024 * 1024 } = options;
    this.#options = options;
    this.#bucket = bucket;
    this.#timeoutSeconds = timeoutSeconds;
    const seconds = checkedNumber("leaseSeconds", leaseSeconds, 1);
    const logger = options.logger ?? silentLogger;
    this.#lock = new StoreLease(new LockObject(bucket, seconds), { seconds, logger });
    const entries = this.#entries = new Entries(bucket, options.logger);
    this.#adder = new Adder({
      ...{ bucket, entries, timeoutSeconds },
      partOctets: checkedNumber("partOctets", partOctets, 1),
    });
  }

  /**
   * Opens the part of the bucket below the prefix: checks the options, then that the bucket is
   * there and keeps conditions.
   *
   * @throws {StoreError} `config` before anything is sent, or where the object store cannot do
   * what is needed; `missing` if the bucket is not there; `denied`, `unavailable`, `temporary` or
   * `protocol` as every method.
   */
  static async open(options: S3StoreOptions): Promise<S3Store> {
    const client = new S3Client({
      endpoint: checkedEndpoint(options.endpoint),
      region: checkedPresent("region", options.region ?? "us-east-1"),
      bucket: checkedBucket(options.bucket),
      accessKeyId: checkedPresent("accesskeyid", options.accesskeyid),
      secretAccessKey: checkedPresent("secretaccesskey", options.secretaccesskey),
      sessionToken: options.sessiontoken === "" ? undefined : options.sessiontoken,
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      timeoutSeconds: checkedNumber("timeoutSeconds", options.timeoutSeconds ?? 60, 0.001),
      retry: options.retry ?? PATIENT,
    });
    const bucket = new Bucket(client, checkedPrefix(options.prefix ?? ""));
    const store = new S3Store(options, bucket);
    await checkConditions(bucket);
    return store;
  }

  /** The maildrop below another prefix of the same bucket; nothing is asked for it. */
  below(prefix: string): S3Store {
    return new S3Store(this.#options, new Bucket(this.#bucket.client, checkedPrefix(prefix)));
  }

  async query(query: MimeQuery = {}): Promise<readonly MimeItem[]> {
    const limit = checkedLimit(query.limit);
    const mask = tagMask(query.tags);
    const tags = TAGS.filter((_, index) => (mask & (1 << index)) !== 0);
    if (limit === 0) return [];
    // A listing runs from the oldest on: for the newest all of it is needed.
    const isDescending = query.order === "desc";
    const items = await this.#entries.list(tags, isDescending ? Infinity : limit);
    if (isDescending) items.reverse();
    return items.slice(0, limit);
  }

  read(item: MimeItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    return inForm(this.#kept(item, options.signal), options);
  }

  addItems(
    items: AsyncIterable<NewMimeItem> | Iterable<NewMimeItem>,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<AddResult> {
    return this.#adder.add(items, options.signal);
  }

  async markAs(items: readonly MimeItem[], tag: Tag): Promise<void> {
    const checked = checkedTag(tag);
    await this.#change(items, (item, guard) => this.#entries.move(item, checked, guard));
  }

  async remove(items: readonly MimeItem[]): Promise<void> {
    const what = "remove a message";
    await this.#change(items, (item, guard) =>
      // The message before its entry: who adds it again meanwhile puts a new one, with a new entry.
      this.#entries.remove(item, async () => {
        await this.#bucket.delete(what, mailKey(item.id), guard);
        if (isLong(item)) await this.#bucket.delete(what, longKey(item.id), guard);
      }, guard));
  }

  async status(): Promise<StoreStatus> {
    const sums = new Map(TAGS.map((tag) => [tag, { count: 0, octets: 0 }]));
    for (const { tag, size } of await this.#entries.list(TAGS)) {
      const sum = sums.get(tag);
      if (sum === undefined) continue;
      sum.count++;
      sum.octets += size;
    }
    // The map has the six keys; fromEntries has lost their names.
    return Object.fromEntries(sums) as StoreStatus;
  }

  /**
   * Takes the lock, against all who use the same prefix of the bucket. When the holder dies it
   * runs out after `leaseSeconds`.
   */
  async lock(owner: string): Promise<StoreLock> {
    return await this.#lock.lock(owner);
  }

  /** Nothing is held that would have to be let go. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async *#kept(item: MimeItem, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    signal?.throwIfAborted();
    if (!isId(item.id)) throw goneError([item]);
    for await (const chunk of readMessage(this.#bucket, item.id, this.#timeoutSeconds, signal)) {
      // Somebody died while he removed it: its entry is all that is left.
      if (chunk === undefined) {
        await this.#entries.remove(item, () => Promise.resolve(), () => {});
        throw goneError([item]);
      }
      yield chunk;
    }
  }

  /** Does something to all that are there, several at a time; then throws `gone` if one was not. */
  async #change(
    items: readonly MimeItem[],
    work: (item: MimeItem, guard: () => void) => Promise<boolean>,
  ): Promise<void> {
    // Who had the lock when this began must still have it when a request is sent, the first time or again.
    const lease = this.#lock.current;
    const guard = (): void => lease?.check();
    const gone = items.filter(({ id }) => !isId(id));
    const waiting = distinct(items).filter(({ id }) => isId(id));
    const worker = async (): Promise<void> => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
        guard();
        if (!(await work(item, guard))) gone.push(item);
      }
    };
    const results = await Promise.allSettled(Array.from({ length: TOGETHER }, worker));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    if (gone.length > 0) throw goneError(gone);
  }
}
