/**
 * The options of `test`.
 *
 * @module
 */
import type { OptionTable } from "../option.ts";
import { CLIENTPOP3_OPTIONS } from "./clientpop3.ts";
import { COMMON, FAKE_BY_DEFAULT, JSON_OUTPUT, QUERY } from "./shared.ts";

/** Options of `test`. */
export const TEST_OPTIONS = {
  testtype: {
    kind: "choice",
    choices: ["fullclientserver", "mimestore", "server"],
    default: "fullclientserver",
    about: "server, client and store against each other; what a store holds; or a remote server",
  },
  ip: CLIENTPOP3_OPTIONS.ip,
  port: CLIENTPOP3_OPTIONS.port,
  provider: CLIENTPOP3_OPTIONS.provider,
  user: CLIENTPOP3_OPTIONS.user,
  pass: CLIENTPOP3_OPTIONS.pass,
  "pass-file": CLIENTPOP3_OPTIONS["pass-file"],
  "pass-command": CLIENTPOP3_OPTIONS["pass-command"],
  tls: CLIENTPOP3_OPTIONS.tls,
  stls: CLIENTPOP3_OPTIONS.stls,
  "tls-ca": CLIENTPOP3_OPTIONS["tls-ca"],
  auth: CLIENTPOP3_OPTIONS.auth,
  token: CLIENTPOP3_OPTIONS.token,
  "token-file": CLIENTPOP3_OPTIONS["token-file"],
  "token-command": CLIENTPOP3_OPTIONS["token-command"],
  "allow-plaintext": CLIENTPOP3_OPTIONS["allow-plaintext"],
  timeout: CLIENTPOP3_OPTIONS.timeout,
  ...FAKE_BY_DEFAULT,
  ...QUERY,
  ...JSON_OUTPUT,
  ...COMMON,
} as const satisfies OptionTable;
