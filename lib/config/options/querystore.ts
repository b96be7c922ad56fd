/**
 * The options of `querystore`.
 *
 * @module
 */
import { TAGS } from "../../stores/mime_store.ts";
import type { OptionTable } from "../option.ts";
import { SECOND_FAR_STORES } from "./far_stores.ts";
import { COMMON, JSON_OUTPUT, QUERY, STORE } from "./shared.ts";

/** Options of `querystore`. */
export const QUERYSTORE_OPTIONS = {
  cmd: {
    kind: "choice",
    choices: ["query", "status", "cat", "add", "mark", "verify", "export", "import"],
    fallback: "query",
    about: "what to do; may also be the first word",
  },
  "query.id": { kind: "text", value: "ID", about: "cat, mark: the message with this id" },
  ...QUERY,
  tag: { kind: "choice", choices: TAGS, about: "mark: the new tag; import: that of the messages" },
  sourceid: {
    kind: "text",
    value: "S",
    default: "local",
    about: "add, import: where the messages come from",
  },
  "to.modhandler": {
    kind: "choice",
    choices: ["localfs", "maildir", "cloud", "s3"],
    about: "export: into a store of this kind; without it an mbox is written",
  },
  "to.path": {
    kind: "text",
    value: "FOLDER",
    about: "export: the folder of that store; the other to.* are as those of mimestore.*",
  },
  ...SECOND_FAR_STORES,
  progress: { kind: "boolean", default: "true", about: "a progress bar, on a terminal" },
  ...JSON_OUTPUT,
  ...STORE,
  ...COMMON,
} as const satisfies OptionTable;
