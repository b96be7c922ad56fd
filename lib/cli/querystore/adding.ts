/**
 * `querystore add` and `import`: messages from files, folders, mbox files and standard input. Each
 * is known by its content, so none is added twice, however often the run is repeated.
 *
 * @module
 */
import { UsageError } from "../../config/errors.ts";
import { headerFacts } from "../../stores/header_facts.ts";
import { readMbox } from "../../stores/mbox.ts";
import { peekHead } from "../../stores/message_head.ts";
import type { NewMimeItem, Tag } from "../../stores/mime_store.ts";
import { chunksOf, type InputFile, inputFiles } from "./input.ts";
import type { Task } from "./task.ts";
import { Teller } from "../telling.ts";
import { WorkCounter } from "./work_progress.ts";

/** Adds files, a message each, and those of folders. */
export async function add(task: Task): Promise<void> {
  await addAll(task, "message");
}

/** Adds the messages of mbox files, and those of folders. */
export async function importAll(task: Task): Promise<void> {
  await addAll(task, "mbox");
}

async function addAll(task: Task, kind: InputFile["kind"]): Promise<void> {
  const { store, files: words, io, settings, signal } = task;
  const files: InputFile[] = [];
  // All of them are looked for before the first one is read.
  for (const word of words) files.push(...await inputFiles(word, kind));
  await refuseOwn(files, settings["mimestore.path"]);
  const octets = files.reduce((sum, file) => sum + file.octets, 0);
  using counter = new WorkCounter(
    io,
    kind === "mbox" ? "import" : "add",
    { octets },
    settings.progress,
    true,
  );
  const teller = new Teller(io, settings.json);
  for await (const result of store.addItems(newItems(task, files, counter), { signal })) {
    counter.add(1, 0);
    await teller.tell(result.item.id, result);
  }
}

async function* newItems(
  task: Task,
  files: readonly InputFile[],
  counter: WorkCounter,
): AsyncGenerator<NewMimeItem> {
  for (const file of files) {
    const octets = chunksOf(file, task.io, (count) => counter.add(0, count));
    if (file.kind === "message") yield* newItem(task, octets);
    else for await (const message of readMbox(octets, file.path)) yield* newItem(task, message);
  }
}

async function* newItem(
  { settings }: Task,
  octets: AsyncIterable<Uint8Array>,
): AsyncGenerator<NewMimeItem> {
  const { sourceid, tag } = settings;
  const item = { sourceid, guid: byContent };
  if (!settings["tag-unparsable"]) {
    yield { ...item, octets, ...tagged(tag) };
    return;
  }
  await using peeked = await peekHead(octets);
  const { parsable } = await headerFacts(peeked.head);
  yield { ...item, octets: peeked.octets, ...tagged(parsable ? tag : "conversionerror") };
}

function tagged(tag: Tag | undefined): { readonly tag?: Tag } {
  return tag === undefined ? {} : { tag };
}

function byContent(fingerprint: string): string {
  return `sha256-${fingerprint}`;
}

/** What is in the store already would be stored once more, under another name. */
async function refuseOwn(files: readonly InputFile[], store: string | undefined): Promise<void> {
  if (store === undefined) return;
  const own = await realPath(store);
  // A folder with a hundred thousand files is looked at once.
  const known = new Set<string>();
  for (const { path } of files) {
    const folder = path.replace(/[^/\\]*$/, "") || ".";
    if (path === "-" || known.has(folder)) continue;
    known.add(folder);
    if (!`${await realPath(folder)}/`.startsWith(`${own}/`)) continue;
    throw new UsageError(`Cannot take the message ${path}: it is in the store already`);
  }
}

/** As it is where there is no such path: whoever reads it says so. */
async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}
