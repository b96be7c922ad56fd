/**
 * Which messages a command of `querystore` is about.
 *
 * @module
 */
import { parseSince } from "../../config/since.ts";
import { StoreError } from "../../stores/errors.ts";
import { foldText, type HeaderFacts } from "../../stores/header_facts.ts";
import { HeaderIndex } from "../../stores/header_index.ts";
import { type Headed, withHeaders } from "../../stores/header_reader.ts";
import type { MimeItem, MimeQuery } from "../../stores/mime_store.ts";
import { PartialFailure } from "../errors.ts";
import { note } from "../io.ts";
import { mimeQuery } from "../stores.ts";
import type { StoreCommandSettings, Task } from "./task.ts";

/** Options that narrow the choice. */
export const FILTERS = [
  "query.id",
  "query.tags",
  "query.limit",
  "since",
  "from",
  "subject",
] as const;

/** Whether some option says which messages are meant; else it is all of them. */
export function isSelective(settings: StoreCommandSettings): boolean {
  return FILTERS.some((name) => settings[name] !== undefined);
}

/**
 * Checks the options before anything is opened.
 *
 * @throws {UsageError} if one makes no sense.
 */
export function checkSelection({ since }: StoreCommandSettings): void {
  if (since !== undefined) parseSince(since, "--since", 0);
}

/**
 * The messages that the options choose, in their order; with `--tag-unparsable` those that cannot
 * be parsed bear their new tag. What vanished meanwhile is left out.
 *
 * @throws {StoreError} `gone` where no message has the id that was asked for.
 * @throws {PartialFailure} in the end, if headers could not be read.
 */
export async function* selected(task: Task): AsyncGenerator<MimeItem> {
  const { store, settings } = task;
  const { "query.limit": limit = Infinity, "query.id": id, since } = settings;
  const from = since === undefined ? -Infinity : parseSince(since, "--since", Date.now());
  const isPlain = id === undefined && since === undefined && !needsHeaders(settings);
  // A limit is one of the messages that are chosen in the end.
  const all = id !== undefined
    ? await named(task, id)
    : await store.query(queryOf(settings, isPlain ? limit : Infinity));
  const dated = isPlain ? all : all.filter((item) => timeOf(item) >= from);
  if (id !== undefined && dated.length === 0) {
    throw new StoreError("gone", `Cannot find the message with the id ${id}: the store has none`);
  }
  let count = 0;
  if (limit === 0) return;
  for await (const item of needsHeaders(settings) ? matching(task, dated) : dated) {
    yield item;
    if (++count >= limit) return;
  }
}

function queryOf(settings: StoreCommandSettings, limit: number): MimeQuery {
  const { tags, order } = mimeQuery(settings);
  return {
    ...(order !== undefined && { order }),
    ...(tags !== undefined && { tags }),
    ...(limit !== Infinity && { limit }),
  };
}

/** The message with this id, if it has one of the tags asked for; none where there is no such. */
async function named({ store, settings }: Task, id: string): Promise<readonly MimeItem[]> {
  if (store.find === undefined) {
    return (await store.query(queryOf(settings, Infinity))).filter((item) => item.id === id);
  }
  const item = await store.find(id);
  const { tags } = mimeQuery(settings);
  return item === undefined || tags?.includes(item.tag) === false ? [] : [item];
}

/** Messages to work with, and why that is not all of them. */
export interface Gathered {
  readonly items: readonly MimeItem[];
  /** To be thrown when the work is done. */
  readonly unread: PartialFailure | undefined;
}

/**
 * As {@linkcode selected}, all of them before work begins: what is chosen must not change on the
 * way, and a header that cannot be read must not keep the others from what is to be done.
 */
export async function gathered(task: Task): Promise<Gathered> {
  const items: MimeItem[] = [];
  try {
    for await (const item of selected(task)) items.push(item);
  } catch (error) {
    if (error instanceof PartialFailure) return { items, unread: error };
    throw error;
  }
  return { items, unread: undefined };
}

function needsHeaders(settings: StoreCommandSettings): boolean {
  const { from, subject, "tag-unparsable": tagUnparsable } = settings;
  return from !== undefined || subject !== undefined || tagUnparsable;
}

/** The message's own date; that of its arrival where it has none. */
function timeOf({ messageUTCTimestamp, created }: MimeItem): number {
  return messageUTCTimestamp === 0 ? created : messageUTCTimestamp;
}

async function* matching(task: Task, items: readonly MimeItem[]): AsyncGenerator<MimeItem> {
  const { store, settings, io, signal } = task;
  const index = await HeaderIndex.open(settings["query.index"] ?? store.headersFile);
  if (index.damaged) note(io, "The index of headers was damaged; it is made anew");
  const matches = matcher(settings);
  let unread: unknown;
  try {
    for await (const headed of withHeaders(store, items, index, signal)) {
      const { facts } = headed;
      if (facts === undefined) unread ??= failureOf(task, headed);
      else if (matches(facts)) yield await tagged(task, headed.item, facts);
      else await tagged(task, headed.item, facts);
    }
  } finally {
    await tidy(task, index);
  }
  if (unread !== undefined) {
    throw new PartialFailure("Some headers cannot be read", { cause: unread });
  }
}

function matcher({ from, subject }: StoreCommandSettings): (facts: HeaderFacts) => boolean {
  const [author, title] = [foldText(from ?? ""), foldText(subject ?? "")];
  return (facts) => {
    const isWanted = from === undefined && subject === undefined;
    return isWanted || facts.from.includes(author) && facts.subject.includes(title);
  };
}

/** What to end with because of a header that could not be read; a message that is gone is none. */
function failureOf({ io, signal }: Task, { item, error }: Headed): unknown {
  signal.throwIfAborted();
  if (!(error instanceof StoreError)) throw error;
  if (error.kind === "gone") return undefined;
  note(io, `${item.name}: ${error.message}`);
  return error;
}

async function tagged(
  { store, settings }: Task,
  item: MimeItem,
  { parsable }: HeaderFacts,
): Promise<MimeItem> {
  if (parsable || !settings["tag-unparsable"] || item.tag === "conversionerror") return item;
  await store.markAs([item], "conversionerror");
  return { ...item, tag: "conversionerror" };
}

/** Lets go of what was read of messages that are no more, if that is most of the index. */
async function tidy({ store, settings, io }: Task, index: HeaderIndex): Promise<void> {
  // Stores that are far away would have to list all they have; and several may share an index.
  if (settings["query.index"] === undefined && store.headersFile !== undefined) {
    const counts = Object.values(await store.status()).map(({ count }) => count);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (index.isWasteful(total)) index.retain(await store.query());
  }
  index.flush();
  if (index.problem !== undefined) note(io, index.problem);
}
