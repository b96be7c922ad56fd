/**
 * What an option is, and how what somebody wrote becomes its value: one way for flags, the
 * environment, the configuration file and the defaults.
 *
 * @module
 */
import { ConfigError, UsageError } from "./errors.ts";
import type { JsonValue } from "./jsonc.ts";

/**
 * - `text`: any non-empty text
 * - `secret`: text that no message, log or output may show
 * - `integer`: a whole number from `min` to `max`
 * - `seconds`: a number of seconds, with up to three decimals
 * - `octets`: a whole number, `k`, `m` or `g` behind it for KiB, MiB, GiB
 * - `boolean`: `true` or `false`
 * - `choice`: one of `choices`
 * - `list`: texts with commas between
 */
export type OptionKind =
  | "text"
  | "secret"
  | "integer"
  | "seconds"
  | "octets"
  | "boolean"
  | "choice"
  | "list";

/** One option, as flags, environment, configuration file, help and README know it. */
export interface OptionSpec {
  readonly kind: OptionKind;
  /** What it does, in a few words. */
  readonly about: string;
  /** What stands for the value in the help: `FILE`, `HOST`. */
  readonly value?: string;
  /** Another name of it. */
  readonly alias?: string;
  /** As somebody would write it. */
  readonly default?: string;
  /** The default in words, where it is not a fixed value. */
  readonly fallback?: string;
  readonly choices?: readonly string[];
  /** Whether a choice may also be a whole number from `min` to `max`. */
  readonly orNumber?: true;
  /** Options with the same word here say the same thing: at most one of them can be given. */
  readonly rivals?: string;
  readonly min?: number;
  readonly max?: number;
}

/** Options by name. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOfKind<S extends OptionSpec> = S["kind"] extends "integer" | "seconds" | "octets" ? number
  : S["kind"] extends "boolean" ? boolean
  : S["kind"] extends "list" ? readonly string[]
  : S extends { readonly choices: readonly (infer C)[]; readonly orNumber: true } ? C | number
  : S extends { readonly choices: readonly (infer C)[] } ? C
  : string;

/** The values of a table's options; those without a default may be missing. */
export type Settings<T extends OptionTable> = {
  readonly [N in keyof T]: T[N] extends { readonly default: string } ? ValueOfKind<T[N]>
    : ValueOfKind<T[N]> | undefined;
};

/** A value of any option. */
export type OptionValue = string | number | boolean | readonly string[];

/** What somebody wrote for an option, and where. */
export interface Given {
  readonly written: JsonValue;
  readonly source: "flag" | "environment" | "file" | "default";
  /** How to name it to that somebody: `--port`, `IZYPOP3_PORT`, `port in my.json`. */
  readonly label: string;
}

/**
 * The value of an option.
 *
 * @throws {UsageError} if a flag's value is of the wrong kind or out of range.
 * @throws {ConfigError} if a value from the environment or the file is.
 */
export function readValue(spec: OptionSpec, given: Given): OptionValue {
  const { written } = given;
  if (Array.isArray(written) && spec.kind === "list") return readList(spec, given, written);
  const text = asText(spec, written);
  const value = text === undefined ? undefined : parse(spec, text);
  if (value === undefined) throw wrong(spec, given, `it must be ${expectation(spec)}`);
  return value;
}

/** What an option's value must look like, in words. */
export function expectation(spec: OptionSpec): string {
  switch (spec.kind) {
    case "integer":
      return spec.max === undefined
        ? `a whole number, ${spec.min ?? 0} or more`
        : `a whole number from ${spec.min ?? 0} to ${spec.max}`;
    case "seconds":
      return "a number of seconds";
    case "octets":
      return "a number of octets (k, m or g behind it for KiB, MiB, GiB)";
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${(spec.choices ?? []).join(", ")}` +
        (spec.orNumber === true ? `, or ${expectation({ ...spec, kind: "integer" })}` : "");
    case "list":
      return "words with commas between";
    default:
      return "a text that is not empty";
  }
}

/** What was written, made fit for one line of a message: no control characters, not too long. */
export function quoted(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what must not reach a terminal
  const clean = text.slice(0, 60).replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
  return text.length > 60 ? `"${clean}…"` : `"${clean}"`;
}

function readList(spec: OptionSpec, given: Given, written: readonly JsonValue[]): OptionValue {
  const words = written.filter((word) => typeof word === "string");
  if (words.length !== written.length || words.length === 0) {
    throw wrong(spec, given, `it must be ${expectation(spec)}`);
  }
  return words;
}

function asText(spec: OptionSpec, written: JsonValue): string | undefined {
  if (typeof written === "string") return written;
  if (spec.kind === "boolean" && typeof written === "boolean") return String(written);
  const numeric = spec.orNumber === true || spec.kind === "integer" || spec.kind === "seconds" ||
    spec.kind === "octets";
  return numeric && typeof written === "number" ? String(written) : undefined;
}

function parse(spec: OptionSpec, text: string): OptionValue | undefined {
  switch (spec.kind) {
    case "integer":
      return inRange(spec, parseDigits(text));
    case "seconds":
      return inRange(spec, /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : undefined);
    case "octets":
      return inRange(spec, parseOctets(text));
    case "boolean":
      return parseBoolean(text);
    case "choice":
      return (spec.choices ?? []).find((choice) => choice === text) ?? parseNumber(spec, text);
    case "list":
      return parseList(text);
    default:
      return text === "" ? undefined : text;
  }
}

function parseDigits(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function parseNumber(spec: OptionSpec, text: string): number | undefined {
  return spec.orNumber === true ? inRange(spec, parseDigits(text)) : undefined;
}

function parseOctets(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,12})([kmg]?)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * 1024 ** " kmg".indexOf(unit.toLowerCase() || " ");
}

function parseBoolean(text: string): boolean | undefined {
  if (text === "true" || text === "1") return true;
  return text === "false" || text === "0" ? false : undefined;
}

function parseList(text: string): readonly string[] | undefined {
  const words = text.split(",").map((word) => word.trim()).filter((word) => word !== "");
  return words.length > 0 ? words : undefined;
}

function inRange(spec: OptionSpec, value: number | undefined): number | undefined {
  if (value === undefined || value < (spec.min ?? 0)) return undefined;
  return value > (spec.max ?? Number.MAX_SAFE_INTEGER) ? undefined : value;
}

function wrong(spec: OptionSpec, given: Given, reason: string): Error {
  const { written } = given;
  const shown = spec.kind === "secret"
    ? "the value given"
    : typeof written === "string"
    ? quoted(written)
    : `a value of type ${Array.isArray(written) ? "array" : typeof written}`;
  const message = written === ""
    ? `Cannot use ${given.label}: its value is missing; ${reason}`
    : `Cannot use ${shown} for ${given.label}: ${reason}`;
  return given.source === "flag" ? new UsageError(message) : new ConfigError(message);
}
