/**
 * A Maildir as a store, beside other programs that work in it.
 *
 * @module
 */
import { StoreError } from "./errors.ts";
import { type FolderOptions, FolderStore } from "./localfs/folder_store.ts";
import type { Layout } from "./localfs/layout.ts";
import { kindOfFolder, maildirLayout } from "./maildir/layout.ts";
import { removeStale } from "./maildir/stale.ts";

/** Options of {@linkcode MaildirStore.open}. */
export interface MaildirOptions extends FolderOptions {
  /** The Maildir. An empty folder becomes one with the first message. */
  readonly path: string;
}

/**
 * A store in a Maildir: messages tagged `unread` are those of the inbox (`new` and `cur`), the
 * others lie in sub-folders (`.archive` and so on) that are made when they are needed. What others
 * deliver is served too; their renames and flags are followed, and their files left alone.
 *
 * Stored means: written in `tmp`, flushed to disk, linked into `new`, folder flushed.
 *
 * @example
 * ```ts ignore
 * await using store = await MaildirStore.open({ path: "/home/me/Maildir" });
 * for (const item of await store.query({ tags: ["unread"], limit: 10 })) {
 *   console.log(item.id, item.size);
 * }
 * ```
 */
export type MaildirStore = FolderStore;

/** Opens such stores. */
export const MaildirStore: {
  /**
   * Opens the Maildir: reads the index, or makes it by reading every message.
   *
   * Throws `missing` where there is no such folder, `denied` where it cannot be read, `config`
   * where it holds other things than a Maildir does.
   */
  open(options: MaildirOptions): Promise<MaildirStore>;
} = {
  async open(options) {
    if (options.path === "") throw new StoreError("config", "Cannot open the store: no path given");
    const kind = { check: checkKind, tidy: removeStale };
    return await FolderStore.open(maildirLayout(options.path), options, kind);
  },
};

function checkKind({ root }: Layout): void {
  if (kindOfFolder(root) !== "other") return;
  throw new StoreError(
    "config",
    `Cannot open the Maildir ${root}: it has neither new nor cur in it; correct the path, or use localfs`,
  );
}
