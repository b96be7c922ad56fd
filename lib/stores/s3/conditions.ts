/**
 * Whether an object store keeps what all depends on: conditions, also of many requests at once, and
 * metadata. Some take the headers and pay no attention to them: with those, two who add or lock at
 * once would harm each other silently.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { StoreError } from "../errors.ts";
import { utf8 } from "../octets.ts";
import type { Bucket } from "./bucket.ts";

/** No user's name made safe has a `_`: below a prefix for all users this is none of theirs. */
const KEY = "izypop3_store";
const WHAT = "open the store";
const NO_ETAG = '"00000000000000000000000000000000"';
const NOTE_HEADER = "x-amz-meta-izypop3";
/** So many put the same object at once; one may. */
const AT_ONCE = 8;

/** Looks at the bucket; tries it out where nobody has done so yet. */
export async function checkConditions(bucket: Bucket): Promise<void> {
  if (await bucket.get(WHAT, KEY) !== undefined) return;
  const probe = `${KEY}_${randomUUID()}`;
  try {
    const lacking = await lackingAt(bucket, probe);
    if (lacking !== undefined) throw unfit(lacking);
  } finally {
    await bucket.delete(WHAT, probe);
  }
  // Put at last: who finds it there need not try anything.
  await bucket.put(WHAT, KEY, utf8('{"version":1}\n'));
}

/** What it does not keep. */
async function lackingAt(bucket: Bucket, key: string): Promise<string | undefined> {
  const note = utf8("x");
  const headers = { [NOTE_HEADER]: "kept" };
  const puts = await Promise.all(
    Array.from(
      { length: AT_ONCE },
      () => bucket.put(WHAT, key, note, { ifNone: true }, { headers }),
    ),
  );
  // None, if the answer to the one that was first got lost.
  if (puts.filter((etag) => etag !== undefined).length > 1) {
    return "conditions (If-None-Match of PUT), or not when many ask at once";
  }
  if (await bucket.put(WHAT, key, note, { ifMatch: NO_ETAG }, { headers }) !== undefined) {
    return "conditions (If-Match of PUT)";
  }
  const head = await bucket.head(WHAT, key);
  return head?.headers.get(NOTE_HEADER) === "kept" ? undefined : `metadata (${NOTE_HEADER})`;
}

function unfit(lacking: string): StoreError {
  return new StoreError(
    "config",
    `Cannot ${WHAT}: this object store does not keep ${lacking}, so two who use it at once would ` +
      "harm each other; use one that does",
  );
}
