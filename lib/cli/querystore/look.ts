/**
 * The commands of `querystore` that look at messages, and the one that tags them.
 *
 * @module
 */
import { StoreError, type StoreErrorKind } from "../../stores/errors.ts";
import { MessageMeter } from "../../stores/message_facts.ts";
import { type MimeItem, type StoreStatus, TAGS } from "../../stores/mime_store.ts";
import { statusFrom } from "../../stores/tags.ts";
import { PartialFailure } from "../errors.ts";
import { note } from "../io.ts";
import { tellItem } from "../items.ts";
import { gathered, isSelective, selected } from "./selection.ts";
import type { Task } from "./task.ts";

/** What was found is not held back longer than this, ms. */
const PATIENCE = 200;
/** Messages that are tagged together. */
const BATCH = 1000;

/** A line an item: `id guid tag size sourceid date name`. */
export async function query(task: Task): Promise<void> {
  const { io, settings } = task;
  let flushed = performance.now();
  for await (const item of selected(task)) {
    await tellItem(io, item, settings.json);
    const now = performance.now();
    if (now - flushed < PATIENCE) continue;
    await io.stdout.flush();
    flushed = now;
  }
}

/** `TAG COUNT OCTETS` a line; of the messages that are chosen, if some are. */
export async function status(task: Task): Promise<void> {
  const { store, settings, io: { stdout } } = task;
  const all = isSelective(settings) ? await statusOfSelected(task) : await store.status();
  for (const tag of TAGS) {
    const { count, octets } = all[tag];
    await (settings.json
      ? stdout.json({ tag, count, octets })
      : stdout.line(`${tag} ${count} ${octets}`));
  }
}

/** The octets as they are kept; of several messages one after the other, with nothing between. */
export async function cat(task: Task): Promise<void> {
  const { store, io, signal } = task;
  for await (const item of selected(task)) {
    for await (const part of store.read(item, { form: "kept", signal })) {
      await io.stdout.write(part);
    }
  }
}

/** Gives the messages another tag. */
export async function mark(task: Task): Promise<void> {
  const { store, settings: { tag, "query.id": id }, io } = task;
  // The command line has been checked for it.
  if (tag === undefined) return;
  const { items, unread } = await gathered(task);
  for (let at = 0; at < items.length; at += BATCH) {
    await store.markAs(items.slice(at, at + BATCH), tag);
  }
  if (id === undefined) note(io, `${items.length} messages tagged ${tag}`);
  if (unread !== undefined) throw unread;
}

/** Reads everything and holds it against size and fingerprint; names what is wrong. */
export async function verify(task: Task): Promise<void> {
  const { settings: { json }, io } = task;
  let first: StoreError | undefined;
  for await (const item of selected(task)) {
    const fault = await faultOf(task, item);
    if (fault === undefined) continue;
    const { id, name } = item;
    const reason = fault.message;
    await (json ? io.stdout.json({ id, name, reason }) : io.stdout.line(`${id} ${name}`));
    note(io, `${name}: ${reason}`);
    first ??= fault;
  }
  if (first !== undefined) throw new PartialFailure("Some messages are damaged", { cause: first });
}

async function statusOfSelected(task: Task): Promise<StoreStatus> {
  const sums = TAGS.map(() => ({ count: 0, octets: 0 }));
  for await (const { tag, size } of selected(task)) {
    const sum = sums[TAGS.indexOf(tag)];
    if (sum === undefined) continue;
    sum.count++;
    sum.octets += size;
  }
  return statusFrom(sums);
}

/** Troubles of one message; with others, a service that does not answer say, there is no going on. */
const FAULTS: readonly StoreErrorKind[] = ["corrupt", "gone", "denied", "input-output"];

async function faultOf({ store, signal }: Task, item: MimeItem): Promise<StoreError | undefined> {
  const meter = new MessageMeter();
  try {
    for await (const part of store.read(item, { form: "kept", signal })) meter.push(part);
  } catch (error) {
    if (!(error instanceof StoreError) || !FAULTS.includes(error.kind)) throw error;
    if (error.kind !== "gone") return error;
    // Somebody may have removed it since it was listed; what is listed must be there.
    const isListed = (await store.query()).some(({ id }) => id === item.id);
    return isListed ? new StoreError("corrupt", error.message, { cause: error }) : undefined;
  }
  const { size, fingerprint } = meter.finish();
  if (item.fingerprint !== "" && item.fingerprint !== fingerprint) {
    return damaged("its octets are not those that were stored (SHA-256 differs)");
  }
  return size === item.size ? undefined : damaged(`it has ${size} octets, and not ${item.size}`);
}

function damaged(reason: string): StoreError {
  return new StoreError("corrupt", reason);
}
