/**
 * Options that several commands have.
 *
 * @module
 */
import { MODHANDLERS } from "../../stores/modhandlers.ts";
import type { OptionTable } from "../option.ts";
import { FAR_STORES } from "./far_stores.ts";

/** Options of every command. */
export const COMMON = {
  config: {
    kind: "text",
    value: "FILE",
    about: "read options from this file too (JSON with comments, names nested at the dots)",
  },
} as const satisfies OptionTable;

/** For commands that print data. */
export const JSON_OUTPUT = {
  json: { kind: "boolean", default: "false", about: "write one JSON object a line" },
} as const satisfies OptionTable;

/** Which store. */
export const STORE = {
  "mimestore.modhandler": {
    kind: "choice",
    choices: MODHANDLERS,
    alias: "store",
    about: "the kind of store",
  },
  "mimestore.path": {
    kind: "text",
    value: "FOLDER",
    about: "folder of localfs or maildir; {user} stands for the signed-in user's name",
  },
  "mimestore.commitmode": {
    kind: "boolean",
    default: "false",
    about: "hand-off: serving a message changes its tag",
  },
  "mimestore.count": {
    kind: "integer",
    max: 10_000_000,
    default: "99",
    about: "fake: how many messages",
  },
  "mimestore.seed": {
    kind: "integer",
    max: 0xffff_ffff,
    default: "1",
    about: "fake: another number, other messages",
  },
  "mimestore.size": {
    kind: "octets",
    max: 1024 ** 3,
    fallback: "mixed, 1 to 12 KB",
    about: "fake: about how large each message is",
  },
  ...FAR_STORES,
} as const satisfies OptionTable;

/** Which store, for commands that make one up where none is given. */
export const FAKE_BY_DEFAULT = {
  ...STORE,
  "mimestore.modhandler": { ...STORE["mimestore.modhandler"], fallback: "fake" },
} as const satisfies OptionTable;

/** Which items of a store. */
export const QUERY = {
  "query.limit": {
    kind: "integer",
    max: 1_000_000_000,
    fallback: "all",
    about: "at most so many messages of the store",
  },
  "query.tags": {
    kind: "list",
    value: "TAG,…",
    fallback: "all",
    about: "only messages with one of these tags",
  },
  "query.order": {
    kind: "choice",
    choices: ["asc", "desc"],
    default: "asc",
    about: "oldest first, or newest first",
  },
} as const satisfies OptionTable;

/** How much is logged, and how. */
export const LOG = {
  "log-level": {
    kind: "choice",
    choices: ["debug", "info", "warn", "error"],
    default: "info",
    about: "how much to log on stderr",
  },
  "log-format": {
    kind: "choice",
    choices: ["text", "json"],
    default: "text",
    about: "json: one object a line",
  },
} as const satisfies OptionTable;
