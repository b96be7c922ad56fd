/**
 * Looking at the folders: what is there, and what messages are like.
 *
 * @module
 */
import { isMissing } from "../fs_errors.ts";
import { type MessageFacts, MessageMeter } from "../message_facts.ts";
import type { Naming } from "./layout.ts";

/** A file's facts, and its time of last change in ms. */
export interface FileFacts extends MessageFacts {
  readonly mtime: number;
}

/** Files up to this size are read at a stroke: one call costs a tenth of going to a thread. */
export const SMALL_FILE = 64 * 1024;
const BLOCK = 256 * 1024;

/** No such folder (or a symbolic link, which is not followed). */
export const ABSENT = -1;

/** The folder's time of last change in ms; {@linkcode ABSENT} where there is none. */
export function folderTime(path: string, isRoot: boolean): number {
  try {
    // The root may be a link: the user gave it. A link inside may lead anywhere.
    const info = isRoot ? Deno.statSync(path) : Deno.lstatSync(path);
    return info.isDirectory ? timeOf(info) : ABSENT;
  } catch (error) {
    if (isMissing(error)) return ABSENT;
    throw error;
  }
}

/**
 * The names of the messages in a folder; links, folders and hidden files are none. At a stroke:
 * the asynchronous way takes twice as long and does not let others in between either.
 */
export function messageNames(path: string, naming: Naming): string[] {
  const names: string[] = [];
  for (const entry of Deno.readDirSync(path)) {
    if (entry.isFile && naming.isMessage(entry.name)) names.push(entry.name);
  }
  return names;
}

/** Reads the whole file to find its facts; throws what the system says where it cannot. */
export async function measureFile(path: string): Promise<FileFacts> {
  const file = Deno.openSync(path);
  try {
    const info = file.statSync();
    const meter = new MessageMeter();
    const buffer = new Uint8Array(Math.min(BLOCK, info.size + 1));
    const small = info.size <= SMALL_FILE;
    while (true) {
      const count = small ? file.readSync(buffer) : await file.read(buffer);
      if (count === null) break;
      meter.push(buffer.subarray(0, count));
    }
    return { ...meter.finish(), mtime: timeOf(info) };
  } finally {
    file.close();
  }
}

/** When the file was last changed, in ms. */
export function timeOf(info: Deno.FileInfo): number {
  return info.mtime?.getTime() ?? 0;
}

/** What the system says about the file; `undefined` where it is gone, or no plain file. */
export function statFile(path: string): Deno.FileInfo | undefined {
  try {
    const info = Deno.lstatSync(path);
    return info.isFile ? info : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
