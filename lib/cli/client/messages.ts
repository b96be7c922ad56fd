/**
 * `top`, `retr`, `dele`: the messages themselves.
 *
 * @module
 */
import { copyMessages, downloadToStore } from "../../client/download.ts";
import type { RemoteMessage } from "../../client/select.ts";
import { KnownSource } from "../../client/known_source.ts";
import { ServerRefusal } from "../../protocol/errors.ts";
import type { StoreError } from "../../stores/errors.ts";
import type { MimeStore } from "../../stores/mime_store.ts";
import { PartialFailure } from "../errors.ts";
import { note } from "../io.ts";
import { ProgressBar } from "../progress_bar.ts";
import { toCannotCreate } from "../stores.ts";
import { Teller } from "../telling.ts";
import { deletes, dueForDeletion, type SafeMessage, verified } from "./delete_stored.ts";
import { hiddenAfterBreak } from "./hidden.ts";
import type { SkipReason } from "./tally.ts";
import { fitting, listed, queried, type Task } from "./task.ts";

/** The header and the first lines of the body, as octets. */
export async function top(task: Task): Promise<void> {
  const { client, io, settings } = task;
  const refusals = new Refusals(task);
  for (const { number } of fitting(task, await queried(task))) {
    try {
      for await (const part of client.top(number, settings.lines)) {
        task.memory.irrevocable = true;
        await io.stdout.write(part);
      }
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error;
      refusals.add(number, error);
    }
  }
  refusals.settle();
}

/** Messages to standard output, or into a store. */
export async function retr(task: Task): Promise<void> {
  const { store } = task;
  await (store === undefined ? retrToOutput(task) : fetchInto(store, task, false));
}

/** Into the store what it has not got: nothing else is fetched. */
export async function sync(task: Task): Promise<void> {
  if (task.store !== undefined) await fetchInto(task.store, task, true);
}

/** Marks messages as deleted; QUIT does it. */
export async function dele(task: Task): Promise<void> {
  const { io: { stdout }, settings: { json }, memory } = task;
  const messages = fitting(task, await queried(task));
  // The next session's numbers may be other messages'.
  memory.irrevocable = true;
  memory.forgetNumbers();
  const refusals = new Refusals(task);
  for (const number of await deleteAll(task, messages, refusals)) {
    await (json ? stdout.json({ id: number, deleted: true }) : stdout.line(`${number}`));
  }
  refusals.settle();
}

const REFUSED: SkipReason = "refused by the server";

/** Octets of a message that is held back until it is complete: half of it could not be resumed. */
const HELD_BACK = 4 * 1024 * 1024;

async function retrToOutput(task: Task): Promise<void> {
  const { client, io, memory } = task;
  const { all, queried } = await listed(task, false);
  const { left } = memory.left(fitting(task, queried), all);
  const refusals = new Refusals(task);
  // On the terminal where the messages go a bar would be in their way.
  using bar = ProgressBar.start(io, "retr", task.settings.progress && !io.outputIsTerminal());
  let held: Uint8Array[] = [];
  let size = 0;
  const release = async (): Promise<void> => {
    for (const part of held) await io.stdout.write(part);
    held = [];
  };
  const write = async (octets: Uint8Array): Promise<void> => {
    size += octets.length;
    if (size <= HELD_BACK) return void held.push(octets.slice());
    memory.irrevocable = true;
    await release();
    await io.stdout.write(octets);
  };
  const results = copyMessages(client, left, write, { onProgress: (now) => bar.show(now) });
  for await (const result of results) {
    if (result.outcome === "refused") {
      bar.hide();
      refusals.add(result.message.number, result.refusal);
      continue;
    }
    await release();
    size = 0;
    memory.done(result.message);
    memory.irrevocable = false;
  }
  refusals.settle();
}

/** All that is meant, or only what the store has not got. */
async function fetchInto(store: MimeStore, task: Task, onlyNew: boolean): Promise<void> {
  const { io, sourceid, memory } = task;
  const refusals = new Refusals(task);
  const teller = new Teller(io, task.settings.json);
  const listing = await listed(task, true);
  const source = await KnownSource.load(store, sourceid, listing.all);
  const all = source.messages;
  const meant = listing.queried === listing.all ? all : all.filter(among(listing.queried));
  const itemOf = (message: RemoteMessage) =>
    memory.itemOf(message) ?? (onlyNew ? source.find(message) : undefined);
  const wanted = onlyNew ? meant.filter((message) => source.find(message) === undefined) : meant;
  memory.tally.session(meant.length - wanted.length);
  if (memory.tally.sessions === 1) await tellTooLarge(task, wanted, teller);
  const { left, vanished } = memory.left(fitting(task, wanted), all);
  if (vanished > 0) note(io, hiddenAfterBreak(sourceid, vanished));
  const isLeft = among(left);
  const safe = deletes(task)
    ? meant.flatMap((message): SafeMessage[] => {
      const item = isLeft(message) ? undefined : itemOf(message);
      return item === undefined ? [] : [{ message, item }];
    })
    : [];
  // A store that nothing goes into need not be one that can be written to.
  if (left.length > 0) {
    safe.push(...await download(store, task, left, { source, refusals, teller }));
  }
  await source.tidy();
  // Only now: all that is to be deleted is on disk (and QUIT, which does it, comes after this).
  await deleteSafe(store, task, safe, refusals);
  refusals.settle();
}

/** Who hears of what became of a message. */
interface Listeners {
  readonly source: KnownSource;
  readonly refusals: Refusals;
  readonly teller: Teller;
}

/** Gives those that are in the store now. */
async function download(
  store: MimeStore,
  task: Task,
  messages: readonly RemoteMessage[],
  { source, refusals, teller }: Listeners,
): Promise<SafeMessage[]> {
  const { client, io, signal, sourceid, memory } = task;
  const safe: SafeMessage[] = [];
  memory.fetching = true;
  using bar = ProgressBar.start(io, "retr", task.settings.progress);
  const onProgress = bar.show.bind(bar);
  const guidOf = (message: RemoteMessage) => {
    memory.begins(message);
    return source.guidOf(message);
  };
  const options = { sourceid, signal, onProgress, guidOf };
  try {
    for await (const result of downloadToStore(client, store, messages, options)) {
      bar.hide();
      const { message } = result;
      if (result.outcome === "refused") {
        refusals.add(message.number, result.refusal);
        memory.tally.skipped(REFUSED);
        await teller.skipped(message.number, message.size, REFUSED);
        continue;
      }
      memory.tally.fetched(result.outcome, result.item.size);
      await source.remember(message, result.item);
      memory.done(message, result.item);
      safe.push({ message, item: result.item });
      await teller.tell(message.number, result);
    }
  } catch (error) {
    throw toCannotCreate(error, { modhandler: task.settings["mimestore.modhandler"] ?? "" });
  }
  memory.fetching = false;
  return safe;
}

async function deleteSafe(
  store: MimeStore,
  task: Task,
  safe: readonly SafeMessage[],
  refusals: Refusals,
): Promise<void> {
  const due = dueForDeletion(task, safe);
  if (due.length === 0) return;
  const { good, failed } = await verified(task, store, due);
  task.memory.forgetNumbers();
  task.memory.tally.deleted((await deleteAll(task, good, refusals)).length);
  if (failed !== undefined) refusals.damaged(failed);
}

/** Programs hear of every message that was meant, also of those that stay where they are. */
async function tellTooLarge(
  { settings }: Task,
  messages: readonly RemoteMessage[],
  teller: Teller,
): Promise<void> {
  const most = settings["max-size"] ?? Infinity;
  for (const { number, size } of messages) {
    if (size > most) await teller.skipped(number, size, "over --max-size");
  }
}

function among(messages: readonly RemoteMessage[]): (message: RemoteMessage) => boolean {
  const numbers = new Set(messages.map(({ number }) => number));
  return ({ number }) => numbers.has(number);
}

async function deleteAll(
  { client }: Task,
  messages: readonly RemoteMessage[],
  refusals: Refusals,
): Promise<readonly number[]> {
  const deleted: number[] = [];
  for await (const { number, refusal } of client.deleteAll(messages.map(({ number }) => number))) {
    if (refusal === undefined) deleted.push(number);
    else refusals.add(number, refusal);
  }
  return deleted;
}

/** Messages that the server refused: each is told, the others go on, the first decides the end. */
class Refusals {
  readonly #task: Task;
  #first: ServerRefusal | StoreError | undefined;

  constructor(task: Task) {
    this.#task = task;
  }

  add(number: number, refusal: ServerRefusal): void {
    this.#first ??= refusal;
    const words = refusal.text === "" ? "the server gave no reason" : refusal.text;
    note(this.#task.io, `message ${number} was refused (${refusal.command}): ${words}`);
  }

  /** What is damaged here was told already. */
  damaged(error: StoreError): void {
    this.#first ??= error;
  }

  settle(): void {
    if (this.#first === undefined) return;
    throw new PartialFailure("Some messages were left where they are", { cause: this.#first });
  }
}
