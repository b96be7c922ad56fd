/**
 * An mbox file that is being written. It grows under the name `FILE.part` and gets its own when it
 * is whole; how far it is stands in `FILE.part-log`, a line a message that is safe on disk, so that
 * a run that was cut is gone on with by the next one.
 *
 * @module
 */
import { reasonOf } from "../../config/config_file.ts";
import { StoreError } from "../../stores/errors.ts";
import { toStoreError } from "../../stores/fs_errors.ts";
import { LockAttempt } from "../../stores/localfs/file_lock.ts";
import type { MimeItem } from "../../stores/mime_store.ts";
import { CannotCreateError, OutputError } from "../errors.ts";
import { Output } from "../output.ts";

/** Octets that share one wait for the disk. */
const BATCH = 8 * 1024 * 1024;

/** A file for messages that come in the order of a list. */
export class MboxFile implements AsyncDisposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #log: Deno.FsFile;
  readonly #output: Output;
  /** Lines of the log about what is not on disk for certain. */
  #unsafe = "";
  #length = 0;
  /** Where the file was last known to be on disk. */
  #safe = 0;
  #isFinished = false;

  private constructor(path: string, file: Deno.FsFile, log: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
    this.#log = log;
    this.#output = new Output((octets) => file.write(octets));
  }

  /**
   * Opens the file that is to become `path`.
   *
   * @throws {CannotCreateError} if it cannot be made.
   * @throws {StoreError} `in-use` if another run is at it.
   */
  static async open(path: string): Promise<MboxFile> {
    const options = { read: true, write: true, create: true, mode: 0o600 };
    const part = `${path}.part`;
    try {
      const file = await new LockAttempt(await Deno.open(part, options)).wait();
      // Who had the lock may have finished meanwhile: then what we opened is the finished mbox.
      if (file === undefined || !await isStillAt(file, part)) {
        file?.close();
        throw new StoreError("in-use", `Cannot write ${path}: another export is at it; try later`);
      }
      return new MboxFile(path, file, await Deno.open(`${path}.part-log`, options));
    } catch (error) {
      if (error instanceof StoreError) throw error;
      const reason = reasonOf(error);
      throw new CannotCreateError(`Cannot make the mbox ${path}: ${reason}`, { cause: error });
    }
  }

  /** Octets in the file. */
  get length(): number {
    return this.#length;
  }

  /** Keeps what an earlier run wrote of these messages, and nothing else; how many they are. */
  async resume(items: readonly MimeItem[]): Promise<number> {
    const { size } = await this.#file.stat();
    const text = new TextDecoder().decode(await readAll(this.#log));
    let kept = "";
    let messages = 0;
    for (const line of text.split("\n").slice(0, -1)) {
      const item = items[messages];
      const end = Number(line.slice(0, line.indexOf(" ")));
      const isWritten = Number.isSafeInteger(end) && end > this.#length && end <= size;
      if (item === undefined || !isWritten || line !== lineOf(end, item)) break;
      kept += `${line}\n`;
      this.#length = end;
      messages++;
    }
    await this.#cut(this.#length);
    await this.#log.truncate(new TextEncoder().encode(kept).length);
    await this.#log.seek(0, Deno.SeekMode.End);
    this.#safe = this.#length;
    return messages;
  }

  /** Writes a part of a message. */
  async write(octets: Uint8Array): Promise<void> {
    await this.#orNamed(() => this.#output.write(octets));
    this.#length += octets.length;
  }

  /** The message is there as a whole. */
  async finishMessage(item: MimeItem): Promise<void> {
    this.#unsafe += `${lineOf(this.#length, item)}\n`;
    if (this.#length - this.#safe >= BATCH) await this.#orNamed(() => this.#secure());
  }

  /** Takes back what was written behind `length`. */
  async takeBack(length: number): Promise<void> {
    await this.#orNamed(() => this.#output.flush());
    await this.#cut(length);
    this.#length = length;
  }

  /** Gives the file its name, once it is on disk. */
  async finish(): Promise<void> {
    await this.#orNamed(async () => {
      await this.#output.flush();
      await this.#file.sync();
      await Deno.rename(`${this.#path}.part`, this.#path);
      await Deno.remove(`${this.#path}.part-log`);
      this.#isFinished = true;
      flushFolderOf(this.#path);
    });
  }

  /** Closes it; what is there can be gone on with. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.#isFinished) await this.#secure();
    } catch {
      // Then more is to be done again. Why it ended is known already, and the disk is part of that.
    } finally {
      this.#file.close();
      this.#log.close();
    }
  }

  /** Does it; what the file system has against it is told with the file's name. */
  async #orNamed(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const cause = error instanceof OutputError ? error.cause : error;
      throw toStoreError(cause, `write ${this.#path}`);
    }
  }

  async #secure(): Promise<void> {
    await this.#output.flush();
    await this.#file.sync();
    const lines = new TextEncoder().encode(this.#unsafe);
    for (let at = 0; at < lines.length;) at += await this.#log.write(lines.subarray(at));
    this.#unsafe = "";
    this.#safe = this.#length;
  }

  async #cut(length: number): Promise<void> {
    await this.#file.truncate(length);
    await this.#file.seek(length, Deno.SeekMode.Start);
  }
}

/** A message in the log: where it ends, and what tells it from all others. */
function lineOf(end: number, { id, fingerprint, size }: MimeItem): string {
  return `${end} ${JSON.stringify([id, fingerprint, size])}`;
}

async function isStillAt(file: Deno.FsFile, path: string): Promise<boolean> {
  const { dev, ino } = await file.stat();
  try {
    const there = await Deno.stat(path);
    return there.dev === dev && there.ino === ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function readAll(file: Deno.FsFile): Promise<Uint8Array> {
  const { size } = await file.stat();
  const octets = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    const count = await file.read(octets.subarray(at));
    if (count === null) break;
    at += count;
  }
  return octets.subarray(0, at);
}

/** Or else a crash of the system could take the new name away again. */
function flushFolderOf(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path.replace(/[^/]*$/, "") || ".");
  folder.syncSync();
}
