/**
 * Small messages that were read before: opening a file costs more than sending what is in it.
 *
 * @module
 */

/** A larger message is not kept: next to sending it, opening its file is nothing. */
const LARGEST = 16 * 1024;

/** What a kept message costs beside its octets, roughly. */
const OVERHEAD = 256;

interface Kept {
  readonly octets: Uint8Array;
  readonly time: number;
  readonly inode: number | null;
}

/**
 * Messages in memory, for any number of stores in folders together. What it holds is given out
 * only while the file is the one that was read, so it changes nothing but the speed.
 */
export class MessageCache {
  readonly #limit: number;
  /** By path, oldest first. */
  readonly #kept = new Map<string, Kept>();
  #used = 0;

  /** Holds up to `limit` octets (overhead included); 0 holds nothing. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Octets that are held, overhead included. */
  get used(): number {
    return this.#used;
  }

  /** The octets of the file as they were read, if `info` says that it is still the same. */
  find(path: string, info: Deno.FileInfo): Uint8Array | undefined {
    const kept = this.#kept.get(path);
    if (kept === undefined) return undefined;
    const isSame = kept.octets.length === info.size && kept.inode === info.ino &&
      kept.time === info.mtime?.getTime();
    return isSame ? kept.octets : undefined;
  }

  /** Keeps a copy of what was read, in place of what is known of that path. */
  keep(path: string, info: Deno.FileInfo, octets: Uint8Array): void {
    this.#forget(path);
    const cost = octets.length + OVERHEAD;
    const time = info.mtime?.getTime();
    if (time === undefined || octets.length > LARGEST || cost > this.#limit) return;
    for (const oldest of this.#kept.keys()) {
      if (this.#used + cost <= this.#limit) break;
      this.#forget(oldest);
    }
    this.#kept.set(path, { octets: octets.slice(), time, inode: info.ino });
    this.#used += cost;
  }

  #forget(path: string): void {
    const kept = this.#kept.get(path);
    if (kept === undefined) return;
    this.#kept.delete(path);
    this.#used -= kept.octets.length + OVERHEAD;
  }
}
