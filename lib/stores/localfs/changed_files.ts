/**
 * Files that somebody changed where they lie, which changes no folder's time.
 *
 * @module
 */
import { REMOVED } from "./frames.ts";
import type { Layout } from "./layout.ts";
import { identityOf, logName } from "./names.ts";
import { statFile, timeOf } from "./scan.ts";
import type { Table } from "./table.ts";

/**
 * Stores of up to so many messages are looked through file by file, in some 2 ms; in larger ones
 * only reading a message shows that it was changed.
 */
const SMALL_STORE = 512;

/** In a small store, the rows whose files are not as they were; files at `skipped` paths are not. */
export function* changedRows(
  layout: Layout,
  table: Table,
  skipped: ReadonlySet<string>,
): Generator<number> {
  if (table.alive > SMALL_STORE) return;
  for (let row = 0; row < table.count; row++) {
    const tag = table.tag[row] ?? REMOVED;
    if (tag === REMOVED) continue;
    const path = `${layout.folders[tag]}/${table.fileName(row)}`;
    const info = skipped.has(path) ? undefined : statIfAllowed(path);
    // What is gone has changed its folder's time.
    if (info === undefined) continue;
    if (info.size !== table.kept[row] || timeOf(info) !== table.mtime[row]) yield row;
  }
}

/** Whether we stored the message, rather than somebody else: then there is a log of its source. */
export function isStored(layout: Layout, name: string): boolean {
  if (layout.naming.claimIn !== undefined) return layout.naming.isLogged(name);
  const { form, sourceid } = identityOf(name);
  if (form !== "plain") return form === "hashed";
  return statIfAllowed(`${layout.logs}/${logName(sourceid)}`) !== undefined;
}

/** As {@linkcode statFile}; `undefined` also where we may not ask. */
function statIfAllowed(path: string): Deno.FileInfo | undefined {
  try {
    return statFile(path);
  } catch {
    return undefined;
  }
}
