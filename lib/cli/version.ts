/**
 * The version, as `deno.json` has it; a test keeps the two alike.
 *
 * @module
 */

/** The version of izypop3. */
export const VERSION = "0.1.0";
