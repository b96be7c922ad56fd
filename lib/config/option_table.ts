/**
 * The one table of options: flags, environment, configuration file, `--help` and the tables of
 * the README are all made from it. It holds what works, nothing that is planned.
 *
 * @module
 */
import { CLIENTPOP3_OPTIONS } from "./options/clientpop3.ts";
import { PASSWD_OPTIONS } from "./options/passwd.ts";
import { QUERYSTORE_OPTIONS } from "./options/querystore.ts";
import { SERVERPOP3_OPTIONS } from "./options/serverpop3.ts";
import { TEST_OPTIONS } from "./options/test.ts";

export { CLIENTPOP3_OPTIONS, PASSWD_OPTIONS, QUERYSTORE_OPTIONS, SERVERPOP3_OPTIONS, TEST_OPTIONS };

/** The options of every command. */
export const OPTION_TABLES = {
  serverpop3: SERVERPOP3_OPTIONS,
  clientpop3: CLIENTPOP3_OPTIONS,
  querystore: QUERYSTORE_OPTIONS,
  test: TEST_OPTIONS,
  passwd: PASSWD_OPTIONS,
} as const;

/** The name of a command. */
export type CommandName = keyof typeof OPTION_TABLES;
