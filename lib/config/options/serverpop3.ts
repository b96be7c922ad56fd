/**
 * The options of `serverpop3`.
 *
 * @module
 */
import type { OptionTable } from "../option.ts";
import { COMMON, FAKE_BY_DEFAULT, LOG, QUERY } from "./shared.ts";

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
  users: {
    kind: "text",
    value: "FILE",
    rivals: "password",
    about: "file of users, lines as passwd makes them; SIGHUP reads it anew",
  },
  "oauth-introspect": {
    kind: "text",
    value: "URL",
    about: "check access tokens there (RFC 7662); without password or users, tokens only",
  },
  "auth-penalty-max": {
    kind: "seconds",
    max: 3600,
    default: "15",
    about: "seconds at which the growing delay after failed sign-ins stops; 0: no delay",
  },
  "login-delay": {
    kind: "integer",
    min: 1,
    max: 86_400,
    about: "seconds between two sign-ins of one user",
  },
  "tls-cert": {
    kind: "text",
    value: "FILE",
    about: "certificate (PEM), its chain behind it; offers STLS; SIGHUP reads it anew",
  },
  "tls-key": { kind: "text", value: "FILE", about: "the certificate's private key (PEM)" },
  "tls-port": {
    kind: "integer",
    max: 65535,
    about: "port for TLS from the first octet on; 0 picks a free one",
  },
  "require-tls": { kind: "boolean", default: "false", about: "no sign-in before TLS" },
  "proxy-protocol": {
    kind: "boolean",
    default: "false",
    about: "balancers begin connections with a PROXY header (HAProxy's, version 1 or 2)",
  },
  "proxy-from": {
    kind: "list",
    value: "ADDRESS,…",
    about: "the balancers: addresses and networks (10.0.0.0/8); from others no header is taken",
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
  "max-per-ip": {
    kind: "integer",
    min: 1,
    max: 1_000_000,
    fallback: "no limit",
    about: "connections from one address at the same time (of IPv6: from one /64)",
  },
  "on-delete": {
    kind: "choice",
    choices: ["archive", "remove"],
    default: "archive",
    about: "what QUIT does with deleted messages: tag them, or remove them for good",
  },
  "message-cache": {
    kind: "integer",
    max: 1_000_000_000,
    default: "16777216",
    about: "octets of memory for small messages that may be asked for again; 0: none",
  },
  "ascii-headers": {
    kind: "boolean",
    default: "true",
    about: "give clients that did not say UTF8 headers in UTF-8 as ASCII (RFC 6856)",
  },
  lock: {
    kind: "boolean",
    default: "true",
    about: "lock a maildrop for one session at a time: each gets a snapshot of its own then",
  },
  grace: {
    kind: "seconds",
    max: 86_400,
    default: "10",
    about: "seconds that sessions get to end when the server is stopped",
  },
  workers: {
    kind: "integer",
    min: 1,
    max: 256,
    default: "1",
    about: "threads that share the port, on Linux; more than one pays where cores are idle",
  },
  metrics: {
    kind: "text",
    value: "HOST:PORT",
    about: "Prometheus text on /metrics, liveness on /healthz, over HTTP",
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
