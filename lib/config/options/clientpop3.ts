/**
 * The options of `clientpop3`.
 *
 * @module
 */
import { PROVIDERS } from "../../client/discovery.ts";
import type { OptionTable } from "../option.ts";
import { COMMON, JSON_OUTPUT, STORE } from "./shared.ts";

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
  provider: {
    kind: "choice",
    choices: PROVIDERS,
    about: "fills in the server, its port and TLS; what is given beside it wins",
  },
  user: {
    kind: "text",
    value: "NAME",
    about: "who signs in; a mail address alone finds its server in the DNS (RFC 6186)",
  },
  pass: {
    kind: "secret",
    rivals: "pass",
    fallback: "~/.netrc, else asked for on a terminal",
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
    choices: [
      "auto",
      "user",
      "apop",
      "plain",
      "login",
      "scram-sha-256",
      "oauthbearer",
      "xoauth2",
    ],
    default: "auto",
    about: "how to sign in; auto: the strongest way that is offered and safe",
  },
  token: {
    kind: "secret",
    rivals: "token",
    about: "OAuth access token (other users of this machine can see it here)",
  },
  "token-file": {
    kind: "text",
    value: "FILE",
    rivals: "token",
    about: "file whose first line is the access token",
  },
  "token-command": {
    kind: "text",
    value: "COMMAND",
    rivals: "token",
    about: "command whose first line of output is the access token",
  },
  "allow-plaintext": {
    kind: "boolean",
    default: "false",
    about: "send the password to another machine even without TLS",
  },
  cmd: {
    kind: "choice",
    choices: ["list", "stat", "uidl", "top", "retr", "dele", "capa", "sync"],
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
    about: "retr, sync: delete a message at the server once it is stored and on disk",
  },
  "keep-days": {
    kind: "integer",
    max: 36_500,
    value: "DAYS",
    about: "retr, sync: delete a message at the server so many days after it was stored",
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
  retries: {
    kind: "integer",
    max: 1000,
    default: "3",
    about: "reconnects in a row, later and later, that go on where the connection was lost",
  },
  pipeline: {
    kind: "choice",
    choices: ["auto", "off"],
    orNumber: true,
    min: 1,
    max: 10_000,
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
