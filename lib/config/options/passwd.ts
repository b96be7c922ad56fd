/**
 * The options of `passwd`.
 *
 * @module
 */
import type { OptionTable } from "../option.ts";
import { COMMON } from "./shared.ts";

/** Options of `passwd`. */
export const PASSWD_OPTIONS = {
  user: { kind: "text", value: "NAME", about: "whose line it is" },
  password: {
    kind: "secret",
    rivals: "password",
    fallback: "asked for on a terminal, else read from standard input",
    about: "the password (other users of this machine can see it here)",
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
  maildrop: { kind: "text", value: "FOLDER", about: "where this user's messages are" },
  ...COMMON,
} as const satisfies OptionTable;
