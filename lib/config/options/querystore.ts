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
  "query.id": { kind: "text", value: "ID", about: "only the message with this id" },
  ...QUERY,
  since: {
    kind: "text",
    value: "WHEN",
    about: "only messages dated since then: 2026-03-01, 2026-03-01T08:30, or 30m, 12h, 7d, 2w ago",
  },
  from: {
    kind: "text",
    value: "TEXT",
    about: "only messages with this in an author's name or address, in upper or lower case",
  },
  subject: {
    kind: "text",
    value: "TEXT",
    about: "only messages with this in their subject, in upper or lower case",
  },
  "query.index": {
    kind: "text",
    value: "FILE",
    fallback: "among the files of localfs and maildir; others have none",
    about: "where to keep what was read of headers, for the next --from or --subject",
  },
  tag: {
    kind: "choice",
    choices: TAGS,
    about: "mark: the new tag; add, import: that of the messages",
  },
  "tag-unparsable": {
    kind: "boolean",
    default: "false",
    about: "query, add, import: tag messages without a readable header conversionerror",
  },
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
  progress: { kind: "boolean", default: "true", about: "show a progress bar on a terminal" },
  ...JSON_OUTPUT,
  ...STORE,
  ...COMMON,
} as const satisfies OptionTable;
