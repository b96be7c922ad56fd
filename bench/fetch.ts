/**
 * This client and others fetch the same messages from the same Dovecot into files, in turn, in one
 * run.
 *
 * ```sh
 * deno run --allow-net --allow-read --allow-write --allow-env --allow-run bench/fetch.ts
 * deno run … bench/fetch.ts --rounds 9 --only small,again
 * IZYPOP3_BIN=dist/izypop3 deno run … bench/fetch.ts      # the compiled program
 * ```
 *
 * README.md beside this file says what is done and what is compared.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { type Dovecot, startDovecot } from "../tests/helpers/dovecot.ts";
import { izypop3Command, runProgram } from "../tests/helpers/program.ts";
import { Folders } from "./peers/folders.ts";
import { largeMessages, smallMessages } from "./peers/messages.ts";
import { median } from "./peers/table.ts";

/** What measure.py prints. */
interface Measured {
  readonly seconds: number;
  readonly cpu: number;
  readonly megabytes: number;
  readonly code: number;
  readonly stderr: string;
}

/** A client: how it is told to fetch all of a user's messages into a folder of its own. */
interface Fetcher {
  readonly name: string;
  readonly program: string;
  readonly command: (job: FetchJob) => Promise<readonly string[]>;
}

interface FetchJob {
  readonly dovecot: Dovecot;
  readonly user: string;
  readonly count: number;
  /** An empty folder, or the one of the fetch before. */
  readonly folder: string;
}

interface Load {
  readonly name: string;
  readonly user: string;
  readonly count: number;
  /** Fetches first what then is there already. */
  readonly again?: true;
  /** Clients that have no memory of what they fetched are left out of `again`. */
  readonly without?: readonly string[];
}

const FETCHERS: readonly Fetcher[] = [
  {
    name: "izypop3",
    program: izypop3Command()[0],
    command: ({ dovecot, user, folder }) =>
      Promise.resolve([
        ...izypop3Command(),
        ...["clientpop3", "--ip", dovecot.hostname, "--port", `${dovecot.port}`, "--user", user],
        ...["--pass", dovecot.password, "--store", "localfs", "--mimestore.path", folder, "sync"],
      ]),
  },
  { name: "mpop", program: "mpop", command: mpop },
  { name: "fetchmail", program: "fetchmail", command: fetchmail },
  { name: "getmail6", program: "getmail", command: getmail },
  {
    name: "curl",
    program: "curl",
    command: ({ dovecot, user, count, folder }) =>
      Promise.resolve([
        ...["curl", "-q", "-sS", "--user", `${user}:${dovecot.password}`],
        ...[`pop3://${dovecot.hostname}:${dovecot.port}/[1-${count}]`, "-o", `${folder}/#1`],
      ]),
  },
];

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: ["rounds", "small", "large", "huge", "only", "clients"],
    default: { rounds: "5", small: "2000", large: "40", huge: "200", only: "", clients: "" },
  });
  const [small, large] = [Number(flags.small), Number(flags.large)];
  const only = String(flags.only).split(",").filter((name) => name !== "");
  const loads: readonly Load[] = [
    { name: "small", user: "small", count: small },
    { name: "again", user: "small", count: small, again: true, without: ["curl"] },
    { name: "large", user: "large", count: large },
    { name: "huge", user: "huge", count: 1 },
  ];
  await using dovecot = await startDovecot({
    mailboxes: {
      small: smallMessages(small, "crlf"),
      large: largeMessages(large, "crlf"),
      huge: [hugeMessage(Number(flags.huge) * 1_000_000)],
    },
  });
  console.log("load   client        median   ratio  CPU seconds   memory  rounds");
  const there = await Promise.all(FETCHERS.map(({ program }) => isThere(program)));
  const asked = String(flags.clients).split(",").filter((name) => name !== "");
  const isAsked = (name: string) => asked.length === 0 || asked.includes(name);
  const fetchers = FETCHERS.filter(({ name }, index) => there[index] && isAsked(name));
  for (const { name } of FETCHERS) {
    if (!fetchers.some((each) => each.name === name)) console.error(`${name} is left out`);
  }
  for (const load of loads) {
    if (only.length > 0 && !only.includes(load.name)) continue;
    const taking = fetchers.filter(({ name }) => load.without?.includes(name) !== true);
    console.log(report(load, taking, await measure(load, taking, dovecot, Number(flags.rounds))));
  }
  const bare = await run("izypop3", [...izypop3Command(), "--version"]);
  console.log(`izypop3 --version: ${bare.seconds.toFixed(2)} s, ${bare.megabytes.toFixed(0)} MB`);
}

/** Whoever takes longer than so many seconds is measured once, or a run would take an hour. */
const PATIENCE = 20;

/** Each once to warm up, then in turn, so that all meet the same machine. */
async function measure(
  load: Load,
  fetchers: readonly Fetcher[],
  dovecot: Dovecot,
  rounds: number,
): Promise<readonly (readonly Measured[])[]> {
  await using folders = new Folders(load.count > MANY);
  const results = fetchers.map((): Measured[] => []);
  const slow = new Set<Fetcher>();
  for (let round = 0; round <= rounds; round++) {
    for (const [index, fetcher] of fetchers.entries()) {
      if (round > 1 && slow.has(fetcher)) continue;
      const start = performance.now();
      const measured = await fetchOnce(load, fetcher, dovecot, folders);
      if (performance.now() - start > PATIENCE * 1000) slow.add(fetcher);
      console.error(`${load.name} ${fetcher.name} ${measured.seconds.toFixed(2)} s`);
      if (round > 0) results[index]?.push(measured);
    }
  }
  return results;
}

/** Files whose removal the next fetch would feel. */
const MANY = 1000;

async function fetchOnce(
  load: Load,
  fetcher: Fetcher,
  dovecot: Dovecot,
  folders: Folders,
): Promise<Measured> {
  const command = await fetcher.command({ ...load, dovecot, folder: await folders.make() });
  if (load.again === true) await run(fetcher.name, command);
  return await run(fetcher.name, command);
}

async function run(name: string, command: readonly string[]): Promise<Measured> {
  const script = decodeURIComponent(new URL("peers/measure.py", import.meta.url).pathname);
  const { stdout } = await runProgram("python3", [script, ...command], { seconds: 600 });
  // Written by measure.py.
  const measured = JSON.parse(new TextDecoder().decode(stdout)) as Measured;
  // fetchmail ends with 1 where nothing was new.
  if (measured.code !== 0 && !(name === "fetchmail" && measured.code === 1)) {
    throw new Error(`${name} ended with ${measured.code}: ${measured.stderr}`);
  }
  return measured;
}

function report(
  load: Load,
  fetchers: readonly Fetcher[],
  results: readonly (readonly Measured[])[],
): string {
  const ours = results[0] ?? [];
  const lines = fetchers.map(({ name }, index) => {
    const all = results[index] ?? [];
    const ratios = all.map(({ seconds }, round) => seconds / (ours[round]?.seconds ?? NaN));
    return [
      load.name.padEnd(6),
      name.padEnd(10),
      `${median(all.map(({ seconds }) => seconds)).toFixed(2)} s`.padStart(9),
      `×${median(ratios).toFixed(2)}`.padStart(7),
      `${median(all.map(({ cpu }) => cpu)).toFixed(2)} s CPU`.padStart(12),
      `${Math.max(...all.map(({ megabytes }) => megabytes)).toFixed(0)} MB`.padStart(8),
      `${all.length}`.padStart(7),
    ].join(" ");
  });
  return lines.join("\n");
}

async function mpop({ dovecot, user, folder }: FetchJob): Promise<readonly string[]> {
  const maildir = `${folder}/maildir`;
  for (const part of ["", "/cur", "/new", "/tmp"]) await Deno.mkdir(maildir + part, MAYBE);
  const config = `${folder}/mpoprc`;
  await write(
    config,
    `account test
host ${dovecot.hostname}
port ${dovecot.port}
tls off
auth user
user ${user}
password ${dovecot.password}
delivery maildir ${maildir}
received_header off
uidls_file ${folder}/uidls
pipelining on
keep on
`,
  );
  return ["mpop", "-q", "-C", config, "test"];
}

async function fetchmail({ dovecot, user, folder }: FetchJob): Promise<readonly string[]> {
  const config = `${folder}/fetchmailrc`;
  await write(
    config,
    `set invisible
set no bouncemail
poll ${dovecot.hostname} service ${dovecot.port} protocol POP3 auth password uidl
  no envelope no dns bad-header accept timeout 60
  user "${user}" password "${dovecot.password}" is nobody here
  sslproto "" keep no rewrite no mimedecode no stripcr pass8bits
  bsmtp "${folder}/all"
`,
  );
  return [
    ...["env", `FETCHMAILHOME=${folder}`, "fetchmail", "--silent", "--fetchmailrc", config],
    ...["--idfile", `${folder}/ids`, "--pidfile", `${folder}/pid`],
  ];
}

async function getmail({ dovecot, user, folder }: FetchJob): Promise<readonly string[]> {
  const maildir = `${folder}/maildir`;
  for (const part of ["", "/cur", "/new", "/tmp"]) await Deno.mkdir(maildir + part, MAYBE);
  await write(
    `${folder}/getmailrc`,
    `[retriever]
type = SimplePOP3Retriever
server = ${dovecot.hostname}
port = ${dovecot.port}
username = ${user}
password = ${dovecot.password}
[destination]
type = Maildir
path = ${maildir}/
${await withoutRoot(folder, maildir)}[options]
read_all = false
delete = false
received = false
delivered_to = false
verbose = 0
`,
  );
  const script = decodeURIComponent(
    new URL("../tests/helpers/getmail.py", import.meta.url).pathname,
  );
  return ["/usr/bin/python3", script, "--getmaildir", folder];
}

/** getmail6 refuses to deliver as root, but becomes somebody else for it. */
async function withoutRoot(folder: string, maildir: string): Promise<string> {
  const id = async (...args: string[]) =>
    Number(new TextDecoder().decode((await runProgram("id", args)).stdout));
  if (await id("-u") !== 0) return "";
  const [uid, gid] = [await id("-u", "nobody"), await id("-g", "nobody")];
  await Deno.chmod(folder, 0o755);
  for (const part of ["", "/cur", "/new", "/tmp"]) await Deno.chown(maildir + part, uid, gid);
  return "user = nobody\n";
}

const MAYBE = { recursive: true } as const;

async function write(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

async function isThere(program: string): Promise<boolean> {
  const { code } = await runProgram("sh", ["-c", 'command -v "$1"', "sh", program]);
  return code === 0;
}

/** One message of about so many octets. */
function hugeMessage(octets: number): Uint8Array {
  const head = new TextEncoder().encode("Subject: huge\r\n\r\n");
  const line = new TextEncoder().encode(`${"QUJDRA==".repeat(9)}ABCD\r\n`);
  const message = new Uint8Array(head.length + Math.ceil(octets / line.length) * line.length);
  message.set(head);
  for (let at = head.length; at < message.length; at += line.length) message.set(line, at);
  return message;
}

if (import.meta.main) await main();
