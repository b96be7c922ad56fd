/**
 * A folder of `.eml` files as a store.
 *
 * @module
 */
import { StoreError } from "./errors.ts";
import { type FolderOptions, FolderStore } from "./localfs/folder_store.ts";
import { layoutOf } from "./localfs/layout.ts";
import { emlNaming } from "./localfs/naming.ts";

/** Options of {@linkcode LocalFsStore.open}. */
export interface LocalFsOptions extends FolderOptions {
  /** The folder. */
  readonly path: string;
}

/**
 * A store in a folder: messages tagged `unread` lie in the folder itself, the others in
 * sub-folders named as their tags. Any `*.eml` that someone puts there is served too.
 *
 * Stored means: written to a temporary name, flushed to disk, renamed, folder flushed.
 *
 * @example
 * ```ts ignore
 * await using store = await LocalFsStore.open({ path: "/srv/mail/me", create: true });
 * for (const item of await store.query({ tags: ["unread"], limit: 10 })) {
 *   console.log(item.id, item.size);
 * }
 * ```
 */
export type LocalFsStore = FolderStore;

/** Opens such stores. */
export const LocalFsStore: {
  /**
   * Opens the folder: reads the index, or makes it by reading every message.
   *
   * Throws `missing` where there is no such folder, `denied` where it cannot be read.
   */
  open(options: LocalFsOptions): Promise<LocalFsStore>;
} = {
  async open(options) {
    if (options.path === "") throw new StoreError("config", "Cannot open the store: no path given");
    return await FolderStore.open(layoutOf(options.path, emlNaming), options);
  },
};
