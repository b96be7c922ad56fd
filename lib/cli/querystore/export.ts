/**
 * `querystore export`: into another store, or as an mbox.
 *
 * @module
 */
import { openTarget } from "../stores.ts";
import { exportToMbox } from "./export_mbox.ts";
import { exportToStore } from "./export_store.ts";
import { gathered } from "./selection.ts";
import type { Task } from "./task.ts";

/** Takes the messages that are chosen elsewhere; they stay where they are, too. */
export async function exportAll(task: Task): Promise<void> {
  const { target, files } = task;
  const { items, unread } = await gathered(task);
  if (target === undefined) await exportToMbox(task, items, files[0] ?? "-");
  else {
    await using destination = await openTarget(target);
    await exportToStore(task, items, destination);
  }
  if (unread !== undefined) throw unread;
}
