/**
 * Which words and flags of `querystore` go together; all is checked before anything is opened.
 *
 * @module
 */
import { UsageError } from "../../config/errors.ts";
import { nearest } from "../../config/nearest.ts";
import { QUERYSTORE_OPTIONS } from "../../config/option_table.ts";
import { TAGS } from "../../stores/mime_store.ts";
import type { Invocation } from "../command.ts";
import { checkSelection, FILTERS } from "./selection.ts";
import type { StoreCommand, StoreCommandSettings } from "./task.ts";

const COMMANDS: readonly StoreCommand[] = QUERYSTORE_OPTIONS.cmd.choices;

/** Commands that put messages in, and have none to choose from. */
const ADDING: readonly StoreCommand[] = ["add", "import"];

/** Where each option came from. */
type Given = Invocation<typeof QUERYSTORE_OPTIONS>["given"];

/** What is to be done, and with which files. */
export interface Order {
  readonly command: StoreCommand;
  readonly files: readonly string[];
}

/**
 * The command, which is an option or the first word, and the words behind it.
 *
 * @throws {UsageError} if there is no such command, or what stands there makes no sense with it.
 */
export function readOrder(
  operands: readonly string[],
  settings: StoreCommandSettings,
  given: Given,
): Order {
  const order = orderOf(operands, settings);
  refuseWrongFiles(order, settings);
  refuseWrongFlags(order.command, settings);
  refuseWrongChoice(order.command, given);
  checkSelection(settings);
  return order;
}

function orderOf(operands: readonly string[], settings: StoreCommandSettings): Order {
  if (settings.cmd !== undefined) return { command: settings.cmd, files: operands };
  const [word, ...files] = operands;
  if (word === undefined) return { command: "query", files: [] };
  const command = COMMANDS.find((known) => known === word);
  if (command !== undefined) return { command, files };
  throw new UsageError(
    "Cannot do that: the first word is no command of querystore; the nearest known one is " +
      `${nearest(word, COMMANDS)} (of ${COMMANDS.join(", ")})`,
  );
}

function refuseWrongFiles({ command, files }: Order, settings: StoreCommandSettings): void {
  if (ADDING.includes(command)) {
    if (files.length > 0) return;
    throw new UsageError(
      `Cannot ${command} nothing: write files or folders behind ${command}, or - for standard input`,
    );
  }
  if (command === "export") {
    const isIntoStore = settings["to.modhandler"] !== undefined;
    if (files.length > (isIntoStore ? 0 : 1)) {
      throw new UsageError("Cannot export to all of that: give one file, or -, or --to.modhandler");
    }
    if (settings.json && !isIntoStore && (files[0] ?? "-") === "-") {
      throw new UsageError(
        "Cannot use --json: the mbox goes to standard output; give a file for it",
      );
    }
    return;
  }
  if (files.length > 0) {
    throw new UsageError(`Cannot use more words: ${command} takes flags only; add takes files`);
  }
}

function refuseWrongFlags(command: StoreCommand, settings: StoreCommandSettings): void {
  const isIntoStore = settings["to.modhandler"] !== undefined;
  if (isIntoStore && command !== "export") {
    throw new UsageError(`Cannot use --to.modhandler with ${command}: only export writes there`);
  }
  if (settings["tag-unparsable"] && command !== "query" && !ADDING.includes(command)) {
    throw new UsageError(
      `Cannot use --tag-unparsable with ${command}: only with query, add, import`,
    );
  }
  if (command === "mark" && settings.tag === undefined) {
    throw new UsageError(`Cannot mark without a tag: add --tag with one of ${TAGS.join(", ")}`);
  }
}

/** A file or variable that serves other commands too must neither choose here nor be in the way. */
function refuseWrongChoice(command: StoreCommand, given: Given): void {
  const flags = FILTERS.filter((name) => given.get(name) === "flag");
  if (ADDING.includes(command) && flags.length > 0) {
    throw new UsageError(`Cannot use --${flags[0]} with ${command}: it takes all it is given`);
  }
  if ((command === "cat" || command === "mark") && flags.length === 0) {
    throw new UsageError(
      `Cannot tell which message to ${command}: add --query.id ID, or other flags that choose`,
    );
  }
}
