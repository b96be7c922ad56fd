import { createHash } from "node:crypto";

/** An id for the message of this identity. */
export function itemId(sourceid: string, guid: string): string {
  const key = JSON.stringify([sourceid, guid]);
  return createHash("sha256").update(key).digest("hex").slice(0, 16);
}
