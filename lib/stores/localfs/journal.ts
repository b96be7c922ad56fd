/**
 * Work on many messages that a crash must not leave half done: it is written down before it
 * begins, and whoever opens the folder next does the rest.
 *
 * @module
 */
import { type Logger, silentLogger } from "../../log.ts";
import { StoreError } from "../errors.ts";
import { isFull } from "../fs_errors.ts";
import { isTag, type ItemChange, type MimeItem, type StoreLock } from "../mime_store.ts";
import { lockExclusively, openLockFile, tryLockFile } from "./file_lock.ts";
import { type Layout, ownFile } from "./layout.ts";
import type { Mover } from "./mover.ts";

/** What names a message well enough to find it. */
type Named = Pick<MimeItem, "id" | "name">;

/** A change as it is written down. */
interface Entry {
  readonly item: Named;
  readonly to: ItemChange["to"];
}

/** The first line; without the last line nothing had begun. */
const HEAD = "izypop3 journal 1";
const END = "end";

/**
 * One file in the hidden folder. It is locked while somebody is at work; if it holds anything and
 * nobody has it locked, who wrote it has died.
 */
export class Journal {
  readonly #layout: Layout;
  readonly #mover: Mover;
  readonly #logger: Logger;

  constructor(layout: Layout, mover: Mover, logger: Logger = silentLogger) {
    this.#layout = layout;
    this.#mover = mover;
    this.#logger = logger;
  }

  /** Does all of it, as `MimeStore.applyAll` says. */
  async applyAll(changes: readonly ItemChange[]): Promise<void> {
    // One rename is done or not done by itself.
    if (changes.length < 2) return await this.#apply(changes);
    using file = openLockFile(this.#layout, ownFile(this.#layout, "journal"));
    await lockExclusively(file);
    await this.#finish(file);
    try {
      await this.#write(file, changes);
      await this.#apply(changes);
    } finally {
      // Also after a failure: what the caller was told remains must not vanish later.
      file.truncateSync();
    }
  }

  /** Does what a process left undone that died in {@linkcode applyAll}. One stat if none did. */
  async recover(): Promise<void> {
    if ((sizeOf(ownFile(this.#layout, "journal")) ?? 0) === 0) return;
    using file = await tryLockFile(this.#layout, ownFile(this.#layout, "journal"));
    // Locked: somebody is at work on it right now.
    if (file !== undefined) await this.#finish(file);
  }

  /** Recovers once the lock is there: whoever had it before may have died at work. */
  async recoverBehind(taking: Promise<StoreLock>): Promise<StoreLock> {
    const lock = await taking;
    try {
      const size = sizeOf(ownFile(this.#layout, "journal"));
      if (size === undefined) this.#makeEmpty();
      else if (size > 0) await this.recover();
      return lock;
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** To find nothing costs twenty times as much as to find an empty file: an error is made of it. */
  #makeEmpty(): void {
    try {
      openLockFile(this.#layout, ownFile(this.#layout, "journal")).close();
    } catch {
      // A folder that is not there yet, or that we may not write to: no journal will be either.
    }
  }

  /** On a full disk nothing is written down: whoever removes messages there wants room. */
  async #write(file: Deno.FsFile, entries: readonly Entry[]): Promise<void> {
    try {
      await write(file, entries);
    } catch (error) {
      if (!isFull(error)) throw error;
      file.truncateSync();
      this.#logger.warn("The disk is full; a crash may leave the next changes half done", {
        path: this.#layout.root,
      });
    }
  }

  async #finish(file: Deno.FsFile): Promise<void> {
    if (file.statSync().size === 0) return;
    const text = await readText(file);
    const entries = parse(text);
    if (entries !== undefined) {
      this.#logger.warn("Completing the work of a process that died", {
        path: this.#layout.root,
        messages: entries.length,
      });
      await this.#apply(entries).catch((error) => this.#giveUp(error));
    }
    file.truncateSync();
    file.seekSync(0, Deno.SeekMode.Start);
  }

  /** What cannot be completed stays as it is: the messages that can be read must be served. */
  #giveUp(error: unknown): void {
    // What is gone was done before the crash, or by somebody else.
    if (error instanceof StoreError && error.kind === "gone") return;
    this.#logger.error("Cannot complete that work; messages remain that were to be changed", {
      path: this.#layout.root,
      reason: error instanceof Error ? error.message : String(error),
    });
  }

  /** Tries everything before it throws what went wrong first. */
  async #apply(entries: readonly Entry[]): Promise<void> {
    const failures: unknown[] = [];
    for (const [to, items] of Map.groupBy(entries, ({ to }) => to)) {
      const named = items.map(({ item }) => item);
      const work = to === "removed" ? this.#mover.remove(named) : this.#mover.mark(named, to);
      await work.catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

async function write(file: Deno.FsFile, entries: readonly Entry[]): Promise<void> {
  const lines = entries.map(({ item, to }) => JSON.stringify([to, item.id, item.name]));
  const octets = new TextEncoder().encode([HEAD, ...lines, END, ""].join("\n"));
  for (let done = 0; done < octets.length;) done += await file.write(octets.subarray(done));
  await file.syncData();
}

/** What was to be done; `undefined` where the writing had not come to its end. */
function parse(text: string): Entry[] | undefined {
  const lines = text.split("\n");
  if (lines.shift() !== HEAD || lines.pop() !== "" || lines.pop() !== END) return undefined;
  const entries = lines.map(parseLine);
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function parseLine(line: string): Entry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || !value.every((word) => typeof word === "string")) return undefined;
  const [to = "", id = "", name = ""] = value;
  if (to !== "removed" && !isTag(to)) return undefined;
  return { item: { id, name }, to };
}

async function readText(file: Deno.FsFile): Promise<string> {
  const octets = new Uint8Array(file.statSync().size);
  let used = 0;
  while (used < octets.length) {
    const count = await file.read(octets.subarray(used));
    if (count === null) break;
    used += count;
  }
  return new TextDecoder().decode(octets.subarray(0, used));
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch {
    // Missing, or in a folder that we may not look into: then nothing is to be done by us.
    return undefined;
  }
}
