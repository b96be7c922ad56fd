/**
 * Messages whose names are hashes, and whose writer was killed before it could say in the log what
 * they are: whoever adds the message once more knows it.
 *
 * @module
 */
import type { MimeItem } from "../mime_store.ts";
import { REMOVED } from "./frames.ts";
import type { Layout } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import { appendToLogs } from "./log_file.ts";
import type { Identity } from "./names.ts";
import { withEnding } from "./table.ts";

/** Whether what is known of the message is only the hash of this identity. */
export function lacksIdentity(item: MimeItem, { sourceid, guid }: Identity): boolean {
  return item.guid !== guid || item.sourceid !== sourceid;
}

/** Takes down what the message with this claim is; the item as it is then, if it is still there. */
export async function repairIdentity(
  layout: Layout,
  ledger: Ledger,
  identity: Identity,
  claim: string,
): Promise<MimeItem | undefined> {
  const item = await ledger.take((catalog) => {
    const row = catalog.findIdentity(identity, claim);
    if (row === undefined) return undefined;
    const { table } = catalog;
    const before = table.row(row);
    const ending = table.fileName(row).slice(before.name.length);
    const text = JSON.stringify([identity.sourceid, identity.guid]);
    ledger.record({
      changes: [{ row, to: REMOVED }],
      rows: [{ ...before, identity: withEnding(ending, text) }],
    });
    // Recording may have put the index, and the rows with it, into another order.
    const found = ledger.catalog.findIdentity(identity, claim);
    return found === undefined ? undefined : ledger.catalog.table.item(found);
  });
  if (item !== undefined) await appendToLogs(layout.logs, [item]);
  return item;
}
