/**
 * `izypop3 clientpop3`.
 *
 * @module
 */
import type { Pop3Client } from "../client/client.ts";
import { type Attempt, withRetries } from "../client/retry.ts";
import { UsageError } from "../config/errors.ts";
import { nearest } from "../config/nearest.ts";
import { CLIENTPOP3_OPTIONS } from "../config/option_table.ts";
import type { StoreSettings } from "../stores/registry.ts";
import { capa, list, stat, uidl } from "./client/listings.ts";
import { dele, retr, sync, top } from "./client/messages.ts";
import { HeadStart } from "./client/head_start.ts";
import { hiddenForGood } from "./client/hidden.ts";
import { RunMemory } from "./client/memory.ts";
import { connectTo, proofFor, signIn, targetFor, userFor } from "./client/session.ts";
import { type ClientSettings, looksLikeUrl } from "./client/target.ts";
import { type ClientCommand, readQuery, type TaskRun } from "./client/task.ts";
import type { Invocation } from "./command.ts";
import { ExplainedError, PartialFailure } from "./errors.ts";
import { describeFailure, EXIT } from "./exit_codes.ts";
import { note } from "./io.ts";
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

const MANNERS = {
  "lock-step": "one command at a time",
  "without CAPA": "without asking what the server offers (CAPA)",
  "AUTH in two steps": "with AUTH in two steps",
} as const;

const COMMANDS: readonly ClientCommand[] = CLIENTPOP3_OPTIONS.cmd.choices;

/** Does one command at a server. */
export async function clientpop3(
  { settings, operands, given, io, signal }: Invocation<typeof CLIENTPOP3_OPTIONS>,
): Promise<number> {
  const { url, command } = readOperands(operands, settings, given.get("cmd") === "flag");
  const target = await targetFor(settings, given, url, io, signal);
  const query = readQuery(settings);
  const storage = await storeSettings(settings);
  refuseNonsense(command, settings, query !== undefined, storage?.modhandler);
  const { hostname } = target;
  const user = await userFor(target, io);
  if (user === undefined && command !== "capa") {
    throw new UsageError("Cannot sign in: no user was given; add --user NAME or put it in the URL");
  }
  const proof = user === undefined ? undefined : await proofFor(target, user, settings, io, signal);
  await using headStart = new HeadStart(hostname, target.port);
  // A store that cannot be opened is found out before anybody has signed in.
  await using store = (command === "retr" || command === "sync") && storage !== undefined
    ? await openTarget(storage, user)
    : undefined;
  const memory = new RunMemory();
  const sourceid = `${user}@${hostname}`;
  const session = async (attempt: Attempt): Promise<void> => {
    memory.begin(attempt.progress);
    const tcp = headStart.take();
    await using client = await connectTo(target, settings, io, signal, attempt, tcp);
    attempt.watch(client);
    // What a server offers can be asked without signing in.
    if (user !== undefined && proof !== undefined) {
      await signIn(client, target, user, { ...proof, twoSteps: attempt.twoSteps });
    }
    const task = { client, settings, io, signal, query, store, sourceid, memory };
    try {
      await RUNS[command](task);
    } catch (error) {
      // What was refused is known by now; the rest is done, and QUIT makes it count.
      if (error instanceof PartialFailure) await quit(client, memory);
      throw error;
    }
    if (!memory.deletes) memory.irrevocable = true;
    await quit(client, memory);
  };
  const finished = withRetries(session, {
    retries: settings.retries,
    signal,
    mayRepeat: () => !memory.irrevocable,
    othersLeft: () => memory.othersLeft,
    onRetry: (error, seconds, manner) => {
      memory.failed(error);
      const how = manner === undefined ? "" : `, ${MANNERS[manner]}`;
      const what = describeFailure(error)?.replace(/\.$/, "");
      note(io, `${what}; trying again in ${seconds.toFixed(1)} s${how}`);
    },
  });
  try {
    await finished;
  } catch (error) {
    const hint = memory.fetching ? hiddenForGood(sourceid) : undefined;
    if (hint !== undefined) note(io, hint);
    throw error;
  } finally {
    // Also where it was cut short: what is counted as new is safe.
    if (store !== undefined && memory.tally.sessions > 0) note(io, memory.tally.toString());
  }
  return EXIT.done;
}

/** @throws {ExplainedError} if the server does not confirm that it deleted what it was to delete. */
async function quit(client: Pop3Client, memory: RunMemory): Promise<void> {
  try {
    await client.quit();
  } catch (error) {
    if (!memory.deletes) throw error;
    memory.tally.unconfirmed();
    const what = describeFailure(error)?.replace(/[^.!?]$/, "$&.") ?? "Cannot quit.";
    throw new ExplainedError(
      `${what} Some of the messages that were to be deleted may still be at the server; here ` +
        "nothing is lost.",
      error,
    );
  }
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
  store: StoreSettings["modhandler"] | undefined,
): void {
  const hasStore = store !== undefined;
  if (command === "dele" && !hasQuery) {
    throw new UsageError("Cannot delete without knowing what: add --query (1- is all)");
  }
  const fetches = command === "retr" || command === "sync";
  if (command === "sync" && !hasStore) {
    throw new UsageError(
      "Cannot sync without a store: add --mimestore.modhandler localfs and --mimestore.path",
    );
  }
  const deletes = settings.delete || settings["keep-days"] !== undefined;
  const flag = settings.delete ? "--delete" : "--keep-days";
  if (deletes && store === "fake") {
    throw new UsageError(
      `Cannot use ${flag} with the fake store: it is in memory, and the messages would be lost; ` +
        "add --mimestore.modhandler localfs and --mimestore.path",
    );
  }
  if (deletes && (!fetches || !hasStore)) {
    throw new UsageError(
      `Cannot use ${flag}: it deletes what retr or sync has put into a store; ` +
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
