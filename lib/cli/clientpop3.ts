/**
 * `izypop3 clientpop3`.
 *
 * @module
 */
import { UsageError } from "../config/errors.ts";
import { nearest } from "../config/nearest.ts";
import { CLIENTPOP3_OPTIONS } from "../config/option_table.ts";
import { capa, list, stat, uidl } from "./client/listings.ts";
import { dele, retr, sync, top } from "./client/messages.ts";
import { connectTo, passwordFor, signIn } from "./client/session.ts";
import { type ClientSettings, looksLikeUrl, resolveTarget } from "./client/target.ts";
import { type ClientCommand, readQuery, type TaskRun } from "./client/task.ts";
import type { Invocation } from "./command.ts";
import { PartialFailure } from "./errors.ts";
import { EXIT } from "./exit_codes.ts";
import { openTarget, storeSettings } from "./stores.ts";

const RUNS: Readonly<Record<ClientCommand, TaskRun>> = {
  list,
  stat,
  uidl,
  capa,
  top,
  retr,
  dele,
  sync,
};

const COMMANDS: readonly ClientCommand[] = CLIENTPOP3_OPTIONS.cmd.choices;

/** Does one command at a server. */
export async function clientpop3(
  { settings, operands, given, io, signal }: Invocation<typeof CLIENTPOP3_OPTIONS>,
): Promise<number> {
  const { url, command } = readOperands(operands, settings, given.get("cmd") === "flag");
  const target = resolveTarget(settings, given, url);
  const query = readQuery(settings);
  const storage = storeSettings(settings);
  refuseNonsense(command, settings, query !== undefined, storage !== undefined);
  const { user, hostname } = target;
  if (user === undefined && command !== "capa") {
    throw new UsageError("Cannot sign in: no user was given; add --user NAME or put it in the URL");
  }
  const password = user === undefined
    ? undefined
    : await passwordFor(target, user, settings, io, signal);
  // A store that cannot be opened is found out before the server has done anything.
  await using store = (command === "retr" || command === "sync") && storage !== undefined
    ? await openTarget(storage, user)
    : undefined;
  await using client = await connectTo(target, settings, io, signal);
  // What a server offers can be asked without signing in.
  if (user !== undefined && password !== undefined) await signIn(client, target, user, password);
  const sourceid = `${user}@${hostname}`;
  try {
    await RUNS[command]({ client, settings, io, signal, query, store, sourceid });
  } catch (error) {
    // What was refused is known by now; the rest is done, and QUIT makes it count.
    if (error instanceof PartialFailure) await client.quit();
    throw error;
  }
  await client.quit();
  return EXIT.done;
}

interface Operands {
  readonly url: string | undefined;
  readonly command: ClientCommand;
}

function readOperands(
  operands: readonly string[],
  settings: ClientSettings,
  cmdIsFlag: boolean,
): Operands {
  const urls = operands.filter(looksLikeUrl);
  const words = operands.filter((word) => !looksLikeUrl(word));
  const [url] = urls;
  const [word] = words;
  if (urls.length > 1) throw new UsageError("Cannot connect: more than one URL was given");
  // The words are not repeated here: one of them may be a password that lost its flag.
  if (words.length > 1) {
    throw new UsageError(
      `Cannot tell which command is meant: ${words.length} words belong to no flag; ` +
        `write one of ${COMMANDS.join(", ")}`,
    );
  }
  if (word !== undefined && cmdIsFlag) {
    throw new UsageError("Cannot use --cmd together with a command as the last word: give one");
  }
  const command = word === undefined ? settings.cmd : findCommand(word);
  if (command !== undefined) return { url, command };
  throw new UsageError(`Cannot tell what to do: write one of ${COMMANDS.join(", ")}`);
}

function findCommand(word: string): ClientCommand {
  const command = COMMANDS.find((known) => known === word);
  if (command !== undefined) return command;
  throw new UsageError(
    `Cannot do that: the last word is no command of clientpop3; the nearest known one is ` +
      `${nearest(word, COMMANDS)} (of ${COMMANDS.join(", ")})`,
  );
}

/** What would do nothing, or something that nobody can have meant. */
function refuseNonsense(
  command: ClientCommand,
  settings: ClientSettings,
  hasQuery: boolean,
  hasStore: boolean,
): void {
  if (command === "dele" && !hasQuery) {
    throw new UsageError("Cannot delete without knowing what: add --query (1- is all)");
  }
  const fetches = command === "retr" || command === "sync";
  if (command === "sync" && !hasStore) {
    throw new UsageError(
      "Cannot sync without a store: add --mimestore.modhandler localfs and --mimestore.path",
    );
  }
  if (settings.delete && (!fetches || !hasStore)) {
    throw new UsageError(
      "Cannot use --delete: it deletes what retr or sync has put into a store; " +
        "add --mimestore.modhandler localfs and --mimestore.path, or use dele",
    );
  }
  if (settings.json && (command === "top" || command === "retr") && !hasStore) {
    throw new UsageError(
      `Cannot use --json with ${command} to standard output, where the messages go as they are; ` +
        "add a store, or leave --json off",
    );
  }
}
