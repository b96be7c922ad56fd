/**
 * Surroundings for the command line that keep what it says.
 *
 * @module
 */
import type { Io } from "../../lib/cli/io.ts";
import { Output } from "../../lib/cli/output.ts";

/** What stands in for the world. */
export interface TestIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed when a secret is asked for; without it there is no terminal. */
  readonly secret?: string;
  /** Width of the terminal behind standard error; without it there is none. */
  readonly columns?: number;
  /** Whether standard output is a terminal. */
  readonly terminal?: boolean;
}

/** Surroundings, and what was said in them. */
export interface TestIo extends Io {
  /** What went to standard output, one character an octet. */
  readonly out: () => string;
  /** What went to standard error. */
  readonly err: () => string;
  /** The questions that were asked. */
  readonly questions: readonly string[];
}

/** Surroundings for one run. */
export function testIo(options: TestIoOptions = {}): TestIo {
  const written: string[] = [];
  const errors: string[] = [];
  const questions: string[] = [];
  const sink = (octets: Uint8Array): Promise<number> => {
    written.push(Array.from(octets, (octet) => String.fromCharCode(octet)).join(""));
    return Promise.resolve(octets.length);
  };
  return {
    stdout: new Output(sink, options.terminal),
    writeError: (text) => void errors.push(text),
    async *stdin() {},
    environment: (name) => options.env?.[name],
    askSecret(question) {
      questions.push(question);
      return Promise.resolve(options.secret);
    },
    outputIsTerminal: () => options.terminal ?? false,
    errorColumns: () => options.columns,
    hostname: () => "test.example",
    out: () => written.join(""),
    err: () => errors.join(""),
    questions,
  };
}
