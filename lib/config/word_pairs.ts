/**
 * The old form of the command line, kept working: `method serverpop3 port 1110 password 12345`,
 * names and values in turn; a word that starts with `json:` is JSON.
 *
 * @module
 */
import { ConfigError, UsageError } from "./errors.ts";
import { findOption, unknownOption, type Words } from "./flags.ts";
import { type JsonValue, parseJsonc } from "./jsonc.ts";
import { type Given, type OptionTable, quoted } from "./option.ts";

const JSON_WORD = "json:";

/**
 * Reads the pairs behind `method NAME`.
 *
 * @throws {UsageError} for an unknown name or a missing value.
 */
export function readWordPairs(
  words: readonly string[],
  table: OptionTable,
  command: string,
): Words {
  const given = new Map<string, Given>();
  for (let index = 0; index < words.length; index += 2) {
    const name = words[index] ?? "";
    const word = words[index + 1];
    for (const [path, written] of flatten(name, readWord(name, word))) {
      const found = findOption(table, path);
      if (found === undefined) {
        const secret = findOption(table, words[index - 1] ?? "")?.spec.kind === "secret";
        const shown = secret ? "the word behind a secret's name" : quoted(path);
        throw unknownOption(shown, path, table, command, (near) => near);
      }
      given.set(found.name, { written, source: "flag", label: path });
    }
    if (word === undefined) {
      throw new UsageError(`Cannot use ${name}: its value is missing; write ${name} VALUE`);
    }
  }
  return { given, operands: [] };
}

/** An object's values by their dotted names; anything else by `name` itself. */
export function flatten(name: string, value: JsonValue): readonly [string, JsonValue][] {
  if (!(value instanceof Map)) return [[name, value]];
  return [...value].flatMap(([key, inner]) => flatten(name === "" ? key : `${name}.${key}`, inner));
}

function readWord(name: string, word: string | undefined): JsonValue {
  if (word === undefined || !word.startsWith(JSON_WORD)) return word;
  try {
    return parseJsonc(word.slice(JSON_WORD.length));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(`Cannot read the JSON of ${name}: ${error.message}`);
  }
}
