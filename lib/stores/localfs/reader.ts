/**
 * Reading messages, and noticing what others have done to them.
 *
 * @module
 */
import { canonicalOctets } from "../../protocol/crlf.ts";
import { StoreError } from "../errors.ts";
import { isMissing, orStoreErrorLater, toStoreError } from "../fs_errors.ts";
import { goneError } from "../gone.ts";
import type { MimeItem, ReadOptions } from "../mime_store.ts";
import { inForm } from "../wire_form.ts";
import { REMOVED } from "./frames.ts";
import type { Layout } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import type { MessageCache } from "./message_cache.ts";
import { SMALL_FILE, timeOf } from "./scan.ts";

/** Larger messages come in pieces of this size. */
const BLOCK = 128 * 1024;

/**
 * Milliseconds. What lies in memory is read in a hundredth of this, and asking a thread for it
 * would take longer than that; a disk that takes its time must not hold up other clients.
 */
const SLOW_READ = 2;

/** An open message. */
interface Opened {
  readonly file: Deno.FsFile;
  readonly size: number;
  readonly canonical: boolean;
}

/** Reads the messages of one folder. */
export class Reader {
  readonly #layout: Layout;
  readonly #ledger: Ledger;
  readonly #cache: MessageCache | undefined;

  constructor(layout: Layout, ledger: Ledger, cache?: MessageCache) {
    this.#layout = layout;
    this.#ledger = ledger;
    this.#cache = cache;
  }

  /** The item's octets, as `MimeStore.read` says. */
  async *read(item: MimeItem, options: ReadOptions): AsyncGenerator<Uint8Array> {
    options.signal?.throwIfAborted();
    if (item.size <= SMALL_FILE) {
      // What shows whether there is more than there should be is the octet behind the end.
      const into = new Uint8Array(item.size + 1);
      const count = this.readAtOnce(item, into, options.form);
      if (count !== undefined) return yield into.subarray(0, count);
    }
    const opened = await orStoreErrorLater(`read ${item.name}`, async () => {
      return this.#open(item) ?? await this.#search(item);
    });
    const { form = "wire" } = options;
    const kept = chunksOf(opened, item, options.reuse ?? false);
    yield* inForm(kept, { ...options, form: opened.canonical ? "kept" : form });
  }

  /**
   * Reads without going to a thread, as `MimeStore.readAtOnce` says. `undefined` also where
   * something is wrong: the long way finds out what.
   */
  readAtOnce(
    item: MimeItem,
    into: Uint8Array,
    form: ReadOptions["form"] = "wire",
  ): number | undefined {
    const { catalog } = this.#ledger;
    const row = catalog.findItem(item);
    if (row === undefined || item.size >= into.length) return undefined;
    const { table } = catalog;
    const path = `${this.#layout.folders[table.tag[row] ?? 0]}/${table.fileName(row)}`;
    try {
      const info = Deno.lstatSync(path);
      const isSame = info.size === table.kept[row] && timeOf(info) === table.mtime[row];
      if (!info.isFile || !isSame || table.size[row] !== item.size) return undefined;
      const kept = this.#cache?.find(path, info);
      const count = kept?.length ?? readOnce(path, into);
      if (count !== info.size) return undefined;
      if (kept === undefined) this.#cache?.keep(path, info, into.subarray(0, count));
      else into.set(kept);
      if (form === "kept" || table.isCanonical(row)) return count;
      const repaired = canonicalOctets(into.subarray(0, count));
      into.set(repaired);
      return repaired.length;
    } catch {
      return undefined;
    }
  }

  /** Opens the file where we know it; `undefined` where it is not, or not as we know it. */
  #open(item: MimeItem): Opened | undefined {
    const { catalog } = this.#ledger;
    const row = catalog.findItem(item);
    if (row === undefined) return undefined;
    const { table } = catalog;
    const file = openFile(`${this.#layout.folders[table.tag[row] ?? 0]}/${table.fileName(row)}`);
    if (file === undefined) return undefined;
    const info = file.statSync();
    const isSame = info.size === table.kept[row] && timeOf(info) === table.mtime[row];
    // Sizes may have been told from the item, so what was found since must be the same.
    if (isSame && table.size[row] === item.size) {
      return { file, size: info.size, canonical: table.isCanonical(row) };
    }
    file.close();
    return undefined;
  }

  /** Looks whether the message was moved, or only touched, by someone else. */
  async #search(item: MimeItem): Promise<Opened> {
    this.#ledger.watch.forget();
    const catalog = await this.#ledger.current();
    const row = catalog.findItem(item);
    if (row === undefined) throw goneError([item]);
    const opened = this.#open(item);
    if (opened !== undefined) return opened;
    if (await this.#measureAgain(item, row)) {
      const again = this.#open(item);
      if (again !== undefined) return again;
    }
    throw changed(item);
  }

  /** Takes down what the file is now; whether that is still the item's message. */
  async #measureAgain(item: MimeItem, row: number): Promise<boolean> {
    return await this.#ledger.take(async (catalog) => {
      if (catalog.findItem(item) !== row) return true;
      const before = catalog.table.row(row);
      const after = await this.#ledger.survey.measureAgain(before).catch((error) => {
        if (isMissing(error)) throw goneError([item]);
        throw error;
      });
      this.#ledger.record({ changes: [{ row, to: REMOVED }], rows: [after.row] });
      return after.isSame && before.size === item.size && before.fingerprint === item.fingerprint;
    });
  }
}

/** The first octets of a file, for which a local file system needs one call. */
function readOnce(path: string, into: Uint8Array): number {
  using file = Deno.openSync(path);
  return file.readSync(into) ?? 0;
}

/** All octets of the file, which is closed behind them; throws where there are not as many any more. */
async function* chunksOf(
  { file, size }: Opened,
  item: MimeItem,
  reuse: boolean,
): AsyncGenerator<Uint8Array> {
  using _ = file;
  let block = new Uint8Array(0);
  let isSlow = false;
  for (let at = 0; at < size;) {
    const length = Math.min(size - at, BLOCK);
    if (!reuse || block.length < length) block = new Uint8Array(length);
    const start = performance.now();
    let count: number | null;
    try {
      const chunk = block.subarray(0, length);
      count = isSlow ? await file.read(chunk) : file.readSync(chunk);
      isSlow ||= performance.now() - start > SLOW_READ;
    } catch (error) {
      throw toStoreError(error, `read ${item.name}`);
    }
    if (count === null) throw changed(item);
    at += count;
    yield block.subarray(0, count);
  }
}

function openFile(path: string): Deno.FsFile | undefined {
  try {
    // Not through a link, wherever it may lead.
    return Deno.lstatSync(path).isFile ? Deno.openSync(path) : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function changed(item: MimeItem): StoreError {
  return new StoreError(
    "corrupt",
    `Cannot read ${item.name}: the file has been changed since it was listed; list again`,
  );
}
