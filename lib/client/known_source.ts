/**
 * What a store has of a source already, and by what its messages are known.
 *
 * @module
 */

import { UIDL_LIMIT } from "../protocol/limits.ts";
import type { MimeItem, MimeStore, NewMimeItem } from "../stores/mime_store.ts";
import type { RemoteMessage } from "./select.ts";

/** So many notes more than twice those in use make it worth to write them anew. */
const STALE_NOTES = 1000;

/** What a message with this unique id turned out to be, where the id alone does not tell. */
interface Note {
  readonly uid: string;
  /** As LIST told it. */
  readonly size: number;
  /** Under which the store has the message. */
  readonly guid: string;
}

/**
 * One source in one store, as seen from one session.
 *
 * A message is known by its UIDL, or, where that is missing, too long or shared, by its content.
 * Two promises of RFC 1939 §7 that servers break are not relied on where the store has a place for
 * notes: an id that comes with another size than the message had is looked at again, and a message
 * under a new id that has the content of one whose id the server lists no more is that message.
 *
 * @example A store in step with a server, as `clientpop3 sync` does it
 * ```ts
 * import { downloadToStore, FakeStore, KnownSource, listMessages } from "@izyware/izypop3";
 * import { Pop3Client, Pop3Server, singlePassword } from "@izyware/izypop3";
 *
 * await using server = Pop3Server.start({
 *   port: 0,
 *   authenticator: singlePassword("secret"),
 *   openStore: () => Promise.resolve(new FakeStore({ count: 3 })),
 * });
 * await using store = new FakeStore({ count: 0 });
 *
 * async function sync(): Promise<number> {
 *   await using client = await Pop3Client.connect(server.address);
 *   await client.signIn({ user: "me", password: "secret" });
 *   const sourceid = "me@pop.example.org";
 *   const listed = await listMessages(client, { uids: true });
 *   const source = await KnownSource.load(store, sourceid, listed);
 *   const wanted = source.messages.filter((message) => source.find(message) === undefined);
 *   const guidOf = source.guidOf.bind(source);
 *   for await (const result of downloadToStore(client, store, wanted, { sourceid, guidOf })) {
 *     if (result.outcome === "refused") throw result.refusal;
 *     await source.remember(result.message, result.item);
 *   }
 *   await source.tidy();
 *   await client.quit();
 *   return wanted.length;
 * }
 *
 * if (await sync() !== 3) throw new Error("never");
 * if (await sync() !== 0) throw new Error("never");
 * ```
 */
export class KnownSource {
  readonly #store: MimeStore;
  readonly #sourceid: string;
  /** Ids that messages of the listing have, and those of them that several have. */
  readonly #uids = new Set<string>();
  readonly #shared = new Set<string>();
  readonly #items = new Map<string, MimeItem>();
  readonly #notes = new Map<string, Note>();
  #noteCount: number;
  /** Stored messages that nothing in the listing stands for, by their content; made when needed. */
  #orphans: Map<string, string[]> | undefined;

  /**
   * All messages that the server lists. A uid that several share is left out: it tells them apart no
   * more, so their contents have to (RFC 1939 §7).
   */
  readonly messages: readonly RemoteMessage[];

  private constructor(
    store: MimeStore,
    sourceid: string,
    messages: readonly RemoteMessage[],
    items: readonly MimeItem[],
    notes: readonly string[],
  ) {
    this.#store = store;
    this.#sourceid = sourceid;
    // Run once, on mailboxes of any size: what is no loop here would be one of the program's longest.
    for (const { uid } of messages) {
      if (uid === undefined) continue;
      const before = this.#uids.size;
      if (this.#uids.add(uid).size === before) this.#shared.add(uid);
    }
    this.messages = this.#shared.size === 0 ? messages : messages.map((message) => {
      const { number, size, uid } = message;
      return uid !== undefined && this.#shared.has(uid) ? { number, size } : message;
    });
    for (const item of items) if (item.sourceid === sourceid) this.#items.set(item.guid, item);
    this.#noteCount = notes.length;
    for (const text of notes) {
      const note = parseNote(text);
      if (note !== undefined) this.#notes.set(note.uid, note);
    }
  }

  /** `messages` are all that the server lists, not only those that are wanted. */
  static async load(
    store: MimeStore,
    sourceid: string,
    messages: readonly RemoteMessage[],
  ): Promise<KnownSource> {
    const notes = await store.notes?.read(sourceid) ?? [];
    return new KnownSource(store, sourceid, messages, await store.query(), notes);
  }

  /** The item that the message is, as far as that can be told without fetching it. */
  find(message: RemoteMessage): MimeItem | undefined {
    const { uid, size } = message;
    if (uid === undefined || this.#shared.has(uid)) return undefined;
    const note = this.#notes.size === 0 ? undefined : this.#notes.get(uid);
    if (note?.size === size) return this.#items.get(note.guid);
    const item = this.#isUsable(uid) ? this.#items.get(uid) : undefined;
    // A place for notes means that we would have noted a size that never was right.
    return item?.size === size || this.#store.notes === undefined ? item : undefined;
  }

  /** The message's unique id for the store. */
  guidOf(message: RemoteMessage): NewMimeItem["guid"] {
    const found = this.find(message);
    if (found !== undefined) return found.guid;
    const { uid } = message;
    if (uid === undefined || !this.#isUsable(uid)) {
      return (fingerprint) => this.#adopt(fingerprint) ?? byContent(fingerprint);
    }
    const known = this.#items.get(uid);
    if (known !== undefined && this.#store.notes !== undefined) {
      // Fetched although we have that id: it may be another message by now.
      return (fingerprint) => {
        const isSame = known.fingerprint === "" || known.fingerprint === fingerprint;
        return isSame ? uid : this.#adopt(fingerprint) ?? byContent(fingerprint);
      };
    }
    if (known !== undefined || this.#orphansByContent().size === 0) return uid;
    return (fingerprint) => this.#adopt(fingerprint) ?? uid;
  }

  /** Remembers what the message turned out to be, where its id will not tell the next time. */
  async remember({ uid, size }: RemoteMessage, item: MimeItem): Promise<void> {
    if (uid === undefined || this.#shared.has(uid)) return;
    const isPlain = item.guid === uid && item.size === size && this.#isUsable(uid);
    if (isPlain && !this.#notes.has(uid)) return;
    const note = { uid, size, guid: item.guid };
    this.#notes.set(uid, note);
    this.#noteCount++;
    await this.#store.notes?.add(this.#sourceid, [JSON.stringify(note)]);
  }

  /** Lets go of notes about what the server lists no more, if there are many. */
  async tidy(): Promise<void> {
    if (this.#noteCount <= 2 * this.messages.length + STALE_NOTES) return;
    const used = [...this.#notes.values()].filter(({ uid }) => this.#uids.has(uid));
    await this.#store.notes?.replace(this.#sourceid, used.map((note) => JSON.stringify(note)));
  }

  /** RFC 1939 §7: 1 to 70 characters, and never two messages with the same. */
  #isUsable(uid: string): boolean {
    return uid !== "" && uid.length <= UIDL_LIMIT && !this.#shared.has(uid);
  }

  /** The id of a message with this content whose own id has gone; each stands for one message. */
  #adopt(fingerprint: string): string | undefined {
    return this.#orphansByContent().get(fingerprint)?.shift();
  }

  #orphansByContent(): Map<string, string[]> {
    if (this.#orphans !== undefined) return this.#orphans;
    const spokenFor = new Set(this.messages.map((message) => this.find(message)?.guid));
    const orphans = new Map<string, string[]>();
    for (const { guid, fingerprint } of this.#items.values()) {
      if (fingerprint === "" || spokenFor.has(guid)) continue;
      const guids = orphans.get(fingerprint);
      if (guids === undefined) orphans.set(fingerprint, [guid]);
      else guids.push(guid);
    }
    return this.#orphans = orphans;
  }
}

/** The unique id of a message that has none: its content's. */
export function byContent(fingerprint: string): string {
  return `sha256-${fingerprint}`;
}

function parseNote(text: string): Note | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    if (!("uid" in parsed && "size" in parsed && "guid" in parsed)) return undefined;
    const { uid, size, guid } = parsed;
    return typeof uid === "string" && typeof size === "number" && typeof guid === "string"
      ? { uid, size, guid }
      : undefined;
  } catch {
    // Half a line, from a crash.
    return undefined;
  }
}
