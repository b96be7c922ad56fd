/**
 * Where a secret comes from when it is not written on the command line, where other users of the
 * machine can see it.
 *
 * @module
 */
import { readInputFile, reasonOf } from "./config_file.ts";
import { InputError } from "./errors.ts";

/** The forms in which a secret was given; at most one is there. */
export interface SecretForms {
  readonly value: string | undefined;
  readonly file: string | undefined;
  readonly command: string | undefined;
}

/**
 * The secret, or `undefined` where no form of it was given. Blanks belong to it; only the end of
 * the line does not. `signal` ends the waiting for a command with its reason.
 *
 * @throws {InputError} if the file or the command gives none.
 */
export async function readSecret(
  name: string,
  forms: SecretForms,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (forms.value !== undefined) return forms.value;
  if (forms.file !== undefined) {
    const text = await readInputFile(forms.file, `--${name}-file`);
    return secretIn(text, `--${name}-file ${forms.file}`, "its first line is empty");
  }
  if (forms.command === undefined) return undefined;
  const text = await outputOf(name, forms.command, signal);
  return secretIn(text, `--${name}-command`, "the command printed nothing");
}

/** The first line; `ifEmpty` is what is wrong where there is nothing in it. */
function secretIn(text: string, from: string, ifEmpty: string): string {
  const line = /^[^\r\n]*/.exec(text)?.[0] ?? "";
  const wrong = line === "" ? ifEmpty : NOT_UTF8.test(line) ? "it is not in UTF-8" : undefined;
  if (wrong === undefined) return line;
  throw new InputError(`Cannot take the secret from ${from}: ${wrong}`);
}

/** What a decoder leaves of octets that are none; no secret has it. */
const NOT_UTF8 = /\ufffd/;

async function outputOf(
  name: string,
  command: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const [shell, flag] = Deno.build.os === "windows"
    ? ["cmd", "/c"] as const
    : ["sh", "-c"] as const;
  try {
    const child = new Deno.Command(shell, {
      args: [flag, command],
      stdin: "inherit",
      stdout: "piped",
      stderr: "inherit",
      ...(signal === undefined ? {} : { signal }),
    });
    const { code, stdout } = await unlessAborted(child.output(), signal);
    if (code === 0) return new TextDecoder().decode(stdout);
    throw new InputError(`Cannot run --${name}-command: it ended with exit code ${code}`);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InputError) throw error;
    throw new InputError(`Cannot run --${name}-command: ${reasonOf(error)}`, { cause: error });
  }
}

/** What the shell has started outlives it, and may hold the output open as long as it likes. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
