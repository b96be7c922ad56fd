/**
 * Messages on their way in: written under temporary names, made durable, and only then given
 * their own names.
 *
 * @module
 */
import { isMissing, isPresent, orStoreError, toStoreError } from "../fs_errors.ts";
import { Intake, type Interrupt } from "../intake.ts";
import { MessageMeter } from "../message_facts.ts";
import type { NewMimeItem } from "../mime_store.ts";
import { FILE_MODE, type Layout, ownFile } from "./layout.ts";
import { type FileFacts, timeOf } from "./scan.ts";
import { canTry, giveBack, makeFolder, openLockFile, tryLockFile } from "./file_lock.ts";

/** A message under its temporary name. */
export interface Spooled {
  readonly path: string;
  readonly facts: FileFacts;
  /** Open until it is flushed. */
  readonly file: Deno.FsFile;
}

/** Small chunks are written together up to this size. */
const BLOCK = 128 * 1024;

/** The temporary files of one writer; nobody sweeps them up before it is closed. */
export class Spool {
  readonly #layout: Layout;
  readonly #prefix: string;
  readonly #buffer = new Uint8Array(BLOCK);
  readonly #lock: Deno.FsFile;
  readonly #paths = new Set<string>();
  readonly #open = new Set<Deno.FsFile>();
  #count = 0;

  private constructor(layout: Layout, lock: Deno.FsFile) {
    this.#layout = layout;
    this.#lock = lock;
    this.#prefix = layout.temporaryPrefix + crypto.randomUUID();
  }

  /** Opens a spool in the store's hidden folder. */
  static async open(layout: Layout): Promise<Spool> {
    const lock = openLockFile(layout, ownFile(layout, "writers"));
    try {
      // Shared with other writers; only sweeping excludes them, for a moment.
      if (!canTry(lock) || !lock.tryLockSync(false)) await lock.lock(false);
      makeFolder(layout.temporary);
      return new Spool(layout, lock);
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Writes a message, whose file gets the time `created` (ms); nothing is left if that fails. */
  async write(
    octets: NewMimeItem["octets"],
    created: number,
    interrupt: Interrupt,
  ): Promise<Spooled> {
    const path = `${this.#layout.temporary}/${this.#prefix}-${++this.#count}`;
    const file = orStoreError(`write ${path}`, () => {
      return Deno.openSync(path, { write: true, createNew: true, mode: FILE_MODE });
    });
    this.#paths.add(path);
    const intake = new Intake(octets, interrupt);
    try {
      const meter = await this.#fill(file, path, intake);
      const mtime = orStoreError(`write ${path}`, () => stamp(file, created));
      this.#open.add(file);
      return { path, facts: { ...meter.finish(), mtime }, file };
    } catch (error) {
      file.close();
      this.discard(path);
      throw error;
    } finally {
      await intake.close();
    }
  }

  /**
   * Puts them on disk. All at once: the system then makes few journal entries of many, and does
   * not keep us from making further files meanwhile.
   */
  async flush(messages: readonly Spooled[]): Promise<void> {
    const flushed = await Promise.allSettled(messages.map(({ file }) => file.sync()));
    flushed.forEach((result, i) => {
      if (result.status === "rejected") {
        throw toStoreError(result.reason, `flush ${messages[i]?.path}`);
      }
    });
    for (const { file } of messages) {
      this.#open.delete(file);
      file.close();
    }
  }

  /** Gives the message its own name; whether that was free. Never puts it over another file. */
  release(path: string, target: string): boolean {
    try {
      Deno.linkSync(path, target);
    } catch (error) {
      if (isPresent(error)) return false;
      if (!isUnsupported(error)) throw error;
      return this.#rename(path, target);
    }
    this.discard(path);
    return true;
  }

  /** Removes a message that was written for nothing. */
  drop({ file, path }: Spooled): void {
    this.#open.delete(file);
    file.close();
    this.discard(path);
  }

  /** Removes the temporary file. */
  discard(path: string): void {
    if (!this.#paths.delete(path)) return;
    try {
      Deno.removeSync(path);
    } catch {
      // It is swept up when the store is opened the next time.
    }
  }

  /** Removes what is left and lets others sweep. */
  close(): void {
    for (const file of this.#open) file.close();
    for (const path of [...this.#paths]) this.discard(path);
    giveBack(this.#lock);
  }

  async #fill(file: Deno.FsFile, path: string, intake: Intake<Uint8Array>): Promise<MessageMeter> {
    const meter = new MessageMeter();
    // At once and not by a thread: to hand 128 KiB to the system takes less time than to be told of it.
    const write = (octets: Uint8Array): void => {
      meter.push(octets);
      orStoreError(`write ${path}`, () => writeAll(file, octets));
    };
    let used = 0;
    for (let chunk = await intake.next(); chunk !== undefined; chunk = await intake.next()) {
      const isLarge = chunk.length > BLOCK / 2;
      if (isLarge || used + chunk.length > BLOCK) {
        write(this.#buffer.subarray(0, used));
        used = 0;
      }
      if (isLarge) write(chunk);
      else {
        // Copied at once: whoever gives it may use its buffer again.
        this.#buffer.set(chunk, used);
        used += chunk.length;
      }
    }
    write(this.#buffer.subarray(0, used));
    return meter;
  }

  /** For file systems without hard links; only who has the turn does this, so nobody gets between. */
  #rename(path: string, target: string): boolean {
    try {
      Deno.lstatSync(target);
      return false;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    Deno.renameSync(path, target);
    this.#paths.delete(path);
    return true;
  }
}

/** Makes names in a folder durable, where the system can do that. */
export async function flushFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const folder = Deno.openSync(path);
  try {
    await folder.sync();
  } catch (error) {
    // Some network file systems have no such thing.
    if (!isUnsupported(error)) throw error;
  } finally {
    folder.close();
  }
}

/** Gives the file the time, and tells what the file system made of it. */
function stamp(file: Deno.FsFile, created: number): number {
  file.utimeSync(new Date(created), new Date(created));
  return timeOf(file.statSync());
}

function isUnsupported(error: unknown): boolean {
  if (error instanceof Deno.errors.NotSupported) return true;
  const code = error instanceof Error && "code" in error ? error.code : "";
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK"].includes(String(code));
}

function writeAll(file: Deno.FsFile, octets: Uint8Array): void {
  for (let at = 0; at < octets.length;) at += file.writeSync(octets.subarray(at));
}

/**
 * Removes what writers left that are no more. Only when nobody writes: who does holds the lock.
 */
export async function sweep(layout: Layout): Promise<void> {
  const names = leftBehind(layout);
  if (names.length === 0) return;
  const lock = await tryLockFile(layout, ownFile(layout, "writers"));
  if (lock === undefined) return;
  try {
    for (const name of leftBehind(layout)) Deno.removeSync(`${layout.temporary}/${name}`);
  } finally {
    giveBack(lock);
  }
}

/** Others may have their own files in the same folder. */
function leftBehind({ temporary, temporaryPrefix }: Layout): string[] {
  try {
    const names = Array.from(Deno.readDirSync(temporary), (entry) => entry.name);
    return names.filter((name) => name.startsWith(temporaryPrefix));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
