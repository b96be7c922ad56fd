/**
 * The options of `querystore`.
 *
 * @module
 */
import { TAGS } from "../../stores/mime_store.ts";
import type { OptionTable } from "../option.ts";
import { COMMON, JSON_OUTPUT, QUERY, STORE } from "./shared.ts";

/** Options of `querystore`. */
export const QUERYSTORE_OPTIONS = {
  cmd: {
    kind: "choice",
    choices: ["query", "status", "cat", "add", "mark", "verify"],
    fallback: "query",
    about: "what to do; may also be the first word",
  },
  "query.id": { kind: "text", value: "ID", about: "cat, mark: the message with this id" },
  ...QUERY,
  tag: { kind: "choice", choices: TAGS, about: "mark: the new tag" },
  sourceid: {
    kind: "text",
    value: "S",
    default: "local",
    about: "add: where the messages come from",
  },
  ...JSON_OUTPUT,
  ...STORE,
  ...COMMON,
} as const satisfies OptionTable;
