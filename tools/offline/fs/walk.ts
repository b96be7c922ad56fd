// A stand-in for @std/fs/walk, which npm does not carry: the asynchronous form, without the
// options that follow symbolic links (as in the real one by default, links are told, not followed).
// No `node:path`: to check a module that imports a `node:` one, Deno 2.4 fetches types from npm.

const IS_WINDOWS = Deno.build.os === "windows";
const SEPARATOR = IS_WINDOWS ? "\\" : "/";

export interface WalkOptions {
  maxDepth?: number;
  includeFiles?: boolean;
  includeDirs?: boolean;
  includeSymlinks?: boolean;
  exts?: string[];
  match?: RegExp[];
  skip?: RegExp[];
}

export interface WalkEntry extends Deno.DirEntry {
  path: string;
}

/** Every entry below a folder, and first the folder itself. */
export async function* walk(
  root: string | URL,
  options: WalkOptions = {},
): AsyncIterableIterator<WalkEntry> {
  const { maxDepth = Infinity, includeFiles = true, includeDirs = true, includeSymlinks = true } =
    options;
  const folder = root instanceof URL ? pathOf(root) : root;
  if (maxDepth < 0) return;
  if (includeDirs && isWanted(folder, options)) yield await describe(folder);
  if (maxDepth < 1 || isSkipped(folder, options)) return;
  for await (const entry of Deno.readDir(folder)) {
    const path = normalize(`${folder}${SEPARATOR}${entry.name}`);
    if (entry.isDirectory) yield* walk(path, { ...options, maxDepth: maxDepth - 1 });
    else if ((entry.isSymlink ? includeSymlinks : includeFiles) && isWanted(path, options)) {
      yield { path, ...entry };
    }
  }
}

async function describe(folder: string): Promise<WalkEntry> {
  const path = normalize(folder);
  const name = path.slice(path.lastIndexOf(SEPARATOR) + 1);
  const { isFile, isDirectory, isSymlink } = await Deno.stat(path);
  return { path, name, isFile, isDirectory, isSymlink };
}

/** As the real one gives paths out: no empty or "." parts. (".." is left as it is.) */
function normalize(path: string): string {
  const parts = path.split(IS_WINDOWS ? /[\\/]+/ : /\/+/);
  const kept = parts.filter((part, index) => part !== "." && (part !== "" || index === 0));
  return kept.join(SEPARATOR) || (path.startsWith(SEPARATOR) ? SEPARATOR : ".");
}

function pathOf(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return IS_WINDOWS ? path.replace(/^\/(?=[A-Za-z]:)/, "") : path;
}

function isWanted(path: string, options: WalkOptions): boolean {
  const { exts, match } = options;
  if (exts && !exts.some((ext) => path.endsWith(ext.startsWith(".") ? ext : `.${ext}`))) {
    return false;
  }
  if (match && !match.some((pattern) => path.match(pattern))) return false;
  return !isSkipped(path, options);
}

function isSkipped(path: string, options: WalkOptions): boolean {
  return (options.skip ?? []).some((pattern) => path.match(pattern));
}
