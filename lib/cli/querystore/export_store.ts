/**
 * `querystore export --to.modhandler …`: messages into another store, with their sources, ids and
 * tags. What is there already is not read again, so that a run that was cut is completed by the
 * next one.
 *
 * @module
 */
import { StoreError } from "../../stores/errors.ts";
import type { AddResult, MimeItem, MimeStore, NewMimeItem } from "../../stores/mime_store.ts";
import { PartialFailure } from "../errors.ts";
import { note } from "../io.ts";
import type { Task } from "./task.ts";
import { Teller } from "../telling.ts";
import { WorkCounter } from "./work_progress.ts";

/** What became of the messages. */
interface Tally {
  stored: number;
  there: number;
  /** Messages that could not be read: the first reason. */
  unread: StoreError | undefined;
}

/** A message, and the id that it is to have. */
interface Copy {
  readonly item: MimeItem;
  readonly guid: string;
}

/** Copies the messages, in their order. */
export async function exportToStore(
  task: Task,
  items: readonly MimeItem[],
  target: MimeStore,
): Promise<void> {
  const { io, settings } = task;
  const octets = items.reduce((sum, { size }) => sum + size, 0);
  const total = { messages: items.length, octets };
  using counter = new WorkCounter(io, "export", total, settings.progress, settings.json);
  const tally: Tally = { stored: 0, there: 0, unread: undefined };
  const others: Copy[] = [];
  const copies = items.map((item) => ({ item, guid: item.guid }));
  await copyAll(task, copies, target, tally, counter, (copy) => void others.push(copy));
  // Another message has the same source and id there: ours gets an id that none but it can have.
  const renamed = others.map(({ item }) => ({ item, guid: `${item.guid}#${markOf(item)}` }));
  await copyAll(task, renamed, target, tally, counter, ({ item }) => {
    throw new StoreError(
      "corrupt",
      `Cannot copy ${item.name}: the target has other messages under its id and its content`,
    );
  });
  counter.hide();
  note(io, `${tally.stored} messages stored, ${tally.there} were there`);
  if (tally.unread !== undefined) {
    throw new PartialFailure("Some messages cannot be read", { cause: tally.unread });
  }
}

async function copyAll(
  task: Task,
  copies: readonly Copy[],
  target: MimeStore,
  tally: Tally,
  counter: WorkCounter,
  conflict: (copy: Copy) => void,
): Promise<void> {
  const { io, settings, signal } = task;
  const teller = new Teller(io, true);
  for (let rest = copies; rest.length > 0;) {
    const reading = new Reading(task, rest);
    let done = 0;
    try {
      for await (const result of target.addItems(reading.newItems(), { signal })) {
        const copy = rest[done++];
        if (copy === undefined) break;
        if (!isSame(copy.item, result)) {
          conflict(copy);
          continue;
        }
        result.outcome === "stored" ? tally.stored++ : tally.there++;
        counter.add(1, copy.item.size);
        if (settings.json) await teller.tell(copy.item.id, result);
      }
      return;
    } catch (error) {
      const { fault } = reading;
      if (fault === undefined || signal.aborted) throw error;
      // One damaged message must not keep the others here.
      counter.hide();
      note(io, `${fault.copy.item.name}: ${fault.error.message}`);
      tally.unread ??= fault.error;
      rest = rest.slice(done).filter((copy) => copy !== fault.copy);
    }
  }
}

/** A message that cannot be read. */
interface Fault {
  readonly copy: Copy;
  readonly error: StoreError;
}

/** Reads messages for one call of `addItems`, and knows whether that failed. */
class Reading {
  readonly #task: Task;
  readonly #copies: readonly Copy[];
  #fault: Fault | undefined;

  constructor(task: Task, copies: readonly Copy[]) {
    this.#task = task;
    this.#copies = copies;
  }

  /** Why a message could not be read, which ended the call. */
  get fault(): Fault | undefined {
    return this.#fault;
  }

  *newItems(): Generator<NewMimeItem> {
    for (const copy of this.#copies) {
      const { item: { sourceid, tag }, guid } = copy;
      yield { sourceid, guid, tag, octets: this.#octets(copy) };
    }
  }

  async *#octets(copy: Copy): AsyncGenerator<Uint8Array> {
    const { store, signal } = this.#task;
    try {
      yield* store.read(copy.item, { form: "kept", signal });
    } catch (error) {
      // Where the store itself is in trouble there is no going on.
      const kinds = ["corrupt", "gone", "denied"];
      if (error instanceof StoreError && kinds.includes(error.kind)) this.#fault = { copy, error };
      throw error;
    }
  }
}

/** Whether what the target has is this message, as far as both know. */
function isSame(ours: MimeItem, { outcome, item: theirs }: AddResult): boolean {
  if (outcome === "stored") return true;
  if (ours.fingerprint === "" || theirs.fingerprint === "") return ours.size === theirs.size;
  return ours.fingerprint === theirs.fingerprint;
}

function markOf({ fingerprint, size }: MimeItem): string {
  return fingerprint === "" ? `${size}` : fingerprint.slice(0, 16);
}
