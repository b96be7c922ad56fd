/**
 * Runs the command line within the test's own process: what takes a new process half a second to
 * start takes milliseconds here, and the test runner sees what is left open.
 *
 * @module
 */
import type { Io } from "../../lib/cli/io.ts";
import { main } from "../../lib/cli/main.ts";
import { Output } from "../../lib/cli/output.ts";
import type { Outcome, RunOptions } from "./program.ts";
import { concat } from "./random.ts";

/** Does what `izypop3 ...args` does, in surroundings as a process would have them: no terminal. */
export async function runHere(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const written: Uint8Array[] = [];
  const said: string[] = [];
  const io: Io = {
    stdout: new Output((octets) => {
      written.push(octets.slice());
      return Promise.resolve(octets.length);
    }),
    writeError: (text) => void said.push(text),
    async *stdin() {
      if (options.stdin !== undefined) yield await Promise.resolve(options.stdin);
    },
    environment: (name) => options.env?.[name] ?? Deno.env.get(name),
    askSecret: () => Promise.resolve(undefined),
    outputIsTerminal: () => false,
    errorColumns: () => undefined,
    hostname: () => Deno.hostname(),
  };
  const code = await inTime(main(args, io), options, () => said.join(""));
  return { code, stdout: concat(written), stderr: said.join("") };
}

/** A process would be killed; here the test fails, and what still runs with it. */
async function inTime(
  running: Promise<number>,
  { seconds = 60 }: RunOptions,
  said: () => string,
): Promise<number> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new Error(`Cannot wait any longer: after ${seconds} s the program only said:\n${said()}`),
    );
  }, seconds * 1000);
  try {
    return await Promise.race([running, promise]);
  } finally {
    clearTimeout(timer);
  }
}
