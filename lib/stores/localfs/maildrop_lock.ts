/**
 * The exclusive hold on a whole folder, among all processes; it dies with its holder.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import { isMissing, isRefused } from "../fs_errors.ts";
import type { StoreLock } from "../mime_store.ts";
import { canTry, giveBack, LockAttempt, openLockFile } from "./file_lock.ts";
import { type Layout, ownFile } from "./layout.ts";

/** The lock of one folder. */
export class MaildropLock {
  readonly #layout: Layout;
  /** Who holds it through this object. */
  #holder: string | undefined;
  /** In an old Deno: an attempt that nobody waits for any more, but that goes on. */
  #attempt: LockAttempt | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Takes the lock, or throws `in-use`. */
  async take(owner: string): Promise<StoreLock> {
    if (this.#holder !== undefined) throw this.#inUse(this.#holder);
    this.#holder = owner;
    try {
      const file = await this.#lockFile();
      if (file !== undefined) note(file, owner);
      return this.#held(owner, file);
    } catch (error) {
      this.#holder = undefined;
      throw error;
    }
  }

  #held(owner: string, file: Deno.FsFile | undefined): StoreLock {
    let isHeld = true;
    const release = (): Promise<void> => {
      if (isHeld) {
        isHeld = false;
        this.#holder = undefined;
        if (file !== undefined) giveBack(file);
      }
      return Promise.resolve();
    };
    return { owner, [Symbol.asyncDispose]: release };
  }

  /** The locked file; none where there is nothing that could be locked. */
  async #lockFile(): Promise<Deno.FsFile | undefined> {
    if (this.#attempt !== undefined && !this.#attempt.isOver) {
      return await this.#await(this.#attempt);
    }
    const file = this.#open();
    if (file === undefined) return undefined;
    if (!canTry(file)) return await this.#await(new LockAttempt(file));
    if (file.tryLockSync(true)) return file;
    const holder = noted(file);
    file.close();
    throw this.#inUse(holder);
  }

  async #await(attempt: LockAttempt): Promise<Deno.FsFile> {
    this.#attempt = attempt;
    const file = await attempt.wait();
    if (file === undefined) throw this.#inUse("another process");
    this.#attempt = undefined;
    return file;
  }

  #open(): Deno.FsFile | undefined {
    try {
      return openLockFile(this.#layout, ownFile(this.#layout, "lock"));
    } catch (error) {
      // A folder that comes with its first message: nothing is in it that two could fight over.
      if (isMissing(error)) return undefined;
      if (!isRefused(error)) throw error;
      // A folder can be locked itself, even if it cannot be written to; but not on Windows.
      return Deno.build.os === "windows" ? undefined : Deno.openSync(this.#layout.root);
    }
  }

  #inUse(holder: string): StoreError {
    return new StoreError(
      "in-use",
      `Cannot lock ${this.#layout.root}: ${holder} uses it; try again later`,
    );
  }
}

/** Octets of the note in a lock file, padded with spaces. */
const NOTE = 256;

/** Who holds it, for people. */
function note(file: Deno.FsFile, owner: string): void {
  try {
    // Always as long as what it replaces: to cut the file first was a third of a sign-in's work.
    const octets = new Uint8Array(NOTE).fill(0x20);
    new TextEncoder().encodeInto(`${owner} (process ${Deno.pid})`, octets);
    file.writeSync(octets);
  } catch {
    // The lock holds without the note; a folder that is locked itself takes none.
  }
}

function noted(file: Deno.FsFile): string {
  try {
    const octets = new Uint8Array(NOTE);
    const count = file.readSync(octets) ?? 0;
    const text = new TextDecoder().decode(octets.subarray(0, count)).trim();
    return text === "" ? "another process" : text;
  } catch {
    return "another process";
  }
}
