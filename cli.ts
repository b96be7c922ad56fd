/**
 * The program: `deno run … cli.ts serverpop3`, or `deno run … jsr:@izyware/izypop3/cli help`.
 *
 * @module
 */
import { main } from "./lib/cli/main.ts";

if (import.meta.main) Deno.exitCode = await main(Deno.args);
