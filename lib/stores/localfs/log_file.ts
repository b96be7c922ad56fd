/**
 * The log of what was stored, a file a source, a line of JSON a message. It is only ever appended
 * to; people and scripts read it, and we do when a file's name alone does not tell what it is.
 *
 * @module
 */
import { isMissing, isRefused } from "../fs_errors.ts";
import type { MimeItem } from "../mime_store.ts";
import { FILE_MODE } from "./layout.ts";
import { refuseLink } from "./links.ts";
import { type Identity, isLogName, logName } from "./names.ts";

/** A log is read in pieces of this size. */
const BLOCK = 1024 * 1024;

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

/** What the logs know of a message. */
export interface Logged extends Identity {
  readonly name: string;
  /** Octets on the wire; 0 where the line does not say. */
  readonly size: number;
  /** SHA-256 in hex; empty where the line does not say. */
  readonly fingerprint: string;
}

/** What the logs in `root` know of messages, by the names of their files. */
export function readLogs(root: string): Map<string, Logged> {
  const known = new Map<string, Logged>();
  for (const entry of entriesOf(root)) {
    if (!entry.isFile || !isLogName(entry.name)) continue;
    for (const line of linesOf(`${root}/${entry.name}`)) {
      const parsed = parseLine(line);
      if (parsed !== undefined) known.set(parsed.name, parsed);
    }
  }
  return known;
}

/** The lines of a log, which may be longer than a text can be; none where we may not read it. */
function* linesOf(path: string): Generator<string> {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    if (isRefused(error) || isMissing(error)) return;
    throw error;
  }
  try {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(BLOCK);
    let rest = "";
    for (let count = file.readSync(buffer); count !== null; count = file.readSync(buffer)) {
      const lines = (rest + decoder.decode(buffer.subarray(0, count), { stream: true })).split(
        "\n",
      );
      rest = lines.pop() ?? "";
      yield* lines;
    }
    yield rest;
  } finally {
    file.close();
  }
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

function parseLine(line: string): Logged | undefined {
  if (line === "") return undefined;
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    if (!("name" in parsed && "guid" in parsed && "sourceid" in parsed)) return undefined;
    const { name, guid, sourceid } = parsed;
    if (typeof name !== "string" || typeof guid !== "string" || typeof sourceid !== "string") {
      return undefined;
    }
    const size = "size" in parsed && Number.isSafeInteger(parsed.size) ? Number(parsed.size) : 0;
    const isHash = "sha256" in parsed && /^[0-9a-f]{64}$/.test(String(parsed.sha256));
    return { name, guid, sourceid, size, fingerprint: isHash ? String(parsed.sha256) : "" };
  } catch {
    return undefined;
  }
}
