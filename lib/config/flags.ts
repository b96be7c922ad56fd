/**
 * The command line's flags, read by `parseArgs` of `@std/cli`; around it stands what that cannot
 * tell: a missing value from an empty one, and `--query` from the beginning of `--query.id`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { type Given, type OptionSpec, type OptionTable, quoted } from "./option.ts";

/** What the words of a command line say. */
export interface Words {
  /** Options by their own names (not their aliases); of a repeated one the last. */
  readonly given: ReadonlyMap<string, Given>;
  /** The words that belong to no flag. */
  readonly operands: readonly string[];
}

/**
 * Reads `--name value`, `--name=value`, `--name`/`--no-name` (booleans) and `--`.
 *
 * @throws {UsageError} for an unknown flag or a missing value.
 */
export function readFlags(args: readonly string[], table: OptionTable, command: string): Words {
  const words = args.indexOf("--") < 0 ? args : args.slice(0, args.indexOf("--"));
  const behind = args.slice(words.length + 1);
  const ofKind = (wanted: boolean): string[] =>
    Object.keys(table).filter((name) => (table[name]?.kind === "boolean") === wanted).map(flat);
  const parsed: Record<string, unknown> = parseArgs(
    words.flatMap(withValue(table)).map((word) => word.replace(/^--[^=]*/, flat)),
    {
      string: [...ofKind(false), "_"],
      boolean: ofKind(true),
      negatable: ofKind(true),
      alias: aliases(table),
      // Else a boolean that was not given would read as one that was denied.
      default: Object.fromEntries(ofKind(true).map((name) => [name, undefined])),
      unknown: (word, key) => key === undefined || refuse(word, table, command),
    },
  );
  return { given: givenOf(parsed, table), operands: [...operandsOf(parsed), ...behind] };
}

/** Whether the words ask for help, in front of a `--`. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

/** An option by its name or alias, with its own name; a table's inherited keys are no options. */
export function findOption(
  table: OptionTable,
  name: string,
): { readonly name: string; readonly spec: OptionSpec } | undefined {
  const own = Object.hasOwn(table, name) ? table[name] : undefined;
  if (own !== undefined) return { name, spec: own };
  for (const [key, spec] of Object.entries(table)) {
    if (spec.alias === name) return { name: key, spec };
  }
  return undefined;
}

/** The error for a name that is no option; `show` says how a known name is written. */
export function unknownOption(
  shown: string,
  name: string,
  table: OptionTable,
  command: string,
  show: (name: string) => string,
): UsageError {
  const known = Object.entries(table).flatMap(([key, { alias }]) => alias ? [key, alias] : [key]);
  const near = nearest(name, known);
  const hint = near === undefined ? "" : `; the nearest known one is ${show(near)}`;
  return new UsageError(
    `Cannot use ${shown}: ${command} knows no such flag${hint} ` +
      `(izypop3 ${command} --help lists all)`,
  );
}

/** `parseArgs` nests names at their dots, where `query` and `query.id` get in each other's way. */
function flat(name: string): string {
  return name.replaceAll(".", "/");
}

/**
 * Ties each flag that needs a value to the word behind it: then a value may begin with a dash, and
 * a missing one is noticed, neither of which `parseArgs` can do.
 */
function withValue(table: OptionTable): (word: string, index: number, words: string[]) => string[] {
  let taken = -1;
  return (word, index, words) => {
    if (index === taken) return [];
    const { label, value, spec } = split(word, table);
    if (spec === undefined) return [word];
    if (spec.kind === "boolean") return [checkBoolean(word, label, value)];
    if (value !== undefined) return [word];
    taken = index + 1;
    return [`${word}=${valueBehind(label, words[taken])}`];
  };
}

function split(
  word: string,
  table: OptionTable,
): { label: string; value: string | undefined; spec: OptionSpec | undefined } {
  const equals = word.indexOf("=");
  const label = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const spec = label.startsWith("--") ? findOption(table, label.slice(2))?.spec : undefined;
  return { label, value, spec };
}

/** `parseArgs` takes any word behind a boolean's "=" for a yes. */
function checkBoolean(word: string, label: string, value: string | undefined): string {
  if (value === undefined || value === "true" || value === "false") return word;
  throw new UsageError(`Cannot use ${label}: it takes true or false, or no value at all`);
}

/** The value in the next word, if that word is one. */
function valueBehind(label: string, next: string | undefined): string {
  if (next === undefined) {
    throw new UsageError(`Cannot use ${label}: its value is missing; write ${label} VALUE`);
  }
  if (next.startsWith("--")) {
    throw new UsageError(
      `Cannot use ${label}: its value is missing; ` +
        `write ${label}=VALUE where a value begins with two dashes`,
    );
  }
  return next;
}

function aliases(table: OptionTable): Record<string, string> {
  const pairs: [string, string][] = [];
  for (const [name, { alias }] of Object.entries(table)) {
    if (alias !== undefined) pairs.push([flat(name), flat(alias)]);
  }
  return Object.fromEntries(pairs);
}

/** Only what stands before the "=" is ever shown: behind it may be a secret. */
function refuse(word: string, table: OptionTable, command: string): never {
  const label = word.replace(/=.*$/s, "").replaceAll("/", ".");
  const name = label.replace(/^--?(no-)?/, "");
  throw unknownOption(quoted(label), name, table, command, (near) => `--${near}`);
}

function givenOf(parsed: Record<string, unknown>, table: OptionTable): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const name of Object.keys(table)) {
    const written = parsed[flat(name)];
    if (typeof written !== "string" && typeof written !== "boolean") continue;
    given.set(name, { written, source: "flag", label: `--${name}` });
  }
  return given;
}

function operandsOf(parsed: Record<string, unknown>): string[] {
  return Array.isArray(parsed["_"]) ? parsed["_"].map(String) : [];
}
