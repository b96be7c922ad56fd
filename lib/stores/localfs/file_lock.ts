/**
 * Locks on files: they hold among processes, among the store objects of a process too, and die
 * with their holder.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import { isMissing, isPresent } from "../fs_errors.ts";
import { FILE_MODE, FOLDER_MODE, type Layout } from "./layout.ts";

/** Opens a file that is there to be locked; makes it, and the hidden folder, where missing. */
export function openLockFile(layout: Layout, path: string): Deno.FsFile {
  const options = { write: true, read: true, create: true, mode: FILE_MODE };
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    if (!isMissing(error)) throw error;
    // Not recursively: where the store's own folder has gone it must not come back empty.
    makeFolder(layout.hidden);
    return Deno.openSync(path, options);
  }
}

/** Makes the folder where it is not there; whether it had to be made. */
export function makeFolder(path: string): boolean {
  try {
    Deno.mkdirSync(path, { mode: FOLDER_MODE });
    return true;
  } catch (error) {
    if (!isPresent(error)) throw error;
    if (Deno.lstatSync(path).isDirectory) return false;
    // A symbolic link may lead anywhere.
    throw new StoreError("config", `Cannot use ${path}: it is no folder; move it away`);
  }
}

/** Deno has these from 2.5 or so on; our floor is 2.4. */
interface TryLocking {
  tryLockSync(exclusive: boolean): boolean;
}

/** Whether this Deno can ask for a lock without waiting for it. */
export function canTry(file: Deno.FsFile): file is Deno.FsFile & TryLocking {
  return "tryLockSync" in file;
}

/** Waits for the lock; asking first saves a thread where it is free, as it nearly always is. */
export async function lockExclusively(file: Deno.FsFile): Promise<void> {
  if (canTry(file) && file.tryLockSync(true)) return;
  await file.lock(true);
}

/**
 * Gives a lock back. To close the file would do, but for a program that is being started in that
 * moment: it has a copy of every open file until it runs, and a lock lasts as long as any copy.
 */
export function giveBack(file: Deno.FsFile): void {
  try {
    file.unlockSync();
  } finally {
    file.close();
  }
}

/** How long an old Deno waits to see whether a lock is free, ms. */
const GLANCE = 250;

/**
 * A file that is locked, or will be: in a Deno that cannot but wait for a lock, the attempt goes
 * on when we have given up waiting, and the next one who wants the lock takes it over.
 */
export class LockAttempt {
  readonly #file: Deno.FsFile;
  readonly #arrival: Promise<void>;
  #isWanted = false;
  #isLocked = false;
  #isOver = false;

  /** Begins to lock `file`. */
  constructor(file: Deno.FsFile) {
    this.#file = file;
    this.#arrival = this.#lock();
    // Whoever waits hears of a failure; nobody else has to.
    this.#arrival.catch(() => {});
  }

  /** Whether it came to an end while nobody waited: it is of no more use then. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits for a moment; the file if it is locked now. {@linkcode giveBack} ends that. */
  async wait(): Promise<Deno.FsFile | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, GLANCE));
    this.#isWanted = true;
    try {
      await Promise.race([this.#arrival, late]);
    } finally {
      clearTimeout(timer);
      this.#isWanted = false;
    }
    return this.#isLocked ? this.#file : undefined;
  }

  async #lock(): Promise<void> {
    try {
      await lockExclusively(this.#file);
      this.#isLocked = this.#isWanted;
    } finally {
      this.#isOver = !this.#isLocked;
      if (this.#isOver) this.#file.close();
    }
  }
}

/** Opens the file and locks it, unless someone else has it; {@linkcode giveBack} ends that. */
export async function tryLockFile(layout: Layout, path: string): Promise<Deno.FsFile | undefined> {
  const file = openLockFile(layout, path);
  if (!canTry(file)) return await new LockAttempt(file).wait();
  if (file.tryLockSync(true)) return file;
  file.close();
  return undefined;
}
