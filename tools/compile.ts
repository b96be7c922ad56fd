/**
 * `deno task compile`: builds the command line as programs that need no Deno.
 *
 *     deno task compile                            dist/izypop3, for this machine
 *     deno task compile aarch64-apple-darwin …     dist/izypop3-aarch64-apple-darwin, …
 *     deno task compile --all                      every target
 *
 * @module
 */

/** The systems that a release is built for. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/** One call of `deno compile`. */
export interface Build {
  /** `undefined` is this machine. */
  readonly target: string | undefined;
  readonly output: string;
}

/** The builds that the words of the command line ask for. */
export function planBuilds(words: readonly string[], host: string): Build[] {
  const unknown = words.find((word) => word !== "--all" && !TARGETS.includes(word));
  if (unknown !== undefined) {
    throw new Error(`Cannot compile for ${unknown}: the targets are ${TARGETS.join(", ")}`);
  }
  if (words.length === 0) return [{ target: undefined, output: `dist/izypop3${suffix(host)}` }];
  const targets = words.includes("--all") ? TARGETS : words;
  return targets.map((target) => ({
    target,
    output: `dist/izypop3-${target}${suffix(target)}`,
  }));
}

/**
 * The arguments of `deno` for one build: what the program may do is fixed here, for good.
 * `unneeded` are folders that would only make it larger.
 */
export function compileArguments(
  build: Build,
  host: string,
  unneeded: readonly string[] = [],
): string[] {
  return [
    "compile",
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-sys=hostname", // the name in the server's banner
    // For --pass-command. One name only: the program grumbles at each start about one not found.
    `--allow-run=${isWindows(build.target ?? host) ? "cmd" : "sh"}`,
    // Sessions leave little garbage: a nursery of 48 MiB only waits. Costs no speed (see bench/).
    "--v8-flags=--max-semi-space-size=4",
    ...(build.target === undefined ? [] : ["--target", build.target]),
    // For --workers: to share a port among them, and the module that each runs.
    "--unstable-net",
    "--include",
    "lib/cli/server/worker.ts",
    ...unneeded.flatMap((folder) => ["--exclude", folder]),
    "--output",
    build.output,
    "cli.ts",
  ];
}

function suffix(target: string): string {
  return isWindows(target) ? ".exe" : "";
}

function isWindows(target: string): boolean {
  return target.includes("windows");
}

/** Gives back whether `deno compile` went well; what it has to say goes to the terminal. */
async function compile(build: Build, unneeded: readonly string[]): Promise<boolean> {
  const args = compileArguments(build, Deno.build.target, unneeded);
  return (await new Deno.Command(Deno.execPath(), { args }).spawn().status).success;
}

/** The packages of npm that the program runs; others are there for its tests, or for their types. */
export const PACKAGES: readonly string[] = ["aws4fetch", "postal-mime"];

/**
 * The folders of all other packages in `store`. A compiled program holds all that it finds there,
 * and reads all that it holds at each start.
 */
export async function unneededPackages(store: string): Promise<string[]> {
  const folders: string[] = [];
  for (const entry of await namesIn(store)) {
    // `@types+node@22.1.0` has `node_modules/@types/node`.
    const name = /^(.+)@/.exec(entry)?.[1]?.replace("+", "/");
    if (name === undefined || PACKAGES.includes(name)) continue;
    folders.push(`${store}/${entry}/node_modules/${name}`);
  }
  return folders.sort();
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    // Nothing was installed yet: `deno compile` then fetches what the program needs, and no more.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

const HINT = `
compile: Deno downloads a runtime of its own version for each target. Where it cannot, name one
that was downloaded elsewhere: DENORT_BIN=/path/to/denort deno task compile`;

async function main(words: readonly string[]): Promise<number> {
  const failed: string[] = [];
  const unneeded = await unneededPackages("node_modules/.deno");
  for (const build of planBuilds(words, Deno.build.target)) {
    if (!await compile(build, unneeded)) failed.push(build.output);
  }
  if (failed.length === 0) return 0;
  console.error(`${HINT}\ncompile: not built: ${failed.join(", ")}`);
  return 1;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    console.error(`compile: ${error instanceof Error ? error.message : error}`);
    Deno.exitCode = 64;
  }
}
