/**
 * The options of `test`.
 *
 * @module
 */
import type { OptionTable } from "../option.ts";
import { COMMON, FAKE_BY_DEFAULT, JSON_OUTPUT, QUERY } from "./shared.ts";

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
