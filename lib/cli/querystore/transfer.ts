/**
 * What `querystore` moves: files into a store, a store into another one, and to and from mbox.
 *
 * @module
 */
import { reasonOf } from "../../config/config_file.ts";
import { joined } from "../../stores/octets.ts";
import { MboxQuoter, mboxStart, readMbox } from "../../stores/mbox.ts";
import type { AddResult, MimeItem, MimeStore, NewMimeItem, Tag } from "../../stores/mime_store.ts";
import { CannotCreateError } from "../errors.ts";
import { type Io, note } from "../io.ts";
import { Output } from "../output.ts";
import { ProgressBar } from "../progress_bar.ts";
import { chunksOf, messageFiles } from "./input.ts";

/** What a transfer works with. */
export interface Transfer {
  readonly store: MimeStore;
  readonly items: readonly MimeItem[];
  readonly io: Io;
  readonly signal: AbortSignal;
  readonly progress: boolean;
}

/** Tells how far it is, on the terminal. */
class Counter implements Disposable {
  readonly #bar: ProgressBar;
  readonly #messagesTotal: number;
  readonly #octetsTotal: number;
  #messages = 0;
  #octets = 0;

  constructor({ io, items, progress }: Transfer, title: string) {
    this.#bar = ProgressBar.start(io, title, progress);
    this.#messagesTotal = items.length;
    this.#octetsTotal = items.reduce((sum, { size }) => sum + size, 0);
  }

  add({ size }: MimeItem): void {
    this.#messages++;
    this.#octets += size;
    this.#bar.show({
      messages: this.#messages,
      messagesTotal: this.#messagesTotal,
      octets: this.#octets,
      octetsTotal: this.#octetsTotal,
    });
  }

  [Symbol.dispose](): void {
    this.#bar[Symbol.dispose]();
  }
}

/**
 * Copies messages into another store, with their sources, ids and tags; what is there already is
 * not read again, so that a run that was cut is completed by the next one.
 */
export async function exportToStore(transfer: Transfer, target: MimeStore): Promise<void> {
  const { store, items, io, signal } = transfer;
  using counter = new Counter(transfer, "export");
  let stored = 0;
  let at = 0;
  const copies = function* (): Generator<NewMimeItem> {
    for (const item of items) {
      const { sourceid, guid, tag } = item;
      yield { sourceid, guid, tag, octets: store.read(item, { form: "kept", signal }) };
    }
  };
  for await (const { outcome } of target.addItems(copies(), { signal })) {
    if (outcome === "stored") stored++;
    const item = items[at++];
    if (item !== undefined) counter.add(item);
  }
  note(io, `${stored} messages stored, ${at - stored} were there`);
}

/** Writes messages as an mbox, to a file that appears when it is whole, or to standard output. */
export async function exportToMbox(transfer: Transfer, file: string): Promise<void> {
  if (file === "-") {
    await writeMbox(transfer, (octets) => transfer.io.stdout.write(octets));
    return;
  }
  const temporary = `${file}.${crypto.randomUUID()}`;
  const output = await createFile(temporary, file);
  try {
    const gathered = new Output((octets) => output.write(octets));
    await writeMbox(transfer, (octets) => gathered.write(octets));
    await gathered.flush();
    await output.sync();
    await Deno.rename(temporary, file);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  } finally {
    output.close();
  }
}

/** Adds messages, a file each; each is known by its content, so none is added twice. */
export async function* addFiles(
  { store, io, signal }: Pick<Transfer, "store" | "io" | "signal">,
  words: readonly string[],
  { sourceid }: { readonly sourceid: string },
): AsyncGenerator<AddResult> {
  const messages = async function* (): AsyncGenerator<NewMimeItem, void, undefined> {
    for (const word of words) {
      for (const file of await messageFiles(word)) {
        yield { sourceid, guid: byContent, octets: chunksOf(file, "message", io) };
      }
    }
  };
  yield* store.addItems(messages(), { signal });
}

/** Adds the messages of mbox files; each is known by its content, so none is added twice. */
export async function* importMbox(
  { store, io, signal }: Pick<Transfer, "store" | "io" | "signal">,
  files: readonly string[],
  { sourceid, tag }: { readonly sourceid: string; readonly tag: Tag | undefined },
): AsyncGenerator<AddResult> {
  const messages = async function* (): AsyncGenerator<NewMimeItem, void, undefined> {
    for (const file of files) {
      for await (const octets of readMbox(chunksOf(file, "mbox", io))) {
        yield { sourceid, guid: byContent, octets, ...(tag !== undefined && { tag }) };
      }
    }
  };
  yield* store.addItems(messages(), { signal });
}

function byContent(fingerprint: string): string {
  return `sha256-${fingerprint}`;
}

async function writeMbox(
  transfer: Transfer,
  write: (octets: Uint8Array) => Promise<void>,
): Promise<void> {
  const { store, items, signal, io } = transfer;
  // On the terminal where the messages go a bar would be in their way.
  const progress = transfer.progress && !io.outputIsTerminal();
  using counter = new Counter({ ...transfer, progress }, "export");
  for (const item of items) {
    const quoter = new MboxQuoter();
    await write(mboxStart(item.messageUTCTimestamp || item.created));
    for await (const chunk of store.read(item, { form: "kept", signal })) {
      await write(joined([...quoter.push(chunk)]));
    }
    await write(joined([...quoter.finish()]));
    counter.add(item);
  }
}

async function createFile(temporary: string, file: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    const reason = reasonOf(error);
    throw new CannotCreateError(`Cannot make the mbox ${file}: ${reason}`, { cause: error });
  }
}
