/**
 * Messages from a server into a store, or out as octets.
 *
 * @module
 */

import type { ServerRefusal } from "../protocol/errors.ts";
import type { MimeItem, MimeStore, NewMimeItem, Tag } from "../stores/mime_store.ts";
import type { Pop3Client } from "./client.ts";
import { byContent } from "./known_source.ts";
import { ProgressCounter } from "./progress.ts";
import type { DownloadProgress } from "./progress.ts";
import type { RemoteMessage } from "./select.ts";

/** Options of any download. */
export interface DownloadOptions {
  /** Told after every portion of octets. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** Options of {@linkcode downloadToStore}. */
export interface StoreDownloadOptions extends DownloadOptions {
  /** Where the messages come from, `user@host` say: with the uid it is a message's identity. */
  readonly sourceid: string;
  /**
   * A message's unique id for the store.
   * @default {the uid, or `sha256-` and the digest of the content where there is none}
   */
  readonly guidOf?: (message: RemoteMessage) => NewMimeItem["guid"];
  /** The tag that they get. @default {"unread"} */
  readonly tag?: Tag;
  /** Ends the work in the store; that of the client has its own. */
  readonly signal?: AbortSignal;
}

/** A message that the server refused to send; it is still there. */
export interface Refused {
  /** `refused`. */
  readonly outcome: "refused";
  /** The message that was asked for. */
  readonly message: RemoteMessage;
  /** The server's no. */
  readonly refusal: ServerRefusal;
}

/** What became of a message that was to be stored. */
export type StoreDownloadResult = Refused | {
  /** Durable in the store now, or there before. */
  readonly outcome: "stored" | "duplicate";
  readonly message: RemoteMessage;
  /** The item in the store. */
  readonly item: MimeItem;
};

/** What became of a message that was to be written. */
export type CopyResult = Refused | {
  /** All its octets were taken. */
  readonly outcome: "written";
  readonly message: RemoteMessage;
  /** How many they are. */
  readonly octets: number;
};

/**
 * Fetches messages into a store; yields a result a message, once it is durable. Results may lag
 * behind what is fetched, and refused messages may be reported before earlier ones. A message
 * whose end does not come is not stored: the error ends the download, and what was reported counts.
 *
 * A message without a uid is known by its content: fetched again it is a duplicate.
 *
 * @throws {ConnectionError}, {TimeoutError}, {ProtocolError}, {StoreError}
 */
export async function* downloadToStore(
  client: Pop3Client,
  store: MimeStore,
  messages: Iterable<RemoteMessage>,
  options: StoreDownloadOptions,
): AsyncGenerator<StoreDownloadResult, void, undefined> {
  const { sourceid, tag, signal, guidOf = ({ uid }) => uid ?? byContent } = options;
  const refused: Refused[] = [];
  const given: RemoteMessage[] = [];
  const items = async function* (): AsyncGenerator<NewMimeItem, void, undefined> {
    for await (const { message, octets, refusal } of fetched(client, messages, options)) {
      if (refusal !== undefined) {
        refused.push({ outcome: "refused", message, refusal });
        continue;
      }
      given.push(message);
      const guid = guidOf(message);
      yield { sourceid, guid, octets, ...(tag === undefined ? {} : { tag }) };
    }
  };
  const results = store.addItems(items(), signal === undefined ? {} : { signal });
  for await (const { outcome, item } of results) {
    yield* refused.splice(0);
    const message = given.shift();
    if (message === undefined) throw new Error("Cannot go on: the store reports too many items.");
    yield { outcome, message, item };
  }
  yield* refused.splice(0);
}

/**
 * Fetches messages and hands their octets, exactly as they are, to `write`, one message behind the
 * other. `write` must take all of a part before it resolves, and must not keep it. If this throws,
 * the last message may have been written in part.
 *
 * @throws {ConnectionError}, {TimeoutError}, {ProtocolError}, and what `write` throws
 */
export async function* copyMessages(
  client: Pop3Client,
  messages: Iterable<RemoteMessage>,
  write: (octets: Uint8Array) => Promise<void>,
  options: DownloadOptions = {},
): AsyncGenerator<CopyResult, void, undefined> {
  for await (const { message, octets, refusal } of fetched(client, messages, options)) {
    if (refusal !== undefined) {
      yield { outcome: "refused", message, refusal };
      continue;
    }
    let size = 0;
    for await (const part of octets) {
      await write(part);
      size += part.length;
    }
    yield { outcome: "written", message, octets: size };
  }
}

type Fetched =
  | {
    readonly message: RemoteMessage;
    readonly octets: AsyncIterable<Uint8Array>;
    readonly refusal?: undefined;
  }
  | {
    readonly message: RemoteMessage;
    readonly refusal: ServerRefusal;
    readonly octets?: undefined;
  };

async function* fetched(
  client: Pop3Client,
  messages: Iterable<RemoteMessage>,
  options: DownloadOptions,
): AsyncGenerator<Fetched, void, undefined> {
  const wanted = new Map([...messages].map((message) => [message.number, message]));
  const progress = new ProgressCounter([...wanted.values()], options.onProgress);
  for await (const { number, octets, refusal } of client.retrieve(wanted.keys())) {
    const message = wanted.get(number);
    if (message === undefined) continue;
    if (refusal === undefined) yield { message, octets: progress.watch(octets, message) };
    else yield { message, refusal };
    progress.done(message);
  }
}
