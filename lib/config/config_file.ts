/**
 * The configuration file: JSONC with the options' names, nested at the dots.
 *
 * @module
 */
import { ConfigError, InputError } from "./errors.ts";
import { findOption } from "./flags.ts";
import { parseJsonc } from "./jsonc.ts";
import { nearest } from "./nearest.ts";
import { type Given, type OptionTable, quoted } from "./option.ts";
import { flatten } from "./word_pairs.ts";

/**
 * The values of `table`'s options in a file. One file may serve several commands: `everything`
 * holds the options of all of them, and what belongs to another command is passed over.
 *
 * @throws {InputError} if the file cannot be read.
 * @throws {ConfigError} if it is not JSONC, or holds a key that no command knows.
 */
export async function readConfigFile(
  path: string,
  table: OptionTable,
  everything: readonly OptionTable[],
): Promise<ReadonlyMap<string, Given>> {
  const value = parse(path, await readInputFile(path, "the configuration file"));
  if (!(value instanceof Map)) {
    throw new ConfigError(`Cannot use ${path}: it must hold one object, { … }`);
  }
  const given = new Map<string, Given>();
  for (const [name, written] of flatten("", value)) {
    const found = findOption(table, name);
    if (found === undefined) {
      if (!everything.some((other) => findOption(other, name))) throw unknown(path, name, table);
    } else if (written !== undefined) {
      given.set(found.name, { written, source: "file", label: `${name} in ${path}` });
    }
  }
  return given;
}

/** The text of a file that the user named; without the mark that some editors put before it. */
export async function readInputFile(path: string, what: string): Promise<string> {
  try {
    return new TextDecoder().decode(await Deno.readFile(path));
  } catch (error) {
    throw new InputError(`Cannot read ${what} ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Why the system did not do what we asked, in words; never with what a file holds. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "the system does not allow it";
  if (error instanceof Deno.errors.NotCapable) return `Deno does not allow it: ${error.message}`;
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}

function parse(path: string, text: string): ReturnType<typeof parseJsonc> {
  try {
    return parseJsonc(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`Cannot read the configuration file ${path}: ${error.message}`);
  }
}

function unknown(path: string, name: string, table: OptionTable): ConfigError {
  const near = nearest(name, Object.keys(table));
  const hint = near === undefined ? "" : `; the nearest known one is ${near}`;
  return new ConfigError(`Cannot use ${path}: the key ${quoted(name)} is unknown${hint}`);
}
