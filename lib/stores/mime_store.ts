/**
 * What every mime store implements, nothing more. Server, client and command line know stores
 * only by this interface; one conformance suite runs over every implementation.
 *
 * @module
 */
import type { SourceNotes } from "./source_notes.ts";

/** The tags a message can bear; always exactly one of them. */
export const TAGS = [
  "unread",
  "archive",
  "staged",
  "dup",
  "pop3failed",
  "conversionerror",
] as const;

/** One of {@linkcode TAGS}. */
export type Tag = (typeof TAGS)[number];

/** Whether `text` is one of the six tags. */
export function isTag(text: string): text is Tag {
  return (TAGS as readonly string[]).includes(text);
}

/** A message in a store, as known without reading it. */
export interface MimeItem {
  /** Names the message in this store; printable ASCII without spaces; survives a change of tag. */
  readonly id: string;
  /** The message's unique id at its source (its UIDL there); any text. */
  readonly guid: string;
  /** The tag when the item was read from the store; a later `markAs` does not change this object. */
  readonly tag: Tag;
  /** Octets on the wire: canonical CRLF form, before dot-stuffing. Always exact. */
  readonly size: number;
  /** Where the message came from, for example `user@host`; may be empty. */
  readonly sourceid: string;
  /** The message's own date in ms since the epoch, 0 where it has none that can be read. */
  readonly messageUTCTimestamp: number;
  /** When it was added, in ms since the epoch. */
  readonly created: number;
  /** SHA-256 of the octets as they are kept, lower-case hex; empty where the store has not got it. */
  readonly fingerprint: string;
  /** What the store calls it, for people: a file name, an object key. */
  readonly name: string;
  /** Whether a line of the canonical form may begin with a dot; `false` makes RETR a plain copy. */
  readonly stuffing: boolean;
}

/** Which items a query gives. */
export interface MimeQuery {
  /** Only items with one of these tags; without it, all. An unknown tag matches nothing. */
  readonly tags?: readonly string[];
  /** At most so many. */
  readonly limit?: number;
  /** By `created`, oldest or newest first; equal ones always in the same order. @default {"asc"} */
  readonly order?: "asc" | "desc";
}

/** A message to be added. */
export interface NewMimeItem {
  /** Where it comes from. With `guid` it is the message's identity: added twice is a duplicate. */
  readonly sourceid: string;
  /**
   * Its unique id there. One that follows from the content is a function: it is called once, when
   * all octets were read, with their SHA-256 in lower-case hex.
   */
  readonly guid: string | ((fingerprint: string) => string);
  /**
   * Its octets, kept exactly as given. The chunks of one item are read to their end before the
   * next item is asked for; for a duplicate whose guid is a text they are not read. A chunk is
   * valid until the next one is asked for: a store that needs it longer copies it.
   */
  readonly octets: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** The tag that it is to have. @default {"unread"} */
  readonly tag?: Tag;
}

/** What became of a message that was to be added; reported once it is durable. */
export interface AddResult {
  /** Whether it is new, or was there before. */
  readonly outcome: "stored" | "duplicate";
  /** The item in the store: the new one, or the one that was there before. */
  readonly item: MimeItem;
}

/** How many messages and octets (on the wire) bear each tag. */
export type StoreStatus = Readonly<
  Record<Tag, { readonly count: number; readonly octets: number }>
>;

/** What is to become of a message: it gets another tag, or is removed for good. */
export interface ItemChange {
  /** The message, as a query gave it. */
  readonly item: MimeItem;
  /** Its new tag, or `removed`. */
  readonly to: Tag | "removed";
}

/** An exclusive hold on a store; disposing it (twice is harmless) lets the next one in. */
export interface StoreLock extends AsyncDisposable {
  /** Who holds it, for people and logs. */
  readonly owner: string;
}

/** Options of {@linkcode MimeStore.read}. */
export interface ReadOptions {
  /**
   * `wire`: canonical CRLF form, `item.size` octets in all; `kept`: the very octets that were
   * added. @default {"wire"}
   */
  readonly form?: "wire" | "kept";
  /**
   * The caller is done with each chunk before it asks for the next one, so one buffer may do for
   * all of them: a new one for each costs a third of the time. @default {false}
   */
  readonly reuse?: boolean;
  /** Ends the reading when aborted. */
  readonly signal?: AbortSignal;
}

/** A store of messages. All methods throw {@linkcode StoreError}s. */
export interface MimeStore extends AsyncDisposable {
  /** The items that match, in a stable order; a snapshot. */
  query(query?: MimeQuery): Promise<readonly MimeItem[]>;
  /**
   * Not every store has it. The item with this id, without making items of all the others;
   * `undefined` if there is none.
   */
  find?(id: string): Promise<MimeItem | undefined>;
  /** The item's octets in chunks, the caller's own but for `reuse`; throws `gone` if it vanished. */
  read(item: MimeItem, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /**
   * Not every store has it. Writes what `read(item)` gives into `into` where that takes no wait
   * and leaves an octet of `into` free, and tells how many octets that are; `undefined` where
   * `read` has to be asked.
   */
  readAtOnce?(item: MimeItem, into: Uint8Array): number | undefined;
  /**
   * Adds messages, in order; yields a result a message, in order, once it is durable. Results may
   * lag behind the input, so that many messages share one wait for the disk. If it throws, or is
   * returned early, what was reported is stored and nothing else remains half stored.
   */
  addItems(
    items: AsyncIterable<NewMimeItem> | Iterable<NewMimeItem>,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<AddResult>;
  /**
   * Gives all of them another tag, one that is named twice once; throws `gone` (after doing the
   * others) if one is missing.
   */
  markAs(items: readonly MimeItem[], tag: Tag): Promise<void>;
  /** Removes all of them for good; throws as `markAs` does. */
  remove(items: readonly MimeItem[]): Promise<void>;
  /** Not every store has it: a place for what a client remembers of its sources. */
  readonly notes?: SourceNotes;
  /**
   * Not every store has it: the path of a file, beside the messages and none of them, in which
   * what was read of their headers may be kept for the next search.
   */
  readonly headersFile?: string;
  /**
   * Not every store has it. Does all changes, like `markAs` and `remove`, so that a crash leaves
   * nothing half done: once it has begun, what a crash cuts off is completed when the store is
   * opened or locked next. Does all that can be done before it throws.
   */
  applyAll?(changes: readonly ItemChange[]): Promise<void>;
  /** Counts and octets by tag. */
  status(): Promise<StoreStatus>;
  /** Takes the exclusive lock or throws `in-use` at once; it dies with its holder's process. */
  lock(owner: string): Promise<StoreLock>;
}
