/**
 * What was read of the headers of messages, kept in a file so that the next search need not read
 * them again. It is only ever appended to, and belongs to nobody: whatever is missing, damaged or
 * lost is read from the messages again.
 *
 * A message is known by the SHA-256 of its octets, so that an entry can never be taken for that of
 * another message, whatever became of ids and names meanwhile.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isMissing, isPresent, toStoreError } from "./fs_errors.ts";
import type { HeaderFacts } from "./header_facts.ts";
import { FRAME_HEAD, newFrame, sealed, wholeFrame } from "./localfs/frames.ts";
import { FILE_MODE, FOLDER_MODE } from "./localfs/layout.ts";
import type { MimeItem } from "./mime_store.ts";
import { utf8 } from "./octets.ts";

/** Its first octets; a multiple of 8, for the frames behind it. Another folding, another number. */
const HEAD = utf8("izypop3 headers 1\n".padEnd(31) + "\n");
const ENTRIES = 1;
/** Octets of an entry's numbers: size of the message, two lengths, and whether it is parsable. */
const ENTRY_OCTETS = 8 + 4 + 4 + 1;
/** Characters of a key. */
const KEY = 64;
/** Entries that are written together. */
const BATCH = 4096;
/** A larger file is not ours, or of no more use: five million messages need less. */
const FILE_LIMIT = 1024 ** 3;

interface Entry extends HeaderFacts {
  /** The message's size. A damaged one still bears the fingerprint that it should have. */
  readonly size: number;
}

/** The index of the headers of a store's messages. */
export class HeaderIndex {
  readonly #path: string | undefined;
  readonly #entries = new Map<string, Entry>();
  /** Keys of the entries that are not in the file. */
  #fresh: string[] = [];
  /** How many entries the file has, those of vanished messages and twins included. */
  #stored = 0;
  /** Whether the file is there and whole. */
  #isWhole = false;
  #damaged = false;
  #problem: string | undefined;

  private constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Reads the file, if there is one; without a path all is forgotten in the end. Never fails. */
  static async open(path?: string): Promise<HeaderIndex> {
    const index = new HeaderIndex(path);
    if (path !== undefined) await index.#load(path);
    return index;
  }

  /** Whether there was something in the file that could not be read. */
  get damaged(): boolean {
    return this.#damaged;
  }

  /** Why it could not be read or written; it works from memory then. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How many messages it knows. */
  get size(): number {
    return this.#entries.size;
  }

  /** What it knows of the message. */
  find(item: MimeItem): HeaderFacts | undefined {
    const entry = this.#entries.get(keyOf(item));
    return entry?.size === item.size ? entry : undefined;
  }

  /** Takes down what was read of the message. */
  add(item: MimeItem, facts: HeaderFacts): void {
    if (this.find(item) !== undefined) return;
    const key = keyOf(item);
    this.#entries.set(key, { ...facts, size: item.size });
    this.#fresh.push(key);
    if (this.#fresh.length >= BATCH) this.flush();
  }

  /** Writes what is not in the file yet. */
  flush(): void {
    const path = this.#path;
    if (path === undefined || this.#problem !== undefined) return;
    try {
      if (!this.#isWhole) this.#replace(path);
      else if (this.#fresh.length > 0) this.#append(path);
    } catch (error) {
      const reason = toStoreError(error, `keep what was read of the headers in ${path}`);
      this.#problem = reason instanceof Error ? reason.message : String(reason);
    }
    this.#fresh = [];
  }

  /** Whether most of the file is about messages that a store with so many has no more. */
  isWasteful(messages: number): boolean {
    return this.#stored > 2 * messages + BATCH;
  }

  /** Forgets all but these messages. */
  retain(items: readonly MimeItem[]): void {
    const wanted = new Set(items.map(keyOf));
    for (const key of this.#entries.keys()) if (!wanted.has(key)) this.#entries.delete(key);
    this.#isWhole = false;
  }

  async #load(path: string): Promise<void> {
    try {
      const info = await Deno.lstat(path);
      if (!info.isFile) {
        this.#problem = `Cannot keep what was read of the headers in ${path}: it is no file`;
        return;
      }
      const octets = info.size > FILE_LIMIT ? new Uint8Array() : await Deno.readFile(path);
      this.#damaged = !this.#take(octets);
      this.#isWhole = !this.#damaged;
    } catch (error) {
      if (isMissing(error)) return;
      const reason = toStoreError(error, `read the index of headers ${path}`);
      this.#problem = reason instanceof Error ? reason.message : String(reason);
    }
  }

  /** Takes in what the file holds; whether all of it could be read. */
  #take(octets: Uint8Array): boolean {
    if (!HEAD.every((octet, i) => octets[i] === octet)) return false;
    const frames = octets.subarray(HEAD.length);
    const view = new DataView(frames.buffer, frames.byteOffset, frames.length);
    for (let at = 0; at < frames.length;) {
      const length = wholeFrame(frames, view, at);
      if (length === undefined) return false;
      this.#decode(frames.subarray(at, at + length), view.getUint32(at + 12, true));
      at += length;
    }
    return true;
  }

  #decode(frame: Uint8Array, count: number): void {
    const payload = frame.subarray(FRAME_HEAD);
    if (frame[0] !== ENTRIES || count * ENTRY_OCTETS > payload.length) return;
    const { sizes, lengths, flags, text } = columns(payload, count);
    const all = new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);
    let at = 0;
    const next = (length: number): string => all.slice(at, at += length);
    for (let i = 0; i < count; i++) {
      const key = next(KEY);
      const from = next(lengths[2 * i] ?? 0);
      const subject = next(lengths[2 * i + 1] ?? 0);
      this.#entries.set(key, { from, subject, parsable: flags[i] === 1, size: sizes[i] ?? 0 });
    }
    this.#stored += count;
  }

  /** In one write, so that what two programs append at a time does not mix. */
  #append(path: string): void {
    try {
      using file = Deno.openSync(path, { append: true });
      writeAll(file, this.#encode(this.#fresh));
      this.#stored += this.#fresh.length;
    } catch (error) {
      if (!isMissing(error)) throw error;
      this.#replace(path);
    }
  }

  /** Writes it anew; a reader sees the old one or the new one. */
  #replace(path: string): void {
    if (this.#entries.size === 0 && !this.#damaged) return;
    const temporary = `${path}.${crypto.randomUUID()}`;
    makeParent(path);
    try {
      {
        const options = { write: true, createNew: true, mode: FILE_MODE };
        using file = Deno.openSync(temporary, options);
        writeAll(file, HEAD);
        const keys = [...this.#entries.keys()];
        for (let at = 0; at < keys.length; at += BATCH) {
          writeAll(file, this.#encode(keys.slice(at, at + BATCH)));
        }
      }
      Deno.renameSync(temporary, path);
    } catch (error) {
      removeQuietly(temporary);
      throw error;
    }
    this.#stored = this.#entries.size;
    this.#isWhole = true;
  }

  #encode(keys: readonly string[]): Uint8Array {
    const facts = keys.map((key) => this.#entries.get(key));
    const text = new TextEncoder().encode(
      keys.map((key, i) => key + (facts[i]?.from ?? "") + (facts[i]?.subject ?? "")).join(""),
    );
    const frame = newFrame(ENTRIES, keys.length, keys.length * ENTRY_OCTETS + text.length);
    const to = columns(frame.subarray(FRAME_HEAD), keys.length);
    facts.forEach((each, i) => {
      to.sizes[i] = each?.size ?? 0;
      to.lengths[2 * i] = each?.from.length ?? 0;
      to.lengths[2 * i + 1] = each?.subject.length ?? 0;
      to.flags[i] = each?.parsable === true ? 1 : 0;
    });
    to.text.set(text);
    return sealed(frame);
  }
}

/** The columns in a payload, the widest first so that each is aligned. */
function columns(payload: Uint8Array, count: number): {
  readonly sizes: Float64Array;
  readonly lengths: Uint32Array;
  readonly flags: Uint8Array;
  readonly text: Uint8Array;
} {
  return {
    sizes: new Float64Array(payload.buffer, payload.byteOffset, count),
    lengths: new Uint32Array(payload.buffer, payload.byteOffset + 8 * count, 2 * count),
    flags: payload.subarray(16 * count, 17 * count),
    text: payload.subarray(17 * count),
  };
}

/** Where a store has no fingerprint, all that it tells of the message has to be the same. */
function keyOf({ fingerprint, id, guid, sourceid, size, created }: MimeItem): string {
  if (fingerprint.length === KEY) return fingerprint;
  const facts = JSON.stringify([id, guid, sourceid, size, created]);
  return createHash("sha256").update(facts).digest("hex");
}

/** Not recursively: where the store's own folder has gone it must not come back. */
function makeParent(path: string): void {
  const parent = path.replace(/[/\\][^/\\]*$/, "");
  if (parent === path || parent === "") return;
  try {
    Deno.mkdirSync(parent, { mode: FOLDER_MODE });
  } catch (error) {
    if (!isPresent(error)) throw error;
  }
}

function writeAll(file: Deno.FsFile, octets: Uint8Array): void {
  for (let at = 0; at < octets.length;) at += file.writeSync(octets.subarray(at));
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made; and if it cannot be removed, the first error says why.
  }
}
