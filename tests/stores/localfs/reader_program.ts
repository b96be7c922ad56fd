/** What a store does where this process may not do everything: `reader_program.ts FOLDER`. */
import type { Logger } from "../../../lib/log.ts";
import { StoreError } from "../../../lib/stores/errors.ts";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { concat, latin1, text } from "../../helpers/random.ts";

async function kindOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof StoreError ? error.kind : String(error);
  }
}

if (import.meta.main) {
  const warnings: string[] = [];
  const logger: Logger = {
    debug() {},
    info() {},
    warn: (message, fields) => void warnings.push(`${message}: ${fields?.["path"]}`),
    error() {},
  };
  const store = await LocalFsStore.open({ path: Deno.args[0] ?? "", logger });
  const items = await store.query();
  const octets: string[] = [];
  for (const item of items) octets.push(text(concat(await Array.fromAsync(store.read(item)))));
  const fresh = [{ sourceid: "s", guid: "1", octets: [latin1("x")] }];
  const lock = await store.lock("reader");
  const result = {
    guids: items.map((item) => item.guid),
    octets,
    warnings,
    adding: await kindOf(Array.fromAsync(store.addItems(fresh))),
    marking: await kindOf(store.markAs(items, "archive")),
  };
  await lock[Symbol.asyncDispose]();
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(result)));
}
