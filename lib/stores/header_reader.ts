/**
 * The headers of a store's messages: from its index of headers, or else from the messages.
 *
 * @module
 */
import { type HeaderFacts, headerFacts } from "./header_facts.ts";
import type { HeaderIndex } from "./header_index.ts";
import { readHead } from "./message_head.ts";
import type { MimeItem, MimeStore } from "./mime_store.ts";

/** Messages that are read at the same time: what a store far away needs to be quick. */
const WINDOW = 16;

/** A message with its facts, or with what went wrong when its header was read. */
export type Headed =
  | { readonly item: MimeItem; readonly facts: HeaderFacts; readonly error?: undefined }
  | { readonly item: MimeItem; readonly facts?: undefined; readonly error: unknown };

/**
 * Gives the facts of each message, in order, and adds to the index what had to be read. Reading
 * is a little ahead of what is asked for, and ends when no more is.
 */
export async function* withHeaders(
  store: MimeStore,
  items: Iterable<MimeItem>,
  index: HeaderIndex,
  signal: AbortSignal,
): AsyncGenerator<Headed> {
  const enough = new AbortController();
  const stop = AbortSignal.any([signal, enough.signal]);
  const pending: Promise<Headed>[] = [];
  try {
    for (const item of items) {
      const facts = index.find(item);
      if (facts !== undefined && pending.length === 0) {
        yield { item, facts };
        continue;
      }
      pending.push(
        facts === undefined ? read(store, item, stop) : Promise.resolve({ item, facts }),
      );
      if (pending.length >= WINDOW) yield* await taken(pending.splice(0, 1), index);
    }
    while (pending.length > 0) yield* await taken(pending.splice(0, 1), index);
  } finally {
    enough.abort();
    await taken(pending, index);
    index.flush();
  }
}

/** Never rejects: whoever reads ahead is not there to hear of it. */
async function read(store: MimeStore, item: MimeItem, signal: AbortSignal): Promise<Headed> {
  try {
    const head = await readHead(store.read(item, { form: "kept", signal }));
    return { item, facts: await headerFacts(head) };
  } catch (error) {
    return { item, error };
  }
}

/** Waits for what is being read, and takes it down. */
async function taken(
  pending: readonly Promise<Headed>[],
  index: HeaderIndex,
): Promise<readonly Headed[]> {
  const all = await Promise.all(pending);
  for (const { item, facts } of all) if (facts !== undefined) index.add(item, facts);
  return all;
}
