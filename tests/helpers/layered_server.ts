/**
 * Servers of Debian packages that lie unpacked in a folder, run as if they were installed: their
 * folders are laid over the machine's own, and all that they or we write goes into memory, seen by
 * no other process and gone with the server. So they may have users, passwords and mail of their
 * own where they expect them, and packages that exclude each other can be had side by side.
 *
 * @module
 */
import { findProgram, type Needs } from "./permissions.ts";
import { answers, freePorts, LOOPBACK } from "./ports.ts";
import { kill } from "./kill.ts";

/** What is to be run. */
export interface LayeredOptions {
  /** A program of the packages, on `PATH` or in its place. */
  readonly program: string;
  /** Files to be put in place before, by their paths, which are below /etc, /run or /var. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  /**
   * Shell commands, run as root, that end in the server as a process that stays. `$port` and
   * `$tls_port` are free ports of 127.0.0.1, `$user` has the home `/var/home/$user` and the
   * password whose crypt(3) form is `$hash`, `$certificates` is the folder of the tests' own.
   */
  readonly script: string;
  readonly user: string;
  readonly password: string;
  /** Whether both ports are listened on. */
  readonly hasTlsPort: boolean;
}

/** A running server; disposing it ends it, and all that it wrote is gone. */
export interface LayeredServer extends AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
  readonly tlsPort: number;
  /** What it has printed so far, to be shown when a test fails. */
  log(): Promise<string>;
}

/** What a test needs that runs such a server. */
export function layeredNeeds(...programs: string[]): Needs {
  return { net: true, write: true, mounts: true, programs: ["openssl", "unshare", ...programs] };
}

/** Ids that no account of Debian's has. */
const IDS = { user: 65432, service: 65433 } as const;

/** Lays the folders over, makes the accounts, puts the files in place, runs the script. */
const FRAME = `set -e
mount -t proc none /proc
mount -t tmpfs -o mode=755 none "$place/room"
for folder in etc usr var; do
  mkdir -p "$place/room/$folder" "$place/room/$folder.work"
  lower=/$folder
  if [ -d "$layers/$folder" ]; then lower=$layers/$folder:/$folder; fi
  mount -t overlay -o \\
    "lowerdir=$lower,upperdir=$place/room/$folder,workdir=$place/room/$folder.work" none /$folder
done
mount -t tmpfs -o mode=755 none /run
hash=$(openssl passwd -6 "$password")
account() {
  echo "$1:x:$2:$2::$3:/bin/sh" >>/etc/passwd
  echo "$1:x:$2:" >>/etc/group
  echo "$1:$4:19000:0:99999:7:::" >>/etc/shadow
}
account "$user" ${IDS.user} "/var/home/$user" "$hash"
mkdir -p "/var/home/$user"
cp -r "$place/files/." /
chown -R "$user:" "/var/home/$user"
eval "$script"
`;

/** Starts a server and waits until it answers. */
export async function startLayered(options: LayeredOptions): Promise<LayeredServer> {
  const place = await Deno.makeTempDir({ prefix: "izypop3-layered-" });
  const remove = () => Deno.remove(place, { recursive: true });
  const log = () => Deno.readTextFile(`${place}/log`).catch(() => "(no log)");
  try {
    await fill(place, options.files);
    // A port that is free now may be taken when the server asks for it: then once more.
    for (let attempt = 1;; attempt++) {
      const [port, tlsPort] = freePorts();
      const child = spawn(place, options, port, tlsPort);
      if (await answers(child, options.hasTlsPort ? [port, tlsPort] : [port])) {
        return {
          hostname: LOOPBACK,
          port,
          tlsPort,
          log,
          [Symbol.asyncDispose]: async () => {
            await end(child);
            await remove();
          },
        };
      }
      await end(child);
      if (attempt === 3) throw new Error(`${options.program} does not start:\n${await log()}`);
    }
  } catch (error) {
    await remove();
    throw error;
  }
}

async function fill(place: string, files: LayeredOptions["files"]): Promise<void> {
  await Deno.mkdir(`${place}/room`);
  await Deno.mkdir(`${place}/files`);
  for (const [path, content] of Object.entries(files)) {
    // Anything else would be written to the machine itself.
    if (!/^\/(etc|run|var)\//.test(path)) throw new Error(`Cannot put a file at ${path}`);
    const target = `${place}/files${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(
      target,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
}

function spawn(
  place: string,
  { program, user, password, script }: LayeredOptions,
  port: number,
  tlsPort: number,
): Deno.ChildProcess {
  const path = findProgram(program) ?? program;
  const env = {
    place,
    user,
    password,
    script,
    layers: path.slice(0, path.lastIndexOf("/usr/")),
    port: `${port}`,
    tls_port: `${tlsPort}`,
    service_id: `${IDS.service}`,
    certificates: decodeURIComponent(new URL("certs", import.meta.url).pathname),
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  };
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
  return new Deno.Command("unshare", {
    args: [...namespaces, "sh", "-c", `exec >>"$place/log" 2>&1\n${FRAME}`],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** The first process of its namespace goes with its parent, and all others with the first. */
async function end(child: Deno.ChildProcess): Promise<void> {
  kill(child);
  await child.status;
}
