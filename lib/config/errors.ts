/**
 * What a person can get wrong before any work starts.
 *
 * @module
 */

/** The command line cannot be understood; nothing was started, nothing was touched. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The environment or the configuration file cannot be understood. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** A file (or command) that should give us something is not there or cannot be read. */
export class InputError extends Error {
  override readonly name = "InputError";
}
