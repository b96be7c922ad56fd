/**
 * Changes all messages of a folder at once, for a test to kill it meanwhile:
 * `journal_program.ts FOLDER TAG`, or `… FOLDER removed`. Says `ready` before it begins.
 */
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { isTag } from "../../../lib/stores/mime_store.ts";

if (import.meta.main) {
  const [path = "", to = ""] = Deno.args;
  const store = await LocalFsStore.open({ path });
  const items = await store.query();
  console.log("ready");
  const target = isTag(to) ? to : "removed";
  await store.applyAll(items.map((item) => ({ item, to: target })));
  console.log("done");
}
