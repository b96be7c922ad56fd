/**
 * The index on disk. Only who has the turn (turn.ts) writes to it.
 *
 * It is never flushed when something is appended: after a crash it may lack its end, and then
 * the folders' times of last change differ from what it says, so the folders are listed again.
 *
 * @module
 */
import { isMissing, isRefused } from "../fs_errors.ts";
import { type Frame, readFrames } from "./frames.ts";
import { FILE_MODE } from "./layout.ts";

/** A first line of 32 octets; the generation changes whenever the file is written anew. */
const HEAD = 32;
const HEAD_TEXT = "izypop3 index 1 ";

/** What was read. */
export interface LoadedFrames {
  readonly frames: readonly Frame[];
  /** Whether there was more than could be read. */
  readonly damaged: boolean;
}

/** An index on disk, as far as we know it. */
export class IndexFile {
  readonly #path: string;
  #generation = "";
  /** How far we know it. */
  #end = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads all of it; `undefined` where there is none. */
  async load(): Promise<LoadedFrames | undefined> {
    let octets: Uint8Array;
    try {
      octets = await Deno.readFile(this.#path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    const generation = generationOf(octets);
    if (generation === undefined) return { frames: [], damaged: true };
    const read = readFrames(octets.subarray(HEAD));
    this.#generation = generation;
    this.#end = HEAD + read.end;
    return { frames: read.frames, damaged: read.damaged };
  }

  /** What others have appended meanwhile; `undefined` where all of it must be loaded anew. */
  catchUp(): LoadedFrames | undefined {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(this.#path);
    } catch (error) {
      if (isMissing(error) || isRefused(error)) return undefined;
      throw error;
    }
    try {
      const head = readAll(file, HEAD);
      const size = file.statSync().size;
      if (generationOf(head) !== this.#generation || size < this.#end) return undefined;
      if (size === this.#end) return { frames: [], damaged: false };
      file.seekSync(this.#end, Deno.SeekMode.Start);
      const read = readFrames(readAll(file, size - this.#end));
      this.#end += read.end;
      return { frames: read.frames, damaged: read.damaged };
    } finally {
      file.close();
    }
  }

  /** Appends behind what we know; what may be left there of an append that failed is cut off. */
  append(frames: Uint8Array): void {
    const file = Deno.openSync(this.#path, { write: true });
    try {
      if (file.statSync().size > this.#end) file.truncateSync(this.#end);
      file.seekSync(this.#end, Deno.SeekMode.Start);
      writeAll(file, frames);
      this.#end += frames.length;
    } finally {
      file.close();
    }
  }

  /** Writes it anew; a reader sees the old one or the new one. */
  replace(frames: Iterable<Uint8Array>): void {
    const temporary = `${this.#path}.new`;
    const generation = newGeneration();
    try {
      const end = writeNew(temporary, generation, frames);
      Deno.renameSync(temporary, this.#path);
      this.#generation = generation;
      this.#end = end;
    } catch (error) {
      removeIfThere(temporary);
      throw error;
    }
  }
}

/** Writes a whole index to where none is; its length. */
function writeNew(path: string, generation: string, frames: Iterable<Uint8Array>): number {
  // Not a left-over: that might be a link, and lead anywhere.
  removeIfThere(path);
  using file = Deno.openSync(path, { write: true, createNew: true, mode: FILE_MODE });
  let end = HEAD;
  writeAll(file, new TextEncoder().encode(`${HEAD_TEXT}${generation}\n`));
  for (const frame of frames) {
    writeAll(file, frame);
    end += frame.length;
  }
  // Or else a crash could leave the new name with nothing in it.
  file.syncSync();
  return end;
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function generationOf(octets: Uint8Array): string | undefined {
  const head = new TextDecoder().decode(octets.subarray(0, HEAD));
  return /^izypop3 index 1 ([0-9a-f]{15})\n$/.exec(head)?.[1];
}

function newGeneration(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 15);
}

/** Up to `length` octets; fewer where the file ends. */
function readAll(file: Deno.FsFile, length: number): Uint8Array {
  const octets = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const count = file.readSync(octets.subarray(at));
    if (count === null) break;
    at += count;
  }
  return octets.subarray(0, at);
}

function writeAll(file: Deno.FsFile, octets: Uint8Array): void {
  for (let at = 0; at < octets.length;) at += file.writeSync(octets.subarray(at));
}
