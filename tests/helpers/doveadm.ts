/**
 * Dovecot's own tools on one Maildir, without a server: what delivers, flags and reads as Dovecot
 * does. They refuse to work for root, so for root they run as `nobody`.
 *
 * @module
 */

/** Whom the tools run as; nothing where that is ourselves. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** A Maildir and Dovecot's tools for it; disposing it removes both. */
export class Doveadm implements AsyncDisposable {
  readonly maildir: string;
  readonly #folder: string;
  readonly #account: Account | undefined;

  private constructor(folder: string, account: Account | undefined) {
    this.#folder = folder;
    this.#account = account;
    this.maildir = `${folder}/Maildir`;
  }

  /** An empty Maildir. */
  static async make(): Promise<Doveadm> {
    const folder = await Deno.makeTempDir({ prefix: "izypop3-doveadm-" });
    const made = new Doveadm(folder, await idOf("-u") === 0 ? await nobody() : undefined);
    for (const name of ["Maildir", "Maildir/tmp", "Maildir/new", "Maildir/cur", "run", "state"]) {
      await Deno.mkdir(`${folder}/${name}`);
    }
    await Deno.writeTextFile(`${folder}/dovecot.conf`, configuration(folder));
    await made.own();
    return made;
  }

  /** Gives all in the folder to whom the tools run as. */
  async own(path = this.#folder): Promise<void> {
    if (this.#account === undefined) return;
    await Deno.chown(path, this.#account.uid, this.#account.gid);
    if (!(await Deno.lstat(path)).isDirectory) return;
    for (const entry of Deno.readDirSync(path)) await this.own(`${path}/${entry.name}`);
  }

  /** What `doveadm` prints. */
  async run(args: readonly string[], input?: Uint8Array): Promise<string> {
    const output = await this.#spawn("doveadm", ["-c", this.#conf, ...args], input);
    return new TextDecoder().decode(output);
  }

  /** Delivers a message. */
  async save(octets: Uint8Array): Promise<void> {
    await this.run(["save"], octets);
  }

  /** What Dovecot's POP3 server answers to these commands, of someone signed in already. */
  async pop3(commands: readonly string[]): Promise<Uint8Array> {
    const input = new TextEncoder().encode(commands.map((command) => `${command}\r\n`).join(""));
    return await this.#spawn("/usr/lib/dovecot/pop3", ["-c", this.#conf], input);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  get #conf(): string {
    return `${this.#folder}/dovecot.conf`;
  }

  async #spawn(
    program: string,
    args: string[],
    input: Uint8Array = new Uint8Array(),
  ): Promise<Uint8Array> {
    const child = new Deno.Command(program, {
      args,
      env: { USER: "tester", HOME: this.#folder },
      cwd: this.#folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      ...this.#account,
    }).spawn();
    const writer = child.stdin.getWriter();
    const ended = child.output();
    await writer.write(input);
    // The end of its input would stop the POP3 server although it had not sent everything.
    const close = (): Promise<void> => writer.close().catch(() => {});
    if (program === "doveadm") await close();
    const { code, stdout, stderr } = await ended;
    await close();
    if (code === 0) return stdout;
    throw new Error(`${program} ${args} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  }
}

function configuration(folder: string): string {
  return `mail_location = maildir:${folder}/Maildir
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
ssl = no
first_valid_uid = 1
namespace inbox {
  inbox = yes
  separator = /
}
`;
}

async function nobody(): Promise<Account> {
  return { uid: await idOf("-u", "nobody"), gid: await idOf("-g", "nobody") };
}

async function idOf(...args: string[]): Promise<number> {
  const { stdout } = await new Deno.Command("id", { args }).output();
  return Number(new TextDecoder().decode(stdout));
}
