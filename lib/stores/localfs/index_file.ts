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

/** Large indexes are read in pieces of this size, so that they are not in memory twice. */
const PIECE = 4 * 1024 * 1024;

/** What was read. */
export interface ReadNews {
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

  /**
   * Gives all frames to `take`, which must not keep them; tells whether there was more than could
   * be read. `undefined` where there is no index.
   */
  async load(
    take: (frames: readonly Frame[], share: number) => void,
  ): Promise<{ readonly damaged: boolean } | undefined> {
    const file = openIfThere(this.#path);
    if (file === undefined) return undefined;
    try {
      const generation = generationOf(readAll(file, HEAD));
      if (generation === undefined) return { damaged: true };
      this.#generation = generation;
      return await this.#loadFrames(file, take);
    } finally {
      file.close();
    }
  }

  async #loadFrames(
    file: Deno.FsFile,
    take: (frames: readonly Frame[], share: number) => void,
  ): Promise<{ readonly damaged: boolean }> {
    const size = file.statSync().size;
    this.#end = HEAD;
    let buffer = new Uint8Array(Math.min(size - HEAD, PIECE));
    let used = 0;
    for (let at = HEAD; at < size;) {
      const piece = buffer.subarray(used, used + size - at);
      const count = await fill(file, piece);
      at += count;
      used += count;
      const { frames, end, wanted } = readFrames(buffer.subarray(0, used));
      this.#end += end;
      take(frames, end / (size - HEAD));
      // To the front: frames must begin at multiples of 8.
      buffer.copyWithin(0, end, used);
      used -= end;
      if (count < piece.length || wanted === 0) break;
      if (wanted > buffer.length) buffer = grown(buffer, wanted);
    }
    return { damaged: used > 0 };
  }

  /** What others have appended meanwhile; `undefined` where all of it must be loaded anew. */
  catchUp(): ReadNews | undefined {
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

function grown(buffer: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(buffer);
  return larger;
}

function openIfThere(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Fills the buffer as far as the file goes. */
async function fill(file: Deno.FsFile, buffer: Uint8Array): Promise<number> {
  let at = 0;
  while (at < buffer.length) {
    // To a thread and back costs more than reading a little.
    const rest = buffer.subarray(at);
    const count = rest.length < PIECE ? file.readSync(rest) : await file.read(rest);
    if (count === null) break;
    at += count;
  }
  return at;
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
