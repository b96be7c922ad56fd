/** Writers that are killed at 200 random moments; the quick suite has a few. */
import { killWriters } from "../stores/folders/crash.ts";
import { forEachKind } from "../stores/folders/kinds.ts";

forEachKind(
  { run: true },
  "killed at 200 moments, nothing is lost, doubled or half",
  async (ground) => {
    await killWriters(ground, 200, 200);
  },
);
