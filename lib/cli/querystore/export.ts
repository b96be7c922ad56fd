/**
 * `querystore export`: into another store, or as an mbox.
 *
 * @module
 */
import { openTarget } from "../stores.ts";
import { exportToMbox } from "./export_mbox.ts";
import { exportToStore } from "./export_store.ts";
import { selected } from "./selection.ts";
import type { Task } from "./task.ts";

/** Takes the messages that are chosen elsewhere; they stay where they are, too. */
export async function exportAll(task: Task): Promise<void> {
  const { target, files } = task;
  const items = await Array.fromAsync(selected(task));
  if (target === undefined) return await exportToMbox(task, items, files[0] ?? "-");
  await using destination = await openTarget(target);
  await exportToStore(task, items, destination);
}
