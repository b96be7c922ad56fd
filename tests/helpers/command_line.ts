/**
 * The command line as a user has it in hand: words in, lines and an exit code out.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  izypop3Command,
  type Outcome,
  runIzypop3,
  type RunOptions,
  type ServerProgram,
} from "./program.ts";
import { text } from "./random.ts";

/** What a command did, as text. */
export interface Said {
  readonly code: number;
  /** One character an octet. */
  readonly out: string;
  /** The lines of `out`. */
  readonly lines: readonly string[];
  readonly err: string;
}

/** What these tests need to start programs and look at folders. */
export const PROGRAMS = { net: true, read: true, write: true, env: true, run: true } as const;

/** The password of the servers in these tests. */
export const PASSWORD = "00123";

/** Runs `izypop3 ...args`; the environment of the test does not configure it. */
export async function izypop3(args: readonly string[], options: RunOptions = {}): Promise<Said> {
  return said(await runIzypop3(args, options));
}

/** Runs `izypop3 clientpop3` at a server, signed in. */
export async function client(
  server: Pick<ServerProgram, "hostname" | "port">,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Said> {
  const where = ["--ip", server.hostname, "--port", `${server.port}`, "--user", "me"];
  const env = { IZYPOP3_PASS: PASSWORD, ...options.env };
  return await izypop3(["clientpop3", ...where, ...args], { ...options, env });
}

/** Runs `izypop3 ...args` for somebody who reads a little of its output and goes away. */
export async function izypop3ReadOnce(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Pick<Said, "code" | "err">> {
  const [program, ...before] = izypop3Command();
  const child = new Deno.Command(program, {
    args: [...before, ...args],
    env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  assertEquals((await reader.read()).done, false);
  await reader.cancel();
  const err = await new Response(child.stderr).text();
  return { code: (await child.status).code, err };
}

/** A folder that is removed when it is disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "izypop3-e2e-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

function said({ code, stdout, stderr }: Outcome): Said {
  const out = text(stdout);
  return { code, out, lines: out === "" ? [] : out.replace(/\n$/, "").split("\n"), err: stderr };
}
