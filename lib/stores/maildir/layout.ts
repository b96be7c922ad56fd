/**
 * Where things are in a Maildir: `tmp`, `new` and `cur`, and a sub-folder for each tag but `unread`
 * (Maildir++: `.archive` and so on, with the same three in each).
 *
 * @module
 */
import { makeFolder } from "../localfs/file_lock.ts";
import { FILE_MODE, type Layout, rootOf } from "../localfs/layout.ts";
import { ABSENT, folderTime } from "../localfs/scan.ts";
import { isPresent } from "../fs_errors.ts";
import { TAGS } from "../mime_store.ts";
import { maildirNaming } from "./names.ts";

/** The three that every folder of a Maildir has. */
const PARTS = ["tmp", "new", "cur"] as const;

/** All that is ours: a name with a first dot would be a mailbox to Dovecot and Courier. */
const OURS = "izypop3-index";

/** What names in `tmp` begin with that are ours. */
export const TEMPORARY_PREFIX = "izypop3-";

/** The layout of the Maildir `path`. */
export function maildirLayout(path: string): Layout {
  const root = rootOf(path);
  const hidden = `${root}/${OURS}`;
  const parents = TAGS.map((tag) => tag === "unread" ? undefined : `${root}/.${tag}`);
  const below = (part: string): string[] => parents.map((parent) => `${parent ?? root}/${part}`);
  return {
    root,
    folders: [...below("new"), ...below("cur")],
    parents: [...parents, ...parents],
    rootHoldsMail: false,
    naming: { ...maildirNaming(), make },
    logs: hidden,
    hidden,
    temporary: `${root}/tmp`,
    temporaryPrefix: TEMPORARY_PREFIX,
  };
}

/** What the root holds, as far as it tells whether it is a Maildir. */
export function kindOfFolder(root: string): "maildir" | "empty" | "other" {
  const names = Array.from(Deno.readDirSync(root), (entry) => entry.name);
  if (names.includes("cur") || names.includes("new")) return "maildir";
  // Who made the first of it may have been killed before there was more.
  const begun: readonly string[] = [OURS, "tmp", ...TAGS.map((tag) => `.${tag}`)];
  return names.every((name) => begun.includes(name)) ? "empty" : "other";
}

/** Makes the folder of a place, with what belongs to it, durably. Never changes the first place. */
function make({ root, folders, parents }: Layout, place: number): boolean {
  const parent = parents[place];
  // Through a link the folder below it would seem to be there.
  const lacksParent = parent !== undefined && folderTime(parent, false) === ABSENT;
  if (!lacksParent && folderTime(folders[place] ?? "", false) !== ABSENT) return false;
  // A sub-folder alone is no Maildir.
  makeParts(root);
  if (parent === undefined) return false;
  if (makeFolder(parent)) flush(root);
  // The sign of a sub-folder (Maildir++), for those who deliver.
  touch(`${parent}/maildirfolder`);
  makeParts(parent);
  return false;
}

function makeParts(folder: string): void {
  const made = PARTS.map((part) => makeFolder(`${folder}/${part}`));
  if (made.includes(true)) flush(folder);
}

function touch(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: FILE_MODE }).close();
  } catch (error) {
    if (!isPresent(error)) throw error;
  }
}

function flush(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path);
  folder.syncSync();
}
