/**
 * The log of what was stored, a file a source, a line of JSON a message. It is only ever appended
 * to; people and scripts read it, and we do when a file's name alone does not tell what it is.
 *
 * @module
 */
import { isMissing } from "../fs_errors.ts";
import type { MimeItem } from "../mime_store.ts";
import { FILE_MODE } from "./layout.ts";
import { refuseLink } from "./links.ts";
import { type Identity, isLogName, logName } from "./names.ts";

/** What a line tells of a message. */
export type LogLine = Pick<
  MimeItem,
  | "guid"
  | "sourceid"
  | "name"
  | "size"
  | "fingerprint"
  | "tag"
  | "created"
  | "messageUTCTimestamp"
>;

/** Appends a line an item; resolves when the lines are on disk. */
export async function appendToLogs(root: string, items: readonly LogLine[]): Promise<void> {
  const bySource = new Map<string, string>();
  for (const item of items) {
    bySource.set(item.sourceid, (bySource.get(item.sourceid) ?? "") + lineOf(item));
  }
  await Promise.all([...bySource].map(([sourceid, lines]) => {
    return appendDurably(`${root}/${logName(sourceid)}`, lines);
  }));
}

/** What the logs in `root` know about files whose names do not tell everything. */
export function readLogs(root: string): Map<string, Identity> {
  const known = new Map<string, Identity>();
  for (const entry of entriesOf(root)) {
    if (!entry.isFile || !isLogName(entry.name)) continue;
    for (const line of Deno.readTextFileSync(`${root}/${entry.name}`).split("\n")) {
      const parsed = parseLine(line);
      if (parsed !== undefined) known.set(parsed.name, parsed);
    }
  }
  return known;
}

function entriesOf(root: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(root)];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function lineOf(item: LogLine): string {
  const { guid, sourceid, name, size, fingerprint, tag, created, messageUTCTimestamp } = item;
  const line = {
    guid,
    sourceid,
    name,
    size,
    sha256: fingerprint,
    tag,
    created: new Date(created).toISOString(),
    date: messageUTCTimestamp === 0 ? undefined : new Date(messageUTCTimestamp).toISOString(),
  };
  return `${JSON.stringify(line)}\n`;
}

async function appendDurably(path: string, lines: string): Promise<void> {
  refuseLink(path);
  const file = Deno.openSync(path, { read: true, append: true, create: true, mode: FILE_MODE });
  try {
    const octets = new TextEncoder().encode(endsInLine(file) ? lines : `\n${lines}`);
    for (let at = 0; at < octets.length;) at += file.writeSync(octets.subarray(at));
    await file.sync();
  } finally {
    file.close();
  }
}

/** A crash may have left half a line. */
function endsInLine(file: Deno.FsFile): boolean {
  if (file.statSync().size === 0) return true;
  file.seekSync(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  file.readSync(last);
  return last[0] === 0x0a;
}

function parseLine(line: string): (Identity & { readonly name: string }) | undefined {
  if (line === "") return undefined;
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    if (!("name" in parsed && "guid" in parsed && "sourceid" in parsed)) return undefined;
    const { name, guid, sourceid } = parsed;
    return typeof name === "string" && typeof guid === "string" && typeof sourceid === "string"
      ? { name, guid, sourceid }
      : undefined;
  } catch {
    return undefined;
  }
}
