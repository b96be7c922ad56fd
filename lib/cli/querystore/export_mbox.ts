/**
 * `querystore export [FILE]`: messages as an mbox, to a file or to standard output.
 *
 * @module
 */
import { reasonOf } from "../../config/config_file.ts";
import { StoreError } from "../../stores/errors.ts";
import { MboxQuoter, mboxStart } from "../../stores/mbox.ts";
import type { MimeItem } from "../../stores/mime_store.ts";
import { CannotCreateError, PartialFailure } from "../errors.ts";
import { note } from "../io.ts";
import { Output } from "../output.ts";
import { MboxFile } from "./mbox_file.ts";
import type { Task } from "./task.ts";
import { WorkCounter } from "./work_progress.ts";

/** Writes messages to `file`, which appears when it is whole, or to standard output for `-`. */
export async function exportToMbox(
  task: Task,
  items: readonly MimeItem[],
  file: string,
): Promise<void> {
  if (file === "-") return await stream(task, items, task.io.stdout);
  const path = await regularPath(file);
  if (path !== undefined) return await writeFile(task, items, path);
  // A pipe or a device, which nothing can take the place of.
  using pipe = await creating(file, () => Deno.open(file, { write: true }));
  const output = new Output((octets) => pipe.write(octets));
  await stream(task, items, output);
  await output.flush();
}

async function writeFile(task: Task, items: readonly MimeItem[], path: string): Promise<void> {
  const { io, settings } = task;
  await using file = await MboxFile.open(path);
  const resumed = await file.resume(items);
  const rest = items.slice(resumed);
  using counter = countedOf(task, rest, false);
  let unread: StoreError | undefined;
  for (const item of rest) {
    const start = file.length;
    try {
      await writeMessage(task, item, (octets) => file.write(octets));
      await file.finishMessage(item);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      // One damaged message must not keep the others out.
      await file.takeBack(start);
      counter.hide();
      note(io, `${item.name}: ${error.cause.message}`);
      unread ??= error.cause;
      continue;
    }
    counter.add(1, item.size);
  }
  await file.finish();
  counter.hide();
  const messages = resumed + counter.messages;
  const before = resumed === 0 ? "" : `, ${resumed} of them by an earlier run`;
  note(io, `${messages} messages written to ${path}${before}`);
  if (settings.json) await io.stdout.json({ file: path, messages, octets: file.length });
  if (unread !== undefined) {
    throw new PartialFailure("Some messages cannot be read", { cause: unread });
  }
}

async function stream(task: Task, items: readonly MimeItem[], output: Output): Promise<void> {
  using counter = countedOf(task, items, true);
  for (const item of items) {
    try {
      await writeMessage(task, item, (octets) => output.write(octets));
    } catch (error) {
      // What went down the pipe cannot be taken back.
      throw error instanceof UnreadableError ? error.cause : error;
    }
    counter.add(1, item.size);
  }
}

function countedOf(
  { io, settings }: Task,
  items: readonly MimeItem[],
  prints: boolean,
): WorkCounter {
  const octets = items.reduce((sum, { size }) => sum + size, 0);
  const total = { messages: items.length, octets };
  return new WorkCounter(io, "export", total, settings.progress, prints);
}

async function writeMessage(
  { store, signal }: Task,
  item: MimeItem,
  write: (octets: Uint8Array) => Promise<void>,
): Promise<void> {
  const quoter = new MboxQuoter();
  await write(mboxStart(item.messageUTCTimestamp || item.created));
  for await (const chunk of readable(store.read(item, { form: "kept", signal }))) {
    for (const piece of quoter.push(chunk)) await write(piece);
  }
  for (const piece of quoter.finish()) await write(piece);
}

/** A message that cannot be read, while the store and the output are as they should be. */
class UnreadableError extends Error {
  override readonly name = "UnreadableError";
  override readonly cause: StoreError;

  constructor(cause: StoreError) {
    super(cause.message);
    this.cause = cause;
  }
}

async function* readable(octets: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* octets;
  } catch (error) {
    const kinds = ["corrupt", "gone", "denied"];
    if (error instanceof StoreError && kinds.includes(error.kind)) throw new UnreadableError(error);
    throw error;
  }
}

/** Where a file is, or will be, behind all links; `undefined` for what is no file but a device. */
async function regularPath(file: string): Promise<string | undefined> {
  return await creating(file, async () => {
    let info: Deno.FileInfo;
    try {
      info = await Deno.stat(file);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return file;
      throw error;
    }
    if (info.isDirectory) throw new Deno.errors.IsADirectory("it is a folder");
    return info.isFile ? await Deno.realPath(file) : undefined;
  });
}

async function creating<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = reasonOf(error);
    throw new CannotCreateError(`Cannot make the mbox ${file}: ${reason}`, { cause: error });
  }
}
