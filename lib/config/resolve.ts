/**
 * From what people wrote to what a command works with:
 * flags before environment before configuration file before defaults.
 *
 * @module
 */
import { readConfigFile } from "./config_file.ts";
import { ConfigError, UsageError } from "./errors.ts";
import { readFlags, type Words } from "./flags.ts";
import {
  type Given,
  type OptionSpec,
  type OptionTable,
  type OptionValue,
  readValue,
  type Settings,
} from "./option.ts";
import { readWordPairs } from "./word_pairs.ts";

/** How one variable of the environment is looked up. */
export type Environment = (name: string) => string | undefined;

/** What is to be resolved. */
export interface ResolveRequest<T extends OptionTable> {
  /** The command's name, for messages. */
  readonly command: string;
  readonly table: T;
  /** The words behind the command. */
  readonly args: readonly string[];
  /** Whether `args` are old word pairs. */
  readonly pairs: boolean;
  readonly environment: Environment;
  /** The tables of all commands: a configuration file may serve several. */
  readonly everything: readonly OptionTable[];
}

/** A command's settings, and the words that belong to no flag. */
export interface Resolved<T extends OptionTable> {
  readonly settings: Settings<T>;
  readonly operands: readonly string[];
  /** Where each value came from; defaults are not in it. */
  readonly given: ReadonlyMap<string, Given["source"]>;
}

type Layer = ReadonlyMap<string, Given>;

/** The name of an option's variable: `mimestore.path` is `IZYPOP3_MIMESTORE_PATH`. */
export function variableName(option: string): string {
  return `IZYPOP3_${option.toUpperCase().replace(/[.-]/g, "_")}`;
}

/**
 * Resolves a command's settings.
 *
 * @throws {UsageError} if the command line is wrong.
 * @throws {ConfigError} if the environment or the configuration file is.
 * @throws {InputError} if the configuration file cannot be read.
 */
export async function resolve<T extends OptionTable>(
  request: ResolveRequest<T>,
): Promise<Resolved<T>> {
  const { table, command, args, pairs } = request;
  const words: Words = pairs
    ? readWordPairs(args, table, command)
    : readFlags(args, table, command);
  const environment = fromEnvironment(table, request.environment);
  const path = words.given.get("config") ?? environment.get("config");
  const file = typeof path?.written === "string" && path.written !== ""
    ? await readConfigFile(path.written, table, request.everything)
    : new Map<string, Given>();
  const layers = settleRivals([words.given, environment, file], table);
  const values = new Map<string, OptionValue>();
  const given = new Map<string, Given["source"]>();
  for (const [name, spec] of Object.entries(table)) {
    const written = layers.find((layer) => layer.has(name))?.get(name);
    if (written !== undefined) given.set(name, written.source);
    const strongest = written ?? defaultOf(name, spec);
    if (strongest !== undefined) values.set(name, readValue(spec, strongest));
  }
  return {
    // Each value came out of `readValue` with the spec of its own name.
    settings: Object.fromEntries(values) as Settings<T>,
    operands: words.operands,
    given,
  };
}

function fromEnvironment(table: OptionTable, environment: Environment): Layer {
  const given = new Map<string, Given>();
  for (const [name, { alias }] of Object.entries(table)) {
    // The last one counts, as with flags: the option's own name over its alias.
    for (const label of [alias ?? name, name].map(variableName)) {
      const written = environment(label);
      // An empty variable is how many a script says "not set".
      if (written !== undefined && written !== "") {
        given.set(name, { written, source: "environment", label });
      }
    }
  }
  return given;
}

function defaultOf(name: string, spec: OptionSpec): Given | undefined {
  if (spec.default === undefined) return undefined;
  return { written: spec.default, source: "default", label: name };
}

/**
 * Of options that say the same thing (`password`, `password-file`) the strongest layer that has
 * one counts: a file named by a flag wins over a password from the environment.
 */
function settleRivals(layers: readonly Layer[], table: OptionTable): readonly Layer[] {
  const families = new Map<string, string[]>();
  for (const [name, { rivals }] of Object.entries(table)) {
    if (rivals !== undefined) families.set(rivals, [...families.get(rivals) ?? [], name]);
  }
  const settled = layers.map((layer) => new Map(layer));
  for (const names of families.values()) {
    const winner = settled.findIndex((layer) => names.some((name) => layer.has(name)));
    const present = names.flatMap((name) => settled[winner]?.get(name) ?? []);
    const [first, second] = present;
    if (first !== undefined && second !== undefined) throw tooMany(first, second);
    for (const weaker of settled.slice(winner + 1)) names.forEach((name) => weaker.delete(name));
  }
  return settled;
}

function tooMany(first: Given, second: Given): Error {
  const message = `Cannot use ${first.label} and ${second.label} together: give one of them`;
  return first.source === "flag" ? new UsageError(message) : new ConfigError(message);
}
