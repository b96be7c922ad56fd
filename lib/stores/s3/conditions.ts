/**
 * Whether an object store keeps the conditions that all depends on. Some take the headers and pay
 * no attention to them: with those, two who add or lock at once would harm each other silently.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import { utf8 } from "../octets.ts";
import type { Bucket } from "./bucket.ts";

const KEY = "izypop3";
const WHAT = "open the store";
const NO_ETAG = '"00000000000000000000000000000000"';

/** Looks at the bucket; tries the conditions out where nobody has done so yet. */
export async function checkConditions(bucket: Bucket): Promise<void> {
  if (await bucket.get(WHAT, KEY) !== undefined) return;
  const note = utf8('{"version":1}\n');
  await bucket.put(WHAT, KEY, note, { ifNone: true });
  const kept = await bucket.put(WHAT, KEY, note, { ifNone: true }) === undefined &&
    await bucket.put(WHAT, KEY, note, { ifMatch: NO_ETAG }) === undefined;
  if (kept) return;
  await bucket.delete(WHAT, KEY);
  throw new StoreError(
    "config",
    `Cannot ${WHAT}: this object store does not keep conditions (If-None-Match and If-Match of ` +
      "PUT), so two who use it at once would harm each other; use one that does",
  );
}
