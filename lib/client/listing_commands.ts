/**
 * LIST and UIDL, asked and read.
 *
 * @module
 */

import type { Command } from "../protocol/command.ts";
import { ProtocolError, ServerRefusal } from "../protocol/errors.ts";
import type { Conversation } from "./conversation.ts";
import { parseListLine, parseListLines, parseListReply } from "./listings.ts";
import { parseStat, parseUidlLine, parseUidlLines } from "./listings.ts";
import type { ListEntry, UidlEntry } from "./listings.ts";
import { meansLater } from "./refusal_kind.ts";

/** All messages. Some servers refuse to list nothing: STAT tells them from those that cannot list. */
export async function askList(conversation: Conversation): Promise<ListEntry[]> {
  try {
    return await askLines(conversation, { verb: "LIST" }, parseListLine, parseListLines);
  } catch (refusal) {
    if (!(refusal instanceof ServerRefusal) || meansLater(refusal)) throw refusal;
    conversation.send({ verb: "STAT" });
    const stat = await conversation.status();
    if (stat.status === "ok" && parseStat(stat.text)?.count === 0) return [];
    throw refusal;
  }
}

/** The unique ids of all messages. */
export async function askUidl(conversation: Conversation): Promise<UidlEntry[]> {
  return await askLines(conversation, { verb: "UIDL" }, parseUidlLine, parseUidlLines);
}

/** How large a message is, in octets; `undefined` where the server does not tell. */
export async function askSize(
  conversation: Conversation,
  number: number,
): Promise<number | undefined> {
  try {
    const { text } = await conversation.ask({ verb: "LIST", number });
    return parseListReply(text, number)?.size;
  } catch (error) {
    // RETR will tell what is wrong with this number.
    if (error instanceof ServerRefusal) return undefined;
    throw error;
  }
}

/** @throws {ProtocolError} that shows how the answer begins. */
export function unreadable({ peer }: Conversation, what: string, got: string): never {
  const line = JSON.stringify(got.slice(0, 80));
  throw new ProtocolError(`Cannot understand the answer of ${peer} to ${what}: ${line}.`);
}

async function askLines<T>(
  conversation: Conversation,
  command: Command,
  parse: (line: string) => T | undefined,
  parseLines: (text: string) => readonly T[] | undefined,
): Promise<T[]> {
  const entries: T[] = [];
  const line = (text: string): void => {
    if (text.trim() === "") return;
    entries.push(parse(text) ?? unreadable(conversation, command.verb, text));
  };
  const lines = (text: string): number | undefined => {
    const found = parseLines(text);
    for (const entry of found ?? []) entries.push(entry);
    return found?.length;
  };
  await conversation.askListing(command, { line, lines });
  return entries;
}
