/**
 * A private Dovecot 2.3 (Debian's `dovecot-pop3d`) on loopback ports, in a folder of its own under
 * the system's temporary folder: plain with STLS on one port, implicit TLS on another. It works
 * for root (mail is then read as `nobody`, since Dovecot refuses root) and for any other user.
 *
 * @module
 */

import { certificateFile } from "./certificates.ts";
import { answers, freePorts, LOOPBACK } from "./ports.ts";
import { end, runProgram } from "./program.ts";

/** What Dovecot is to serve. */
export interface DovecotOptions {
  /** Each user's messages, in order. */
  readonly mailboxes: Readonly<Record<string, Iterable<Uint8Array>>>;
  /** Every user's password. @default {"secret"} */
  readonly password?: string;
  /** Which certificate and key of `certs/` it shows. @default {"server"} */
  readonly certificate?: string;
  /** More lines for `dovecot.conf`. */
  readonly settings?: string;
}

/** A running Dovecot; disposing it ends it and removes its folder. */
export interface Dovecot extends AsyncDisposable {
  readonly hostname: string;
  /** Plain, with STLS. */
  readonly port: number;
  /** Implicit TLS. */
  readonly tlsPort: number;
  readonly password: string;
  /** The master process; its children do the work. */
  readonly pid: number;
  /** The files of a user's Maildir (`new` and `cur`), sorted. */
  files(user: string): Promise<string[]>;
  /** What it has logged so far, to be shown when a test fails. */
  log(): Promise<string>;
}

/** Starts Dovecot and waits until it answers on both ports. */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const folder = await Deno.makeTempDir({ prefix: "izypop3-dovecot-" });
  const password = options.password ?? "secret";
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    const account = await findAccount();
    await fillFolder(folder, { ...options, password }, account);
    // A port that is free now may be taken when Dovecot asks for it: then once more.
    for (let attempt = 1;; attempt++) {
      const [port, tlsPort] = freePorts();
      const config = configuration(folder, account, [port, tlsPort], options);
      await Deno.writeTextFile(`${folder}/dovecot.conf`, config);
      const child = spawnMaster(folder);
      if (await answers(child, [port, tlsPort])) {
        return dovecot(child, folder, { port, tlsPort, password }, remove);
      }
      await end(child);
      if (attempt === 3) throw new Error(`Dovecot does not start:\n${await readLog(folder)}`);
    }
  } catch (error) {
    await remove();
    throw error;
  }
}

function dovecot(
  child: Deno.ChildProcess,
  folder: string,
  facts: { port: number; tlsPort: number; password: string },
  remove: () => Promise<void>,
): Dovecot {
  return {
    hostname: LOOPBACK,
    ...facts,
    pid: child.pid,
    files: async (user) => {
      const maildir = `${folder}/home/${user}/Maildir`;
      return [...await namesIn(`${maildir}/new`), ...await namesIn(`${maildir}/cur`)].sort();
    },
    log: () => readLog(folder),
    [Symbol.asyncDispose]: async () => {
      await end(child);
      await remove();
    },
  };
}

/** Under which names Dovecot runs its parts. */
interface Account {
  readonly root: boolean;
  readonly user: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
}

/** The present user; for root, the user and group that own nothing. */
async function findAccount(): Promise<Account> {
  const ask = async (...args: string[]) =>
    new TextDecoder().decode((await runProgram("id", args)).stdout).trim();
  const root = await ask("-u") === "0";
  const who = root ? ["nobody"] : [];
  return {
    root,
    user: await ask("-un", ...who),
    group: await ask("-gn", ...who),
    uid: Number(await ask("-u", ...who)),
    gid: Number(await ask("-g", ...who)),
  };
}

/** Password file, certificate, and each user's Maildir, owned by the user who reads the mail. */
async function fillFolder(
  folder: string,
  options: DovecotOptions & { readonly password: string },
  account: Account,
): Promise<void> {
  // For root the temporary folder's own mode would shut `nobody` out.
  await Deno.chmod(folder, 0o755);
  const own = (path: string) =>
    account.root ? Deno.chown(path, account.uid, account.gid) : undefined;
  const certificate = options.certificate ?? "server";
  await Deno.copyFile(certificateFile(`${certificate}.pem`), `${folder}/cert.pem`);
  await Deno.copyFile(certificateFile(`${certificate}.key`), `${folder}/key.pem`);
  const users = Object.keys(options.mailboxes);
  const lines = users.map((user) => `${user}:{PLAIN}${options.password}\n`);
  await Deno.writeTextFile(`${folder}/users`, lines.join(""));
  for (const [user, messages] of Object.entries(options.mailboxes)) {
    const home = `${folder}/home/${user}`;
    for (const part of ["cur", "new", "tmp"]) {
      await Deno.mkdir(`${home}/Maildir/${part}`, { recursive: true });
      await own(`${home}/Maildir/${part}`);
    }
    await own(`${home}/Maildir`);
    await own(home);
    let count = 0;
    for (const octets of messages) {
      // Dovecot numbers new mail by the time in the name, so the order is the one given.
      const name = `${1_700_000_000 + count++}.M0P1.izypop3`;
      await Deno.writeFile(`${home}/Maildir/new/${name}`, octets);
      await own(`${home}/Maildir/new/${name}`);
    }
  }
}

/** All that a POP3 server over Maildir needs; no system-wide file is read or written. */
function configuration(
  folder: string,
  account: Account,
  [port, tlsPort]: [number, number],
  options: DovecotOptions,
): string {
  const asRoot = `userdb {
  driver = static
  args = uid=${account.uid} gid=${account.gid} home=${folder}/home/%u
}
`;
  // Without root nothing can change its user or its root folder.
  const asUser = `userdb {
  driver = static
  args = home=${folder}/home/%u
}
default_internal_user = ${account.user}
default_internal_group = ${account.group}
default_login_user = ${account.user}
service anvil {
  chroot =
}
service pop3-login {
  chroot =
}
`;
  return `protocols = pop3
base_dir = ${folder}/run
state_dir = ${folder}/state
listen = ${LOOPBACK}
log_path = ${folder}/log

# Passwords in the clear are fine on loopback; STLS and TLS are tested as well.
disable_plaintext_auth = no
auth_mechanisms = plain login
# A wrong password is answered at once, not after two seconds, and nobody waits after one.
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem

passdb {
  driver = passwd-file
  args = ${folder}/users
}
mail_location = maildir:~/Maildir
first_valid_uid = 1

service pop3-login {
  inet_listener pop3 {
    port = ${port}
  }
  inet_listener pop3s {
    port = ${tlsPort}
    ssl = yes
  }
}
${account.root ? asRoot : asUser}${options.settings ?? ""}`;
}

function spawnMaster(folder: string): Deno.ChildProcess {
  return new Deno.Command("dovecot", {
    args: ["-F", "-c", `${folder}/dovecot.conf`],
    // Debian keeps daemons where an ordinary user's PATH does not look.
    env: { PATH: `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin` },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function readLog(folder: string): Promise<string> {
  try {
    return await Deno.readTextFile(`${folder}/log`);
  } catch {
    return "(no log)";
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  return names;
}
