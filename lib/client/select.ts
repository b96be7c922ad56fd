/**
 * Which messages a `--query` means, in a mailbox as it is now.
 *
 * @module
 */

import { ServerRefusal } from "../protocol/errors.ts";
import { needsUids, selectNumbers } from "../protocol/message_set.ts";
import type { MessageSet } from "../protocol/message_set.ts";
import type { Pop3Client } from "./client.ts";

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
 * @throws {ServerRefusal} if LIST is refused, or UIDL when the query needs it.
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
  const sizes = new Map<number, number>();
  for (const { number, size } of await client.list()) sizes.set(number, size);
  const uids = needed || options.uids === true ? await uidsByNumber(client, needed) : undefined;
  const all = [...sizes].sort(([a], [b]) => a - b);
  return all.map(([number, size]): RemoteMessage => {
    const uid = uids?.get(number);
    return uid === undefined || uid === "" ? { number, size } : { number, size, uid };
  });
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

async function uidsByNumber(
  client: Pop3Client,
  needed: boolean,
): Promise<Map<number, string> | undefined> {
  try {
    return new Map((await client.uidl()).map(({ number, uid }) => [number, uid]));
  } catch (error) {
    if (error instanceof ServerRefusal && !needed) return undefined;
    throw error;
  }
}
