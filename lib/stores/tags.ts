/**
 * Small things that every store does with tags and queries.
 *
 * @module
 */
import { StoreError } from "./errors.ts";
import { isTag, type MimeItem, type StoreStatus, type Tag, TAGS } from "./mime_store.ts";

/** `tag` if it is one of the six; throws `bad-tag` otherwise. */
export function checkedTag(tag: string): Tag {
  if (isTag(tag)) return tag;
  throw new StoreError(
    "bad-tag",
    `Cannot use the tag ${JSON.stringify(tag)}: a message bears one of ${TAGS.join(", ")}`,
  );
}

/** A bit for each of the tags that a query names, in the order of {@linkcode TAGS}. */
export function tagMask(tags: readonly string[] | undefined): number {
  if (tags === undefined) return 2 ** TAGS.length - 1;
  return TAGS.reduce((mask, tag, bit) => tags.includes(tag) ? mask | (1 << bit) : mask, 0);
}

/** How many items a query may give; throws `config` where the limit is no count. */
export function checkedLimit(limit: number | undefined): number {
  if (limit === undefined) return Infinity;
  if (Number.isInteger(limit) && limit >= 0) return limit;
  throw new StoreError("config", `Cannot give ${limit} messages: the limit is a whole number`);
}

/** A status with these sums, which are in the order of {@linkcode TAGS}. */
export function statusFrom(
  sums: readonly { readonly count: number; readonly octets: number }[],
): StoreStatus {
  const of = (tag: Tag): StoreStatus[Tag] => sums[TAGS.indexOf(tag)] ?? { count: 0, octets: 0 };
  return {
    unread: of("unread"),
    archive: of("archive"),
    staged: of("staged"),
    dup: of("dup"),
    pop3failed: of("pop3failed"),
    conversionerror: of("conversionerror"),
  };
}

/** Counts and octets of `items` by tag. */
export function statusOf(items: readonly MimeItem[]): StoreStatus {
  const sums = TAGS.map(() => ({ count: 0, octets: 0 }));
  for (const item of items) {
    const sum = sums[TAGS.indexOf(item.tag)];
    if (sum === undefined) continue;
    sum.count++;
    sum.octets += item.size;
  }
  return statusFrom(sums);
}
