/**
 * UIDL values (RFC 1939 §7).
 *
 * @module
 */

import { createHash } from "node:crypto";
import { UIDL_LIMIT } from "../protocol/limits.ts";
import type { MimeItem } from "../stores/mime_store.ts";

/** One to {@linkcode UIDL_LIMIT} printable ASCII characters without spaces. */
const UID = new RegExp(`^[\\x21-\\x7E]{1,${UIDL_LIMIT}}$`);

/**
 * The unique id of each item, in order: its guid where that can stand on the wire and no earlier
 * item has it, otherwise a hash of all that names the message. Items that come later change none.
 *
 * Of two messages from different sources with the same guid the later one has a hash, until the
 * earlier one is gone: then it has the guid. Nothing that is known then tells it from a message
 * that never had to share, and those must keep their guids: clients know them by these from the
 * server that the messages were fetched from.
 */
export function uniqueIds(items: readonly MimeItem[]): readonly string[] {
  const used = new Set<string>();
  return items.map((item) => {
    const uid = UID.test(item.guid) && !used.has(item.guid) ? item.guid : hashOf(item);
    used.add(uid);
    return uid;
  });
}

function hashOf(item: MimeItem): string {
  const identity = JSON.stringify([item.sourceid, item.guid, item.id]);
  return createHash("sha256").update(identity).digest("hex");
}
