/**
 * Taking turns: whoever changes a folder or its index does so alone, among the calls on one
 * store object, among the store objects of a process, and among processes.
 *
 * @module
 */
import { isRefused } from "../fs_errors.ts";
import { giveBack, lockExclusively, openLockFile } from "./file_lock.ts";
import { type Layout, ownFile } from "./layout.ts";

/** Lets one at a time. */
export class Turn {
  readonly #layout: Layout;
  #last: Promise<unknown> = Promise.resolve();
  #writable: boolean | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Whether we may write in the folder; known after the first turn. */
  get writable(): boolean {
    return this.#writable ?? false;
  }

  /** Runs `work` when all who asked before are done; the turn ends when `work` does. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(() => this.#alone(work));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #alone<T>(work: () => T | Promise<T>): Promise<T> {
    const file = this.#open();
    try {
      if (file !== undefined) await lockExclusively(file);
      return await work();
    } finally {
      if (file !== undefined) giveBack(file);
    }
  }

  /** The file to lock; none in a folder that we cannot write to, nobody can change it then. */
  #open(): Deno.FsFile | undefined {
    if (this.#writable === false) return undefined;
    try {
      const file = openLockFile(this.#layout, ownFile(this.#layout, "turn"));
      this.#writable = true;
      return file;
    } catch (error) {
      if (!isRefused(error)) throw error;
      this.#writable = false;
      return undefined;
    }
  }
}
