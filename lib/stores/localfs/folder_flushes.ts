/**
 * Flushes of folders that many may wait for together.
 *
 * @module
 */
import { flushFolder } from "./spool.ts";

interface Flush {
  readonly running: Promise<void>;
  /** The one behind it, which has not begun. */
  next: Promise<void> | undefined;
}

/** Who asks while a folder is being flushed shares the next flush with all others who do. */
export class FolderFlushes {
  readonly #flushes = new Map<string, Flush>();
  readonly #flush: (path: string) => Promise<void>;

  /** `flush` makes the names in a folder durable. */
  constructor(flush: (path: string) => Promise<void> = flushFolder) {
    this.#flush = flush;
  }

  /** Resolves when a flush has ended that began after this call. */
  flush(path: string): Promise<void> {
    const before = this.#flushes.get(path);
    if (before === undefined) return this.#begin(path);
    // The one that is on may have passed over what was done last. Its failure is not ours.
    before.next ??= before.running.catch(() => {}).then(() => this.#begin(path));
    return before.next;
  }

  async #begin(path: string): Promise<void> {
    const flush: Flush = { running: this.#flush(path), next: undefined };
    this.#flushes.set(path, flush);
    try {
      await flush.running;
    } finally {
      if (this.#flushes.get(path) === flush && flush.next === undefined) this.#flushes.delete(path);
    }
  }
}
