/**
 * What deliveries that were cut off left in `tmp`: the standard has whoever reads a Maildir remove
 * files there that nobody has touched for 36 hours.
 *
 * @module
 */
import type { Logger } from "../../log.ts";
import { isMissing } from "../fs_errors.ts";
import type { Layout } from "../localfs/layout.ts";
import { ABSENT, folderTime } from "../localfs/scan.ts";
import { TEMPORARY_PREFIX } from "./layout.ts";

/** As the standard says, ms. */
const STALE = 36 * 60 * 60 * 1000;

/**
 * Removes what is stale in `tmp`, and in that of the sub-folders that are there by the index
 * (`times` are those of the places); what cannot be removed stays.
 */
export function removeStale(layout: Layout, times: readonly number[], logger: Logger): void {
  const isThere = (parent: string, place: number): boolean => {
    return (times[place] ?? ABSENT) > ABSENT && folderTime(parent, false) !== ABSENT;
  };
  const parents = layout.parents.filter((parent, place) => {
    return parent !== undefined && isThere(parent, place);
  });
  const folders = new Set([layout.temporary, ...parents.map((parent) => `${parent}/tmp`)]);
  const now = Date.now();
  for (const path of [...folders].flatMap(filesIn)) {
    try {
      if (now - touched(Deno.lstatSync(path)) < STALE) continue;
      Deno.removeSync(path);
      logger.info("Removed what a delivery left behind that was cut off", { path });
    } catch (error) {
      if (isMissing(error)) continue;
      logger.warn("Cannot remove what a delivery left behind", { path, reason: String(error) });
    }
  }
}

/** When somebody has last read or written it, in ms. */
function touched({ atime, mtime }: Deno.FileInfo): number {
  return Math.max(atime?.getTime() ?? 0, mtime?.getTime() ?? 0);
}

/** The files of others: what is ours is swept up as soon as its writer is gone. */
function filesIn(folder: string): string[] {
  try {
    // Not through a link, wherever it may lead.
    if (!Deno.lstatSync(folder).isDirectory) return [];
    const files = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile);
    return files.map(({ name }) => name).filter((name) => !name.startsWith(TEMPORARY_PREFIX))
      .map((name) => `${folder}/${name}`);
  } catch {
    // Missing, or in a folder that we may not look into: then it is for others to clean.
    return [];
  }
}
