/**
 * Tests that need a permission, or a program from the system, say so through {@linkcode permitted}.
 *
 * Plain `deno test` grants nothing: such a test is then reported as ignored, and its name tells
 * which flag or program it waits for. Nothing here ever prompts.
 *
 * @example
 * ```ts ignore
 * permitted({ net: true }, "the listener answers on a free port", async () => {
 *   await using listener = await listen("127.0.0.1", 0);
 * });
 * permitted({ net: true, programs: ["curl"] }, "curl fetches every message", async (t) => {
 *   await t.step("by number", fetchByNumber);
 * });
 * ```
 *
 * @module
 */

/** What a test needs beyond plain computing. */
export interface Needs {
  readonly net?: true;
  readonly read?: true;
  readonly write?: true;
  readonly env?: true;
  readonly run?: true;
  readonly sys?: true;
  /** Names of programs that must be on `PATH`; implies `run`, `read` and `env`. */
  readonly programs?: readonly string[];
}

type Permission = "net" | "read" | "write" | "env" | "run" | "sys";

const PERMISSIONS: readonly Permission[] = ["net", "read", "write", "env", "run", "sys"];

/** Registers a test that is ignored, with the reason in its name, where a need is not met. */
export function permitted(
  needs: Needs,
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const reason = whatIsMissing(needs);
  if (reason === undefined) Deno.test(name, fn);
  else Deno.test({ name: `${name} (needs ${reason})`, ignore: true, fn });
}

/** What stands in the way of a test with these needs; `undefined` when nothing does. */
export function whatIsMissing(needs: Needs): string | undefined {
  const flags = neededPermissions(needs).filter((name) => !isGranted(name));
  if (flags.length > 0) return flags.map((name) => `--allow-${name}`).join(" ");
  const absent = (needs.programs ?? []).filter((program) => !isInstalled(program));
  return absent.length > 0 ? `program ${absent.join(", ")}` : undefined;
}

function neededPermissions(needs: Needs): Permission[] {
  const implied: Needs = needs.programs === undefined ? {} : { run: true, read: true, env: true };
  return PERMISSIONS.filter((name) => needs[name] === true || implied[name] === true);
}

function isGranted(name: Permission): boolean {
  // The test task grants the one kind of `sys` that we use; a question for all kinds would miss it.
  const descriptor: Deno.PermissionDescriptor = name === "sys"
    ? { name, kind: "hostname" }
    : { name };
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/** Whether `PATH`, or the folders where Debian keeps its daemons, hold a program of that name. */
function isInstalled(program: string): boolean {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const suffixes = Deno.build.os === "windows" ? [".exe", ".cmd", ".bat"] : [""];
  const folders = [...(Deno.env.get("PATH") ?? "").split(separator), "/usr/sbin", "/sbin"];
  return folders.some((folder) => suffixes.some((end) => isFile(`${folder}/${program}${end}`)));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
