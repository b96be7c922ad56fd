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
  /** To mount file systems where no other process sees them; implies `run`. */
  readonly mounts?: true;
  /** Says what else is missing; asked only where all of the above is there. */
  readonly besides?: () => string | undefined;
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
  const absent = (needs.programs ?? []).filter((program) => findProgram(program) === undefined);
  if (absent.length > 0) return `program ${absent.join(", ")}`;
  if (needs.mounts === true && !canMount()) return "root, and to be let mount";
  return needs.besides?.();
}

function neededPermissions(needs: Needs): Permission[] {
  const implied: Needs = needs.programs === undefined && needs.mounts === undefined
    ? {}
    : { run: true, read: true, env: true };
  return PERMISSIONS.filter((name) => needs[name] === true || implied[name] === true);
}

function isGranted(name: Permission): boolean {
  // The test task grants the one kind of `sys` that we use; a question for all kinds would miss it.
  const descriptor: Deno.PermissionDescriptor = name === "sys"
    ? { name, kind: "hostname" }
    : { name };
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/** Where Debian keeps its daemons, and an ordinary user's PATH does not look. */
const DAEMONS = ["/usr/sbin", "/sbin", "/usr/lib/courier/courier"];

/** The path of a program on `PATH`, or in the folders where Debian keeps its daemons. */
export function findProgram(program: string): string | undefined {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const suffixes = Deno.build.os === "windows" ? [".exe", ".cmd", ".bat"] : [""];
  const folders = [...(Deno.env.get("PATH") ?? "").split(separator), ...DAEMONS];
  const paths = folders.flatMap((folder) => suffixes.map((end) => `${folder}/${program}${end}`));
  return paths.find(isFile);
}

/** Lays one folder over another where only this child sees it: not every container allows that. */
function canMount(): boolean {
  const script = "mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work && " +
    "mount -t overlay -o lowerdir=/usr,upperdir=/mnt/upper,workdir=/mnt/work none /usr";
  try {
    const args = ["--mount", "--pid", "--fork", "sh", "-c", script];
    return new Deno.Command("unshare", { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
