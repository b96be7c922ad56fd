/**
 * `izypop3 querystore`.
 *
 * @module
 */
import { UsageError } from "../config/errors.ts";
import type { QUERYSTORE_OPTIONS } from "../config/option_table.ts";
import { openStore } from "../stores/registry.ts";
import type { Invocation } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { readOrder } from "./querystore/check.ts";
import { cat, mark, query, status, verify } from "./querystore/look.ts";
import type { StoreCommand, Task } from "./querystore/task.ts";
import { add, importAll } from "./querystore/adding.ts";
import { exportAll } from "./querystore/export.ts";
import { openTarget, secondStoreSettings, storeSettings } from "./stores.ts";

const RUNS: Readonly<Record<StoreCommand, (task: Task) => Promise<void>>> = {
  query,
  status,
  cat,
  add,
  mark,
  verify,
  export: exportAll,
  import: importAll,
};

/** Looks into a store, or changes it. */
export async function querystore(
  { settings, operands, given, io, signal }: Invocation<typeof QUERYSTORE_OPTIONS>,
): Promise<number> {
  const { command, files } = readOrder(operands, settings, given);
  const storage = await storeSettings(settings);
  if (storage === undefined) {
    throw new UsageError(
      "Cannot tell which store is meant: add --mimestore.modhandler localfs and --mimestore.path",
    );
  }
  const target = await secondStoreSettings(settings);
  const isAdding = command === "add" || command === "import";
  await using store = await (isAdding ? openTarget(storage) : openStore(storage));
  await RUNS[command]({ store, settings, target, files, io, signal });
  return EXIT.done;
}
