// Types for @std/cli/parse-args. The code itself comes from npm.
//
// The real package works the type of each flag out from the options. Here every flag is
// `unknown`: code that narrows that narrows the real types as well.

/** What `parseArgs` found, by name; names with dots are nested. */
export interface Args {
  [name: string]: unknown;
  /** The words that belong to no flag. */
  _: Array<string | number>;
  /** The words behind `--`, when the option of that name is set. */
  "--"?: string[];
}

export interface ParseOptions {
  "--"?: boolean;
  alias?: Record<string, string | readonly string[]>;
  boolean?: boolean | string | readonly string[];
  default?: Record<string, unknown>;
  stopEarly?: boolean;
  string?: string | readonly string[];
  collect?: string | readonly string[];
  negatable?: string | readonly string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

export declare function parseArgs(args: string[], options?: ParseOptions): Args;
