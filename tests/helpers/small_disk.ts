/**
 * A file system of its own in memory, as small as a test wants it: full disks and read-only folders
 * for programs that run as root, whom no mode bits stop.
 *
 * @module
 */

/** A mounted file system; disposing it takes it away. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Mounts it anew: another `size`, or `ro` and `rw`. */
  remount(option: string): Promise<void>;
}

/** Why there can be none here; `undefined` where there can. To be asked with all permissions. */
export function whyNoSmallDisk(): string | undefined {
  if (Deno.build.os !== "linux") return "Linux";
  const folder = Deno.makeTempDirSync({ prefix: "izypop3-disk-" });
  try {
    const { success } = run("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", folder]);
    if (!success) return "the right to mount";
    run("umount", [folder]);
    return undefined;
  } catch {
    return "program mount";
  } finally {
    Deno.removeSync(folder);
  }
}

/** Mounts one of that size, `300k` say; over the folder `place`, if one is given. */
export async function smallDisk(size: string, place?: string): Promise<SmallDisk> {
  const path = place ?? await Deno.makeTempDir({ prefix: "izypop3-disk-" });
  must("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]);
  return {
    path,
    remount: (option) => {
      must("mount", ["-o", `remount,${option}`, path]);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: async () => {
      must("umount", [path]);
      if (place === undefined) await Deno.remove(path);
    },
  };
}

function must(program: string, args: readonly string[]): void {
  const { success, stderr } = run(program, args);
  if (!success) throw new Error(`Cannot ${program}: ${new TextDecoder().decode(stderr)}`);
}

function run(program: string, args: readonly string[]): Deno.CommandOutput {
  return new Deno.Command(program, { args: [...args], stdin: "null" }).outputSync();
}
