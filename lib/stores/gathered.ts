/**
 * Messages that have to be read to their end before they can be sent. Large ones wait in a temporary
 * file that has no name any more, so that nothing of it outlives the process.
 *
 * @module
 */
import { StoreError } from "./errors.ts";
import { orStoreError, orStoreErrorLater } from "./fs_errors.ts";
import type { Interrupt } from "./intake.ts";
import type { LongOctets } from "./izynode.ts";
import { measureIncoming, type MessageFacts } from "./message_facts.ts";
import type { NewMimeItem } from "./mime_store.ts";

/** Messages up to so many octets stay in memory. */
export const HELD = 512 * 1024;

/** Octets a read. */
const BLOCK = 256 * 1024;

const WHAT = "keep a large message in a temporary file (TMPDIR) until it is stored";

/** A message that was read to its end. */
export interface ReadMessage {
  readonly facts: MessageFacts;
  /** To be disposed of. */
  readonly octets: Gathered;
}

/** Reads a message to its end; nothing is left of it if that fails. */
export async function gather(
  octets: NewMimeItem["octets"],
  interrupt: Interrupt,
): Promise<ReadMessage> {
  const gathered = new Gathered();
  try {
    const facts = await measureIncoming(octets, interrupt, (chunk) => gathered.push(chunk));
    return { facts, octets: gathered };
  } catch (error) {
    gathered[Symbol.dispose]();
    throw error;
  }
}

/** The octets of a message, as often as they are asked for, until it is disposed of. */
export class Gathered implements Disposable {
  /** In memory, as long as they are few. */
  #chunks: Uint8Array[] = [];
  #file: TemporaryFile | undefined;
  /** Where no file may be made, all is held. */
  #isHeld = false;
  #length = 0;

  /** Adds a copy of a chunk. */
  async push(chunk: Uint8Array): Promise<void> {
    this.#length += chunk.length;
    if (this.#file !== undefined) {
      await this.#file.append(chunk);
      return;
    }
    this.#chunks.push(chunk.slice());
    if (this.#length <= HELD || this.#isHeld) return;
    this.#file = openTemporary();
    this.#isHeld = this.#file === undefined;
    if (this.#file === undefined) return;
    for (const held of this.#chunks.splice(0)) await this.#file.append(held);
  }

  /** What a statement is to have in place of them. */
  get pieces(): readonly (Uint8Array | LongOctets)[] {
    const file = this.#file;
    if (file !== undefined) return [{ length: this.#length, chunks: () => file.chunks() }];
    if (!this.#isHeld) return this.#chunks;
    // Held already, but not to be held a second time as a request.
    const chunks = this.#chunks;
    return [{ length: this.#length, chunks: () => chunks }];
  }

  /** All of them; each chunk is valid until the next one is asked for. */
  chunks(): Iterable<Uint8Array> {
    return this.#file?.chunks() ?? this.#chunks;
  }

  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]();
    this.#chunks = [];
  }
}

/** A file that is written once and then read, several times perhaps. */
class TemporaryFile implements Disposable {
  readonly #file: Deno.FsFile;
  /** Still to be removed: not every system lets go of a name whose file is open. */
  #path: string | undefined;
  #length = 0;
  #isClosed = false;

  constructor(file: Deno.FsFile, path: string | undefined) {
    this.#file = file;
    this.#path = path;
  }

  async append(chunk: Uint8Array): Promise<void> {
    await orStoreErrorLater(WHAT, async () => {
      for (let at = 0; at < chunk.length;) at += await this.#file.write(chunk.subarray(at));
    });
    this.#length += chunk.length;
  }

  /** Throws rather than give less: a message must not be stored without its end. */
  *chunks(): Generator<Uint8Array> {
    const buffer = new Uint8Array(Math.min(BLOCK, this.#length));
    for (let at = 0; at < this.#length;) {
      // At a stroke: a request that was given up may still be reading when the next one begins.
      const count = orStoreError(WHAT, () => {
        this.#file.seekSync(at, Deno.SeekMode.Start);
        return this.#file.readSync(buffer);
      });
      if (count === null) throw new StoreError("input-output", `Cannot ${WHAT}: it was cut`);
      yield buffer.subarray(0, count);
      at += count;
    }
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#file.close();
    if (this.#path !== undefined) Deno.removeSync(this.#path);
  }
}

/** `undefined` where we may not. */
function openTemporary(): TemporaryFile | undefined {
  // Deno would ask on a terminal, in the middle of the work, and nobody may be there to answer.
  if (!isGranted("read") || !isGranted("write")) return undefined;
  try {
    return orStoreError(WHAT, () => {
      const path = Deno.makeTempFileSync({ prefix: "izypop3-" });
      try {
        const file = Deno.openSync(path, { read: true, write: true });
        if (Deno.build.os === "windows") return new TemporaryFile(file, path);
        Deno.removeSync(path);
        return new TemporaryFile(file, undefined);
      } catch (error) {
        Deno.removeSync(path);
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof StoreError && error.kind === "denied") return undefined;
    throw error;
  }
}

function isGranted(name: "read" | "write"): boolean {
  return Deno.permissions.querySync({ name }).state === "granted";
}
