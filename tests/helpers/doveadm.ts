/**
 * Dovecot's own tools on one Maildir, without a server: what delivers, flags and reads as Dovecot
 * does. They refuse to work for root, so for root they run as `nobody`.
 *
 * @module
 */

import { concat, text } from "./random.ts";

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

  /** What Dovecot's POP3 server answers to RETR, to someone signed in already. */
  async retr(number: number): Promise<Uint8Array> {
    const child = this.#start("/usr/lib/dovecot/pop3", ["-c", this.#conf]);
    const writer = child.stdin.getWriter();
    const say = (line: string): Promise<void> => writer.write(new TextEncoder().encode(line));
    await say(`RETR ${number}\r\n`);
    const parts: Uint8Array[] = [];
    // QUIT only when all has come: it would not wait for that.
    for await (const part of child.stdout) {
      parts.push(part);
      if (text(concat(parts.slice(-3))).endsWith("\r\n.\r\n")) break;
    }
    await say("QUIT\r\n").catch(() => {});
    await writer.close().catch(() => {});
    await child.stderr.cancel();
    await child.status;
    return concat(parts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  get #conf(): string {
    return `${this.#folder}/dovecot.conf`;
  }

  #start(program: string, args: string[]): Deno.ChildProcess {
    return new Deno.Command(program, {
      args,
      env: { USER: "tester", HOME: this.#folder },
      cwd: this.#folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      ...this.#account,
    }).spawn();
  }

  async #spawn(
    program: string,
    args: string[],
    input: Uint8Array = new Uint8Array(),
  ): Promise<Uint8Array> {
    const child = this.#start(program, args);
    const writer = child.stdin.getWriter();
    await writer.write(input);
    await writer.close();
    const { code, stdout, stderr } = await child.output();
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
