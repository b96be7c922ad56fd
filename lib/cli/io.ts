/**
 * What surrounds the program: standard streams, terminal, environment. Everything in `lib/cli`
 * goes through it, so that tests can stand in for all of it.
 *
 * @module
 */
import type { Environment } from "../config/resolve.ts";
import { Output } from "./output.ts";

/** The surroundings of one run. */
export interface Io {
  /** Standard output, for data. */
  readonly stdout: Output;
  /** Standard error: writes text as it is. */
  readonly writeError: (text: string) => void;
  /** Standard input, to its end. */
  readonly stdin: () => AsyncIterable<Uint8Array>;
  readonly environment: Environment;
  /** Asks on the terminal for something that must not be seen; `undefined` without a terminal. */
  readonly askSecret: (question: string, signal: AbortSignal) => Promise<string | undefined>;
  /** Whether standard output is a terminal. */
  readonly outputIsTerminal: () => boolean;
  /** Width of the terminal behind standard error; `undefined` where it is none. */
  readonly errorColumns: () => number | undefined;
  /** The name of this machine. */
  readonly hostname: () => string;
}

/** The surroundings that Deno gives us. */
export function denoIo(): Io {
  return {
    stdout: new Output((octets) => Deno.stdout.write(octets), Deno.stdout.isTerminal()),
    writeError,
    stdin: () => Deno.stdin.readable,
    environment,
    async askSecret(question, signal) {
      const { askSecret } = await import("./ask_secret.ts");
      return await askSecret(question, signal);
    },
    outputIsTerminal: () => Deno.stdout.isTerminal(),
    errorColumns,
    hostname: () => Deno.hostname(),
  };
}

/** Tells people one line. */
export function note(io: Io, text: string): void {
  io.writeError(`izypop3: ${oneLine(text)}\n`);
}

/** A text made fit for one line of a terminal: a server's words may hold anything. */
export function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what must not reach a terminal
  return text.replace(/\s*[\r\n]+\s*/g, " ").replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
}

function environment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    // Run without --allow-env: then there is no environment.
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

function writeError(text: string): void {
  const octets = new TextEncoder().encode(text);
  try {
    for (let done = 0; done < octets.length;) done += Deno.stderr.writeSync(octets.subarray(done));
  } catch {
    // Nobody listens to what we have to say: no reason to stop working.
  }
}

function errorColumns(): number | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}
