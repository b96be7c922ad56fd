/**
 * How the items of a store are printed.
 *
 * @module
 */
import type { AddResult, MimeItem } from "../stores/mime_store.ts";
import type { Io } from "./io.ts";

/** A line an item: `id guid tag size sourceid date name`; an empty field is `-`. */
export async function tellItem(io: Io, item: MimeItem, json: boolean): Promise<void> {
  const { id, guid, tag, size, sourceid, name } = item;
  const date = isoDate(item.messageUTCTimestamp);
  if (json) {
    await io.stdout.json({ id, guid, tag, size, sourceid, date, name });
  } else {
    await io.stdout.line(line([id, guid, tag, `${size}`, sourceid, date ?? "", name]));
  }
}

/**
 * A line for a message that is safe in the store now: `id guid size sha256 name`; with JSON also
 * whether it was there before.
 */
export async function tellAdded(
  io: Io,
  id: string | number,
  { item, outcome }: Pick<AddResult, "item" | "outcome">,
  json: boolean,
): Promise<void> {
  const { guid, size, fingerprint: sha256, name } = item;
  if (json) {
    const facts = { id, guid, size, sha256, name };
    await io.stdout.json(outcome === "duplicate" ? { ...facts, duplicate: true } : facts);
  } else {
    await io.stdout.line(line([`${id}`, guid, `${size}`, sha256, name]));
  }
  // Whoever reads this may act on it at once.
  await io.stdout.flushSoon();
}

/** The message's own date; `undefined` where nobody knows one. */
function isoDate(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  return milliseconds === 0 || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Blanks would make two fields of one, and an empty field none. */
function line(fields: readonly string[]): string {
  return fields.map((field) => field.replace(/[\s\p{Cc}]/gu, "_") || "-").join(" ");
}
