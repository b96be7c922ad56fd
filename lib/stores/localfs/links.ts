/**
 * Symbolic links among what is ours: they may lead anywhere, and are never followed.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import { isMissing, isRefused } from "../fs_errors.ts";
import type { Layout } from "./layout.ts";

/** Throws `config` where the hidden folder is none, or where it or a file in it is a link. */
export function checkHidden({ hidden }: Layout): void {
  const info = infoOf(hidden);
  if (info === undefined) return;
  if (info.isSymlink) throw linkError(hidden);
  if (!info.isDirectory) {
    throw new StoreError("config", `Cannot use ${hidden}: it is no folder; move it away`);
  }
  for (const { name, isSymlink } of entriesOf(hidden)) {
    if (isSymlink) throw linkError(`${hidden}/${name}`);
  }
}

/** Throws `config` where `path` is a link. */
export function refuseLink(path: string): void {
  if (infoOf(path)?.isSymlink) throw linkError(path);
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function entriesOf(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    // What we may not list we cannot write to either.
    if (isMissing(error) || isRefused(error)) return [];
    throw error;
  }
}

function linkError(path: string): StoreError {
  return new StoreError(
    "config",
    `Cannot use ${path}: it is a symbolic link, and links are not followed; move it away`,
  );
}
