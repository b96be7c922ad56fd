/**
 * Where things are in a store's folder.
 *
 * @module
 */
import { TAGS } from "../mime_store.ts";

/** The places in a store's folder. */
export interface Layout {
  readonly root: string;
  /** The folders of the six tags, in the order of {@linkcode TAGS}; `unread` is the root. */
  readonly folders: readonly string[];
  /** All that is ours and no message. */
  readonly hidden: string;
  readonly index: string;
  /** Locked for as long as someone has the whole maildrop for himself. */
  readonly lockFile: string;
  /** Locked for the moment in which something changes. */
  readonly turnFile: string;
  /** Locked, together with others, while files are in {@linkcode temporary}. */
  readonly writersFile: string;
  /** Messages that are being written. */
  readonly temporary: string;
}

/** Only the owner reads mail that we store. */
export const FILE_MODE = 0o600;
/** The same for folders that we make. */
export const FOLDER_MODE = 0o700;

/** The layout of the folder `path`. */
export function layoutOf(path: string): Layout {
  const root = path.length > 1 ? path.replace(/[/\\]+$/, "") || path : path;
  const hidden = `${root}/.izypop3`;
  return {
    root,
    folders: TAGS.map((tag) => tag === "unread" ? root : `${root}/${tag}`),
    hidden,
    index: `${hidden}/index`,
    lockFile: `${hidden}/lock`,
    turnFile: `${hidden}/turn`,
    writersFile: `${hidden}/writers`,
    temporary: `${hidden}/tmp`,
  };
}
