/**
 * What a command is.
 *
 * @module
 */
import type { Given, OptionTable, Settings } from "../config/option.ts";
import type { Interruption } from "./interruption.ts";
import type { Io } from "./io.ts";

/** What a command gets to work with. */
export interface Invocation<T extends OptionTable> {
  readonly settings: Settings<T>;
  /** The words that belong to no flag. */
  readonly operands: readonly string[];
  /** Where each value came from; defaults are not in it. */
  readonly given: ReadonlyMap<string, Given["source"]>;
  readonly io: Io;
  /** Aborted, with an `InterruptedError`, when a signal stops us. */
  readonly signal: AbortSignal;
  /** The same, and what a second signal does. */
  readonly interruption: Interruption;
}

/** A command's work; resolves to the exit code, and throws what goes wrong. */
export type Run<T extends OptionTable> = (invocation: Invocation<T>) => Promise<number>;

/** What help and README tell of a command. */
export interface CommandFacts {
  /** In a few words. */
  readonly about: string;
  /** Behind `izypop3 NAME`. */
  readonly usage: string;
  readonly examples: readonly string[];
}
