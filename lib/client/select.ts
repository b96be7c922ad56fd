/**
 * Which messages a `--query` means, in a mailbox as it is now.
 *
 * @module
 */

import { ServerRefusal } from "../protocol/errors.ts";
import { needsUids, selectNumbers } from "../protocol/message_set.ts";
import type { MessageSet } from "../protocol/message_set.ts";
import type { Pop3Client } from "./client.ts";
import type { ListEntry, UidlEntry } from "./listings.ts";
import { meansLater } from "./refusal_kind.ts";

/** A message on the server, as its listings tell of it. */
export interface RemoteMessage {
  /** Its number in this session. */
  readonly number: number;
  /** Its octets according to LIST. */
  readonly size: number;
  /** Its unique id; absent where the server has none, or was not asked. */
  readonly uid?: string;
}

/** Options of {@linkcode selectMessages}. */
export interface SelectOptions {
  /** Which ones; all without it. */
  readonly query?: MessageSet;
  /** Ask for the unique ids too; a query by `uid:` always does. @default {false} */
  readonly uids?: boolean;
}

/**
 * Asks LIST and, where needed, UIDL, and gives the messages that are meant, by number. A server
 * without UIDL is no error unless the query names a uid.
 *
 * @throws {ServerRefusal} if LIST is refused, or UIDL for now or when the query needs it.
 */
export async function selectMessages(
  client: Pop3Client,
  options: SelectOptions = {},
): Promise<RemoteMessage[]> {
  return pickMessages(await listMessages(client, options), options.query);
}

/** All messages, by number, as {@linkcode selectMessages} finds them before it picks some. */
export async function listMessages(
  client: Pop3Client,
  options: SelectOptions = {},
): Promise<RemoteMessage[]> {
  const { query } = options;
  const needed = query !== undefined && needsUids(query);
  const entries = byNumber(await client.list());
  if (entries.length === 0 || (!needed && options.uids !== true)) return entries;
  const uids = await uidsOf(client, needed);
  if (uids === undefined) return entries;
  let numbered: ReadonlyMap<number, string> | undefined;
  return entries.map(({ number, size }, index): RemoteMessage => {
    // Servers list both in the same order, so the place tells; else the number does.
    const entry = uids[index];
    if (entry?.number !== number) {
      numbered ??= new Map(uids.map(({ number, uid }) => [number, uid]));
    }
    const uid = entry?.number === number ? entry.uid : numbered?.get(number);
    return uid === undefined || uid === "" ? { number, size } : { number, size, uid };
  });
}

/** By number, and each number once: the last word counts. */
function byNumber(entries: readonly ListEntry[]): RemoteMessage[] {
  let last = 0;
  const inOrder = entries.every(({ number }) => {
    const isNext = number > last;
    last = number;
    return isNext;
  });
  if (inOrder) return [...entries];
  const sizes = new Map(entries.map(({ number, size }) => [number, size]));
  return [...sizes].sort(([a], [b]) => a - b).map(([number, size]) => ({ number, size }));
}

/** Of all messages those that the query means, by number; all without one. */
export function pickMessages(
  all: readonly RemoteMessage[],
  query: MessageSet | undefined,
): RemoteMessage[] {
  if (query === undefined) return [...all];
  const byNumber = new Map(all.map((message) => [message.number, message]));
  return selectNumbers(query, all).flatMap((number) => byNumber.get(number) ?? []);
}

async function uidsOf(
  client: Pop3Client,
  needed: boolean,
): Promise<readonly UidlEntry[] | undefined> {
  try {
    return await client.uidl();
  } catch (error) {
    // A server that cannot now has uids all the same; without them all would be fetched again.
    const hasNone = error instanceof ServerRefusal && !meansLater(error);
    if (hasNone && !needed) return undefined;
    throw error;
  }
}
