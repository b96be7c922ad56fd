/**
 * From the words of the command line to a command, and from what went wrong to an exit code.
 *
 * @module
 */
import { UsageError } from "../config/errors.ts";
import { asksForHelp } from "../config/flags.ts";
import { nearest } from "../config/nearest.ts";
import { quoted } from "../config/option.ts";
import { type Command, COMMANDS } from "./command_table.ts";
import { InterruptedError } from "./errors.ts";
import { describeFailure, EXIT, exitCodeOf } from "./exit_codes.ts";
import { commandHelp, programHelp } from "./help.ts";
import { interruptible, type Interruption } from "./interruption.ts";
import { type Io, note } from "./io.ts";

/** So long, in ms, whoever reads our output may still take it when we are to end. */
const READER_PATIENCE = 1000;

/** Runs `izypop3 ...args`; resolves to the exit code, and never rejects. */
export async function runProgram(args: readonly string[], io: Io): Promise<number> {
  return await interruptible(async (interruption) => {
    const { signal } = interruption;
    const giveUp = () => io.stdout.giveUpAfter(READER_PATIENCE, signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    let failure: unknown;
    try {
      const code = await dispatch(args, io, interruption);
      await io.stdout.flush();
      // Older Denos go on for ever with a write to a peer that never reads, closed or not.
      if (signal.aborted) Deno.exit(code);
      return code;
    } catch (error) {
      // Whatever broke after a signal broke because of it.
      failure = signal.aborted ? signal.reason : error;
    }
    return await tell(failure, io);
  });
}

async function tell(failure: unknown, io: Io): Promise<number> {
  try {
    // What was found out before it went wrong is still worth having.
    await io.stdout.flush();
  } catch {
    // It is about the output itself, or there is nobody to read it.
  }
  const text = describeFailure(failure);
  if (text !== undefined) note(io, text);
  const code = exitCodeOf(failure);
  // Something may still wait for input that will never come.
  if (failure instanceof InterruptedError) Deno.exit(code);
  return code;
}

async function dispatch(
  args: readonly string[],
  io: Io,
  interruption: Interruption,
): Promise<number> {
  const [first = "", second] = args;
  if (first === "") {
    throw new UsageError("Cannot tell what to do: no command was given; izypop3 help lists them");
  }
  if (first === "--help" || first === "-h") return await print(io, programHelp());
  if (first === "help") return await help(args.slice(1), io);
  const pairs = first === "method";
  if (pairs && second === undefined) {
    throw new UsageError("Cannot tell what to do: a command must follow the word method");
  }
  const [name, rest] = pairs ? [second ?? "", args.slice(2)] : [first, args.slice(1)];
  const command = await find(name);
  if (asksForHelp(rest)) return await print(io, commandHelp(name, command));
  return await command.call({ args: rest, pairs, io, interruption });
}

async function help(words: readonly string[], io: Io): Promise<number> {
  const [name] = words;
  if (name === undefined || name.startsWith("-")) return await print(io, programHelp());
  return await print(io, commandHelp(name, await find(name)));
}

async function print(io: Io, text: string): Promise<number> {
  await io.stdout.write(new TextEncoder().encode(text));
  return EXIT.done;
}

async function find(name: string): Promise<Command> {
  const command = Object.entries(COMMANDS).find(([known]) => known === name)?.[1];
  if (command !== undefined) return command;
  if (name.startsWith("-")) {
    throw new UsageError(
      `Cannot use ${quoted(name)} here: the command comes first; izypop3 help lists them`,
    );
  }
  const near = await parentOf(name) ?? nearest(name, [...Object.keys(COMMANDS), "help"]);
  throw new UsageError(
    `Cannot run ${quoted(name)}: there is no such command; the nearest known one is ${near} ` +
      "(izypop3 help lists all)",
  );
}

/** `clientpop3 sync` for `sync`: what a word means where its command was left out. */
async function parentOf(word: string): Promise<string | undefined> {
  const { CLIENTPOP3_OPTIONS, QUERYSTORE_OPTIONS } = await import("../config/option_table.ts");
  const parents = { clientpop3: CLIENTPOP3_OPTIONS, querystore: QUERYSTORE_OPTIONS };
  const parent = Object.entries(parents).find(([, { cmd }]) => cmd.choices.some((c) => c === word));
  return parent === undefined ? undefined : `${parent[0]} ${word}`;
}
