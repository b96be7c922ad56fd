/**
 * The one table of options: flags, environment, configuration file, `--help` and the tables of
 * the README are all made from it. It holds what works, nothing that is planned.
 *
 * @module
 */
import { TAGS } from "../stores/mime_store.ts";
import type { OptionTable } from "./option.ts";

const COMMON = {
  config: {
    kind: "text",
    value: "FILE",
    about: "read options from this file too (JSON with comments, names nested at the dots)",
  },
} as const satisfies OptionTable;

const JSON_OUTPUT = {
  json: { kind: "boolean", default: "false", about: "write one JSON object a line" },
} as const satisfies OptionTable;

const STORE = {
  "mimestore.modhandler": {
    kind: "choice",
    choices: ["fake", "localfs"],
    alias: "store",
    about: "the kind of store",
  },
  "mimestore.path": {
    kind: "text",
    value: "FOLDER",
    about: "folder of localfs; {user} stands for the signed-in user's name",
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
    fallback: "mixed",
    about: "fake: about how large each message is",
  },
} as const satisfies OptionTable;

/** For commands that need a store to work on, and make one up where none is given. */
const FAKE_BY_DEFAULT = {
  ...STORE,
  "mimestore.modhandler": { ...STORE["mimestore.modhandler"], fallback: "fake" },
} as const satisfies OptionTable;

const QUERY = {
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

const LOG = {
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

/** Options of `serverpop3`. */
export const SERVERPOP3_OPTIONS = {
  port: { kind: "integer", max: 65535, default: "1110", about: "port; 0 picks a free one" },
  host: {
    kind: "text",
    value: "ADDRESS",
    default: "127.0.0.1",
    about: "address to listen on; 0.0.0.0 for all",
  },
  password: {
    kind: "secret",
    rivals: "password",
    fallback: "made up for this run and printed on stderr",
    about: "password of every user (other users of this machine can see it here)",
  },
  "password-file": {
    kind: "text",
    value: "FILE",
    rivals: "password",
    about: "file whose first line is the password",
  },
  "password-command": {
    kind: "text",
    value: "COMMAND",
    rivals: "password",
    about: "command whose first line of output is the password",
  },
  servername: {
    kind: "text",
    value: "NAME",
    fallback: "host name",
    about: "name in the greeting, and for APOP",
  },
  "idle-timeout": {
    kind: "seconds",
    min: 0.001,
    max: 86_400,
    default: "600",
    about: "seconds without a command or progress, after which a session is closed",
  },
  "max-connections": {
    kind: "integer",
    min: 1,
    max: 1_000_000,
    default: "10000",
    about: "connections at the same time",
  },
  "on-delete": {
    kind: "choice",
    choices: ["archive", "remove"],
    default: "archive",
    about: "what QUIT does with deleted messages: tag them, or remove them for good",
  },
  grace: {
    kind: "seconds",
    max: 86_400,
    default: "10",
    about: "seconds that sessions get to end when the server is stopped",
  },
  ...LOG,
  "verbose.serverLog": {
    kind: "boolean",
    default: "false",
    about: "log the dialogue, without secrets",
  },
  ...FAKE_BY_DEFAULT,
  ...QUERY,
  "query.tags": {
    kind: "list",
    value: "TAG,…",
    default: "unread",
    about: "only messages with one of these tags",
  },
  ...COMMON,
} as const satisfies OptionTable;

/** Options of `clientpop3`. */
export const CLIENTPOP3_OPTIONS = {
  ip: { kind: "text", value: "HOST", alias: "host", about: "the server, by name or address" },
  port: {
    kind: "integer",
    min: 1,
    max: 65535,
    fallback: "110, with --tls 995",
    about: "the server's port",
  },
  user: { kind: "text", value: "NAME", about: "who signs in" },
  pass: {
    kind: "secret",
    rivals: "pass",
    fallback: "asked for on a terminal",
    about: "password (other users of this machine can see it here)",
  },
  "pass-file": {
    kind: "text",
    value: "FILE",
    rivals: "pass",
    about: "file whose first line is the password",
  },
  "pass-command": {
    kind: "text",
    value: "COMMAND",
    rivals: "pass",
    about: "command whose first line of output is the password",
  },
  tls: { kind: "boolean", default: "false", about: "TLS from the first octet on" },
  stls: {
    kind: "boolean",
    default: "false",
    about: "start in plain text and upgrade to TLS; never goes on without",
  },
  "tls-ca": {
    kind: "text",
    value: "FILE",
    about: "trust this CA or self-signed certificate (PEM) too",
  },
  auth: {
    kind: "choice",
    choices: ["auto", "user", "apop", "plain", "login"],
    default: "auto",
    about: "how to sign in",
  },
  cmd: {
    kind: "choice",
    choices: ["list", "stat", "uidl", "top", "retr", "dele", "capa"],
    about: "what to do; may also be the last word",
  },
  query: {
    kind: "text",
    value: "SET",
    rivals: "query",
    fallback: "all",
    about: "which messages: 3, 1-10, 1,4,7-9, 5- (to the end), last:20, uid:X",
  },
  "query.id": {
    kind: "integer",
    min: 1,
    max: 9_999_999_999,
    rivals: "query",
    about: "the message with this number",
  },
  lines: { kind: "integer", max: 99_999_999, default: "0", about: "top: lines of the body" },
  delete: {
    kind: "boolean",
    default: "false",
    about: "retr: delete a message at the server once it is stored and on disk",
  },
  "max-size": { kind: "octets", fallback: "any", about: "skip larger messages, and say so" },
  limit: {
    kind: "integer",
    max: 1_000_000_000,
    alias: "query.limit",
    fallback: "all",
    about: "at most so many messages",
  },
  timeout: {
    kind: "seconds",
    min: 0.001,
    max: 86_400,
    default: "60",
    about: "seconds without progress, after which to give up",
  },
  pipeline: {
    kind: "text",
    value: "auto|off|N",
    default: "auto",
    about: "commands under way at the same time: auto where the server offers it, or so many",
  },
  "verbose.clientLog": { kind: "boolean", default: "false", about: "log what we send" },
  "verbose.serverLog": { kind: "boolean", default: "false", about: "log what the server sends" },
  "verbose.waitTime": {
    kind: "boolean",
    default: "false",
    about: "log how long we waited for each reply",
  },
  ...JSON_OUTPUT,
  progress: {
    kind: "boolean",
    default: "true",
    about: "show a progress bar on a terminal",
  },
  ...STORE,
  "mimestore.modhandler": { ...STORE["mimestore.modhandler"], fallback: "none, retr to stdout" },
  ...COMMON,
} as const satisfies OptionTable;

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

/** Options of `test`. */
export const TEST_OPTIONS = {
  testtype: {
    kind: "choice",
    choices: ["fullclientserver", "mimestore"],
    default: "fullclientserver",
    about: "server, client and store against each other; or what a store holds",
  },
  ...FAKE_BY_DEFAULT,
  ...QUERY,
  ...JSON_OUTPUT,
  ...COMMON,
} as const satisfies OptionTable;

/** The options of every command. */
export const OPTION_TABLES = {
  serverpop3: SERVERPOP3_OPTIONS,
  clientpop3: CLIENTPOP3_OPTIONS,
  querystore: QUERYSTORE_OPTIONS,
  test: TEST_OPTIONS,
} as const;

/** The name of a command. */
export type CommandName = keyof typeof OPTION_TABLES;
