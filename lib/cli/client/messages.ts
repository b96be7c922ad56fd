/**
 * `top`, `retr`, `dele`: the messages themselves.
 *
 * @module
 */
import { copyMessages, downloadToStore } from "../../client/download.ts";
import type { RemoteMessage } from "../../client/select.ts";
import { ServerRefusal } from "../../protocol/errors.ts";
import type { MimeStore } from "../../stores/mime_store.ts";
import { PartialFailure } from "../errors.ts";
import { note } from "../io.ts";
import { tellAdded } from "../items.ts";
import { ProgressBar } from "../progress_bar.ts";
import { fitting, queried, type Task } from "./task.ts";

/** The header and the first lines of the body, as octets. */
export async function top(task: Task): Promise<void> {
  const { client, io, settings } = task;
  const refusals = new Refusals(task);
  for (const { number } of fitting(task, await queried(task))) {
    try {
      for await (const part of client.top(number, settings.lines)) await io.stdout.write(part);
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
  if (store === undefined) return await retrToOutput(task);
  await fetchInto(store, task, withoutSharedUids(fitting(task, await queried(task, true))));
}

/** Into the store what it has not got: nothing else is fetched. */
export async function sync(task: Task): Promise<void> {
  const { store, sourceid } = task;
  if (store === undefined) return;
  const items = (await store.query()).filter((item) => item.sourceid === sourceid);
  const known = new Set(items.map(({ guid }) => guid));
  const isKnown = ({ uid }: RemoteMessage) => uid !== undefined && known.has(uid);
  const messages = withoutSharedUids(await queried(task, true));
  const wanted = fitting(task, messages.filter((message) => !isKnown(message)));
  await fetchInto(store, task, wanted, messages.filter(isKnown));
}

/** Marks messages as deleted; QUIT does it. */
export async function dele(task: Task): Promise<void> {
  const { io: { stdout }, settings: { json } } = task;
  const messages = fitting(task, await queried(task));
  const refusals = new Refusals(task);
  for (const number of await deleteAll(task, messages, refusals)) {
    await (json ? stdout.json({ id: number, deleted: true }) : stdout.line(`${number}`));
  }
  refusals.settle();
}

async function retrToOutput(task: Task): Promise<void> {
  const { client, io } = task;
  const messages = fitting(task, await queried(task));
  const refusals = new Refusals(task);
  // On the terminal where the messages go a bar would be in their way.
  using bar = ProgressBar.start(io, "retr", task.settings.progress && !io.outputIsTerminal());
  const write = (octets: Uint8Array) => io.stdout.write(octets);
  const results = copyMessages(client, messages, write, { onProgress: (now) => bar.show(now) });
  for await (const result of results) {
    if (result.outcome !== "refused") continue;
    bar.hide();
    refusals.add(result.message.number, result.refusal);
  }
  refusals.settle();
}

/** `there` are messages that the store has already. */
async function fetchInto(
  store: MimeStore,
  task: Task,
  messages: readonly RemoteMessage[],
  there: readonly RemoteMessage[] = [],
): Promise<void> {
  const { client, io, signal, sourceid } = task;
  const refusals = new Refusals(task);
  const safe = [...there];
  {
    using bar = ProgressBar.start(io, "retr", task.settings.progress);
    const onProgress = bar.show.bind(bar);
    const options = { sourceid, signal, onProgress };
    for await (const result of downloadToStore(client, store, messages, options)) {
      bar.hide();
      if (result.outcome === "refused") {
        refusals.add(result.message.number, result.refusal);
      } else {
        safe.push(result.message);
        await tellAdded(io, result.message.number, result, task.settings.json);
      }
    }
  }
  // Only now: all that is to be deleted is on disk (and QUIT, which does it, comes after this).
  if (task.settings.delete) await deleteAll(task, safe, refusals);
  refusals.settle();
}

/** A uid that two messages share tells them apart no more: their contents have to (RFC 1939 §7). */
function withoutSharedUids(messages: readonly RemoteMessage[]): readonly RemoteMessage[] {
  const seen = new Map<string, number>();
  for (const { uid } of messages) if (uid !== undefined) seen.set(uid, (seen.get(uid) ?? 0) + 1);
  return messages.map(({ number, size, uid }) => {
    return uid === undefined || seen.get(uid) !== 1 ? { number, size } : { number, size, uid };
  });
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
  #first: ServerRefusal | undefined;

  constructor(task: Task) {
    this.#task = task;
  }

  add(number: number, refusal: ServerRefusal): void {
    this.#first ??= refusal;
    const words = refusal.text === "" ? "the server gave no reason" : refusal.text;
    note(this.#task.io, `message ${number} was refused (${refusal.command}): ${words}`);
  }

  settle(): void {
    if (this.#first === undefined) return;
    throw new PartialFailure("Some messages were refused", { cause: this.#first });
  }
}
