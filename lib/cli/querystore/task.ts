/**
 * What each command of `querystore` works with.
 *
 * @module
 */
import type { Settings } from "../../config/option.ts";
import type { QUERYSTORE_OPTIONS } from "../../config/option_table.ts";
import type { MimeStore } from "../../stores/mime_store.ts";
import type { StoreSettings } from "../../stores/registry.ts";
import type { Io } from "../io.ts";

/** The options as they were given. */
export type StoreCommandSettings = Settings<typeof QUERYSTORE_OPTIONS>;

/** The name of a command. */
export type StoreCommand = NonNullable<StoreCommandSettings["cmd"]>;

/** One run of a command. */
export interface Task {
  readonly store: MimeStore;
  readonly settings: StoreCommandSettings;
  /** Where `export` writes to, if not to an mbox. */
  readonly target: StoreSettings | undefined;
  /** The words behind the command. */
  readonly files: readonly string[];
  readonly io: Io;
  /** Aborted by a signal that stops the program. */
  readonly signal: AbortSignal;
}
