/**
 * What a store does for somebody who may not do everything: `state_program.ts KIND FOLDER`. Says
 * as JSON what opening, adding, marking and removing came to.
 */
import type { Logger } from "../../../lib/log.ts";
import { StoreError } from "../../../lib/stores/errors.ts";
import type { MimeStore } from "../../../lib/stores/mime_store.ts";
import { latin1 } from "../../helpers/random.ts";
import { contentsOf, FOLDER_KINDS } from "./kinds.ts";

async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "done";
  } catch (error) {
    return error instanceof StoreError ? `${error.kind}: ${error.message}` : String(error);
  }
}

async function state(store: MimeStore): Promise<Record<string, unknown>> {
  const contents = await contentsOf(store);
  const items = await store.query();
  const fresh = [{ sourceid: "s", guid: "new", octets: [latin1("new")] }];
  return {
    contents,
    adding: await outcome(() => Array.fromAsync(store.addItems(fresh))),
    marking: await outcome(() => store.markAs(items.slice(0, 1), "archive")),
    removing: await outcome(() =>
      store.applyAll?.(items.map((item) => ({ item, to: "removed" as const }))) ?? Promise.resolve()
    ),
    locking: await outcome(async () => await (await store.lock("me"))[Symbol.asyncDispose]()),
  };
}

if (import.meta.main) {
  const [name = "", path = ""] = Deno.args;
  const kind = FOLDER_KINDS.find((kind) => kind.name === name);
  if (kind === undefined) throw new Error(`Cannot test ${name}: no such store`);
  const warnings: string[] = [];
  const warn: Logger["warn"] = (message, fields) => {
    warnings.push(`${message}: ${String(fields?.["path"]).replace(path, "")}`);
  };
  const logger: Logger = { debug() {}, info() {}, warn, error: warn };
  let found: Record<string, unknown> = {};
  const opening = await outcome(async () => {
    await using store = await kind.open(path, logger);
    found = await state(store);
  });
  const said = { opening, ...found, warnings };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(said)));
}
