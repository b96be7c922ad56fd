/**
 * The user's `~/.netrc`.
 *
 * @module
 */
import { findInNetrc, type NetrcEntry } from "../../config/netrc.ts";
import { type Io, note } from "../io.ts";

/** Read by, or written by, somebody else than the owner. */
const FOR_OTHERS = 0o077;

/** What the file says of the machine; nothing where there is none, or it may not be read. */
export async function netrcEntry(
  io: Io,
  hostname: string,
  login: string | undefined,
): Promise<NetrcEntry | undefined> {
  const home = io.environment("HOME") ?? io.environment("USERPROFILE");
  if (home === undefined || home === "") return undefined;
  const path = `${home}/.netrc`;
  try {
    const found = findInNetrc(await Deno.readTextFile(path), hostname, login);
    if (found?.password !== undefined) await warnOfOthers(io, path);
    return found;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) {
      return undefined;
    }
    note(io, `${path} cannot be read, so it is not used`);
    return undefined;
  }
}

async function warnOfOthers(io: Io, path: string): Promise<void> {
  const { mode } = await Deno.stat(path);
  if (mode === null || Deno.build.os === "windows" || (mode & FOR_OTHERS) === 0) return;
  note(io, `other users of this machine can read the password in ${path}: chmod 600 ${path}`);
}
