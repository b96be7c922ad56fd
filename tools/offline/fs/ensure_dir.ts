// A stand-in for @std/fs/ensure-dir, which npm does not carry.

/** Makes a directory, with its parents, unless it is there; any other file there is an error. */
export async function ensureDir(dir: string | URL): Promise<void> {
  try {
    await Deno.mkdir(dir, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throwUnlessDirectory(await Deno.stat(dir));
  }
}

/** As {@linkcode ensureDir}, at once. */
export function ensureDirSync(dir: string | URL): void {
  try {
    Deno.mkdirSync(dir, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throwUnlessDirectory(Deno.statSync(dir));
  }
}

function throwUnlessDirectory(info: Deno.FileInfo): void {
  if (info.isDirectory) return;
  const kind = info.isFile ? "file" : info.isSymlink ? "symlink" : undefined;
  throw new Error(`Failed to ensure directory exists: expected 'dir', got '${kind}'`);
}
