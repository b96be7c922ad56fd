// A stand-in for @std/fs/exists, which npm does not carry.

export interface ExistsOptions {
  isReadable?: boolean;
  isDirectory?: boolean;
  isFile?: boolean;
}

/** Whether a path is there, and, when asked, is readable, a directory or a file. */
export async function exists(path: string | URL, options?: ExistsOptions): Promise<boolean> {
  try {
    return matches(await Deno.stat(path), options ?? {});
  } catch (error) {
    return afterError(error, path, options ?? {});
  }
}

/** As {@linkcode exists}, at once. */
export function existsSync(path: string | URL, options?: ExistsOptions): boolean {
  try {
    return matches(Deno.statSync(path), options ?? {});
  } catch (error) {
    return afterError(error, path, options ?? {});
  }
}

function matches(info: Deno.FileInfo, options: ExistsOptions): boolean {
  if (options.isDirectory && options.isFile) {
    throw new TypeError(
      "ExistsOptions.options.isDirectory and ExistsOptions.options.isFile must not be true together",
    );
  }
  if (options.isDirectory && !info.isDirectory) return false;
  if (options.isFile && !info.isFile) return false;
  return !options.isReadable || isReadable(info);
}

function isReadable(info: Deno.FileInfo): boolean {
  if (info.mode === null) return true; // Windows has no mode
  if (Deno.uid() === info.uid) return (info.mode & 0o400) !== 0;
  if (Deno.gid() === info.gid) return (info.mode & 0o040) !== 0;
  return (info.mode & 0o004) !== 0;
}

function afterError(error: unknown, path: string | URL, options: ExistsOptions): boolean {
  if (error instanceof Deno.errors.NotFound) return false;
  // The system's refusal means that something is there; Deno's own is the caller's to hear of.
  if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") throw error;
  return !options.isReadable;
}
