/**
 * The command line's flags. The grammar is the one of `parseArgs` of `@std/cli`; a test holds the
 * two against each other. We read the words ourselves, because there a number loses its leading
 * zeros, `--query 3 --query.id 4` collide, and a missing value looks like an empty one.
 *
 * @module
 */
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
  const given = new Map<string, Given>();
  const operands: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? "";
    if (word === "--") {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    const { name, spec, label, value } = readFlag(word, table, command);
    const next = value === undefined ? valueBehind(spec, label, args[index + 1]) : undefined;
    if (next?.taken === true) index++;
    given.set(name, { written: value ?? next?.value ?? true, source: "flag", label });
  }
  return { given, operands };
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

interface Flag {
  readonly name: string;
  readonly spec: OptionSpec;
  readonly label: string;
  readonly value: string | false | undefined;
}

function readFlag(word: string, table: OptionTable, command: string): Flag {
  const equals = word.indexOf("=");
  // Only what stands before the "=" is ever shown: behind it may be a secret.
  const label = equals < 0 ? word : word.slice(0, equals);
  const typed = label.replace(/^--?/, "");
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const found = label.startsWith("--") ? findOption(table, typed) : undefined;
  if (found !== undefined) return { ...found, label, value };
  const negated = /^--no-/.test(label) ? findOption(table, typed.slice(3)) : undefined;
  if (negated?.spec.kind === "boolean" && value === undefined) {
    return { ...negated, label, value: false };
  }
  throw unknownOption(
    quoted(label),
    typed.replace(/^no-/, ""),
    table,
    command,
    (name) => `--${name}`,
  );
}

/** The value in the next word, if that word is one. */
function valueBehind(
  spec: OptionSpec,
  label: string,
  next: string | undefined,
): { readonly value: string | true; readonly taken: boolean } {
  if (spec.kind === "boolean") {
    return next === "true" || next === "false"
      ? { value: next, taken: true }
      : { value: true, taken: false };
  }
  if (next === undefined) {
    throw new UsageError(`Cannot use ${label}: its value is missing; write ${label} VALUE`);
  }
  if (next.startsWith("--")) {
    throw new UsageError(
      `Cannot use ${label}: its value is missing; ` +
        `write ${label}=VALUE where a value begins with two dashes`,
    );
  }
  return { value: next, taken: true };
}
