/**
 * The stores that keep messages in folders: how fast they add durably, open and answer. See README.md.
 *
 *     deno run --allow-read --allow-write --allow-net --allow-env --allow-run --allow-sys=hostname bench/stores.ts
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { LocalFsStore } from "../lib/stores/localfs.ts";
import { encodeRows, type IndexRow } from "../lib/stores/localfs/frames.ts";
import { IndexFile } from "../lib/stores/localfs/index_file.ts";
import { MaildirStore } from "../lib/stores/maildir.ts";
import type { MimeStore, NewMimeItem } from "../lib/stores/mime_store.ts";
import { Pop3Server, singlePassword } from "../mod.ts";

const KINDS = { localfs: LocalFsStore, maildir: MaildirStore } as const;
type Kind = keyof typeof KINDS;
const NAMES: readonly Kind[] = ["localfs", "maildir"];

const flags = parseArgs(Deno.args, {
  string: [
    ...["messages", "size", "entries", "writers", "added", "fetched", "rounds", "folder", "only"],
    "measure",
  ],
  default: {
    only: "add,open,writers,index,fetch",
    added: "5000",
    rounds: "3",
    messages: "100000",
    size: "4096",
    entries: "1000000",
    writers: "8",
    fetched: "5000",
    folder: ".",
  },
});

/** A message of `size` octets in canonical form; another number, another message. */
function made(number: number, size: number): NewMimeItem {
  const head = `From: a@example.org\r\nSubject: ${number}\r\n` +
    "Date: Tue, 2 Jan 2024 10:17:00 +0000\r\n\r\n";
  const line = `${"0123456789".repeat(7)}\r\n`;
  const text = head + line.repeat(Math.max(0, Math.ceil((size - head.length) / line.length)));
  const octets = new TextEncoder().encode(`${text.slice(0, size - 2)}\r\n`);
  return { sourceid: "bench", guid: `${number}`, octets: [octets] };
}

function* range(from: number, to: number, size: number): Generator<NewMimeItem> {
  for (let number = from; number < to; number++) yield made(number, size);
}

async function addAll(store: MimeStore, items: Iterable<NewMimeItem>): Promise<void> {
  for await (const _ of store.addItems(items)) { /* only when it is durable does it come */ }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** What this process holds, and the most that it has held. */
function memory(): string {
  const most = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
  return `${Math.round(Deno.memoryUsage().rss / 1e6)} MB, at most ${
    Math.round(Number(most) / 977)
  }`;
}

/** CPU seconds of this process with all its threads, or of its children that have ended. */
function cpuSeconds(whose: "own" | "children" = "own"): number {
  const fields = Deno.readTextFileSync("/proc/self/stat").split(") ")[1]?.split(" ") ?? [];
  const first = whose === "own" ? 11 : 13;
  return (Number(fields[first]) + Number(fields[first + 1])) / 100;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function tell(what: string, value: string): void {
  console.log(`${what.padEnd(58)} ${value}`);
}

/** Opens in a process of its own, so that nothing is warm there, and says how long it took. */
async function measuredOpening(kind: Kind, path: string): Promise<string> {
  const args = ["run", "--quiet", "-A", import.meta.url, "--measure", kind, "--folder", path];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function measure(kind: Kind, path: string): Promise<void> {
  let store: MimeStore | undefined;
  const opening = await seconds(async () => store = await KINDS[kind].open({ path }));
  let count = 0;
  const last = await seconds(async () => {
    count = (await store?.query({ limit: 50, order: "desc" }))?.length ?? 0;
  });
  const megabytes = Math.round(Deno.memoryUsage().rss / 1e6);
  console.log(
    `${opening.toFixed(3)} s; last ${count} in ${(last * 1000).toFixed(1)} ms; ${megabytes} MB`,
  );
}

async function addAndOpen(kind: Kind, path: string, count: number, size: number): Promise<void> {
  const store = await KINDS[kind].open({ path, create: true });
  const took = await seconds(() => addAll(store, range(0, count, size)));
  tell(`${kind}: add ${count} messages, one writer`, `${Math.round(count / took)} a second`);
  await new Promise((resolve) => setTimeout(resolve, 2200));
  await store.query();
  tell(`${kind}: open with the index`, await measuredOpening(kind, path));
  const index = kind === "localfs" ? ".izypop3/index" : "izypop3-index/index";
  await Deno.remove(`${path}/${index}`);
  tell(`${kind}: open without an index (reads all)`, await measuredOpening(kind, path));
  tell(`${kind}: open once more`, await measuredOpening(kind, path));
}

/** One writer and several, in turn, each time into a new folder. */
async function writersSideBySide(kind: Kind, path: string, count: number, size: number) {
  const writers = Number(flags.writers);
  const rate = async (name: string, many: number): Promise<number> => {
    const store = await KINDS[kind].open({ path: `${path}-${name}`, create: true });
    const share = Math.floor(count / many);
    const jobs = Array.from({ length: many }, (_, i) => i * share);
    const took = await seconds(() => {
      return Promise.all(jobs.map((first) => addAll(store, range(first, first + share, size))));
    });
    return (share * many) / took;
  };
  const [one, all]: [number[], number[]] = [[], []];
  for (let round = 0; round < Number(flags.rounds); round++) {
    one.push(await rate(`one-${round}`, 1));
    all.push(await rate(`all-${round}`, writers));
  }
  const ratio = median(all.map((rate, round) => rate / (one[round] ?? rate)));
  tell(
    `${kind}: one writer, ${writers} writers (${count} messages)`,
    `${Math.round(median(one))}, ${Math.round(median(all))} a second (${ratio.toFixed(2)} times)`,
  );
}

async function hugeIndex(path: string, entries: number): Promise<void> {
  await (await LocalFsStore.open({ path, create: true }))[Symbol.asyncDispose]();
  const row = (i: number): IndexRow => ({
    id: i.toString(16).padStart(16, "0"),
    fingerprint: i.toString(16).padStart(64, "0"),
    name: `bench_${i}.eml`,
    identity: "",
    tag: 1,
    created: 1e12 + i,
    date: 0,
    mtime: 1e12 + i,
    size: 4096,
    kept: 4096,
    flags: 1,
  });
  const file = new IndexFile(`${path}/.izypop3/index`);
  const frames = Array.from({ length: Math.ceil(entries / 32768) }, (_, f) => {
    const first = f * 32768;
    return encodeRows(
      Array.from({ length: Math.min(32768, entries - first) }, (_, i) => row(first + i)),
    );
  });
  file.replace(frames);
  const args = ["run", "--quiet", "-A", import.meta.url, "--measure", "index", "--folder", path];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  for (const line of new TextDecoder().decode(stdout).trim().split("\n")) {
    tell(`index of ${entries} entries`, line);
  }
}

/** The entries alone: there are no files behind them. */
async function measureIndex(path: string): Promise<void> {
  const { Catalog } = await import("../lib/stores/localfs/catalog.ts");
  const { layoutOf, ownFile } = await import("../lib/stores/localfs/layout.ts");
  const { emlNaming } = await import("../lib/stores/localfs/naming.ts");
  const layout = layoutOf(path, emlNaming);
  const catalog = new Catalog(layout);
  const step = async (name: string, work: () => Promise<number> | number): Promise<void> => {
    let count = 0;
    const before = cpuSeconds();
    const took = await seconds(async () => count = await work());
    const cpu = cpuSeconds() - before;
    console.log(
      `${name}: ${took.toFixed(3)} s (CPU ${cpu.toFixed(2)} s), ${count}; ${memory()}`,
    );
  };
  await step("load and ask for the last", async () => {
    await new IndexFile(ownFile(layout, "index")).load((frames, share) => {
      const isFirst = catalog.table.count === 0;
      for (const frame of frames) catalog.apply(frame);
      if (isFirst) catalog.expect(share);
    });
    return catalog.query({ limit: 50, order: "desc" }).length;
  });
  await step("ask for all", () => catalog.query({}).length);
}

/** A server with so many messages, for those who fetch them. */
async function source(path: string, count: number, size: number) {
  const store = await LocalFsStore.open({ path, create: true });
  await addAll(store, range(0, count, size));
  const server = Pop3Server.start({
    port: 0,
    authenticator: singlePassword("x"),
    openStore: () => Promise.resolve(store),
  });
  return server;
}

/** Has mpop fetch everything into a new Maildir, which flushes each message; how long it took. */
async function mpop(path: string, port: number): Promise<number> {
  for (const part of ["", "/tmp", "/new", "/cur"]) Deno.mkdirSync(path + part);
  const config = `${path}.rc`;
  await Deno.writeTextFile(
    config,
    `account default\nhost 127.0.0.1\nport ${port}\nuser me\nauth user\ntls off\n` +
      `passwordeval echo x\nkeep on\nuidls_file ${config}.uidls\ndelivery maildir ${path}\n`,
    { mode: 0o600 },
  );
  return await seconds(() => run("mpop", ["-q", "-C", config]));
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** What they did in each round: messages a second, and CPU seconds. */
type Rounds = Record<"mpop" | Kind, { readonly rate: number; readonly cpu: number }[]>;

async function inTurn(
  what: string,
  count: number,
  runs: Record<"mpop" | Kind, (round: number) => Promise<number>>,
): Promise<void> {
  const rounds: Rounds = { mpop: [], localfs: [], maildir: [] };
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const name of ["mpop", ...NAMES] as const) {
      const before = cpuSeconds("children");
      const took = await runs[name](round);
      rounds[name].push({ rate: count / took, cpu: cpuSeconds("children") - before });
    }
  }
  for (const name of ["mpop", ...NAMES] as const) {
    const ratios = rounds[name].map(({ rate }, i) => rate / (rounds.mpop[i]?.rate ?? rate));
    const rate = Math.round(median(rounds[name].map(({ rate }) => rate)));
    const cpu = median(rounds[name].map(({ cpu }) => cpu));
    const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((r) => r.toFixed(2));
    tell(
      `${what} ${count} durably: ${name}`,
      `${rate} a second, ${median(ratios).toFixed(2)} times mpop (${low} to ${high}), ` +
        `CPU ${cpu.toFixed(2)} s`,
    );
  }
}

/** The stores add what mpop fetches; each in a process of its own, which times the adding alone. */
async function addBesideMpop(path: string, count: number, size: number): Promise<void> {
  await using server = await source(`${path}-source`, count, size);
  const add = (kind: Kind) => async (round: number): Promise<number> => {
    const folder = `${path}-${kind}-${round}`;
    const measure = ["--measure", `add-${kind}`, "--folder", folder, "--added", `${count}`];
    const args = ["run", "--quiet", "-A", import.meta.url, ...measure, "--size", `${size}`];
    return Number(await run(Deno.execPath(), args));
  };
  await inTurn("add", count, {
    mpop: (round) => mpop(`${path}-mpop-${round}`, server.address.port),
    localfs: add("localfs"),
    maildir: add("maildir"),
  });
}

/** Our client fetches what mpop fetches; the start of either program is in the time. */
async function fetchBesideMpop(path: string, count: number, size: number): Promise<void> {
  await using server = await source(`${path}-source`, count, size);
  const { port } = server.address;
  const fetch = (kind: Kind) => (round: number): Promise<number> => {
    const into = ["--store", kind, "--mimestore.path", `${path}-${kind}-${round}`];
    const from = ["--ip", "127.0.0.1", "--port", `${port}`, "--user", "me", "--pass", "x"];
    const cli = new URL("../cli.ts", import.meta.url).href;
    const args = ["run", "--quiet", "-A", cli, "clientpop3", "retr", ...from, ...into];
    return seconds(() => run(Deno.execPath(), args));
  };
  await inTurn("fetch", count, {
    mpop: (round) => mpop(`${path}-mpop-${round}`, port),
    localfs: fetch("localfs"),
    maildir: fetch("maildir"),
  });
}

async function measureAdding(kind: Kind, path: string): Promise<void> {
  const store = await KINDS[kind].open({ path, create: true });
  console.log(
    await seconds(() => addAll(store, range(0, Number(flags.added), Number(flags.size)))),
  );
}

async function measureOnly(what: string, folder: string): Promise<void> {
  if (what === "index") return await measureIndex(folder);
  for (const kind of NAMES) {
    if (what === kind) await measure(kind, folder);
    if (what === `add-${kind}`) await measureAdding(kind, folder);
  }
}

async function main(): Promise<void> {
  const folder = String(flags.folder);
  if (flags.measure !== undefined) return await measureOnly(String(flags.measure), folder);
  const root = await Deno.makeTempDir({ dir: folder, prefix: "izypop3-bench-" });
  const [count, size] = [Number(flags.messages), Number(flags.size)];
  const parts: Record<string, () => Promise<void>> = {
    add: () => addBesideMpop(`${root}/add`, Number(flags.added), size),
    open: async () => {
      for (const kind of NAMES) await addAndOpen(kind, `${root}/${kind}`, count, size);
    },
    writers: async () => {
      for (const kind of NAMES) {
        await writersSideBySide(kind, `${root}/${kind}-writers`, Number(flags.added), size);
      }
    },
    index: () => hugeIndex(`${root}/huge`, Number(flags.entries)),
    fetch: () => fetchBesideMpop(`${root}/fetch`, Number(flags.fetched), size),
  };
  try {
    for (const part of String(flags.only).split(",")) await parts[part]?.();
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

if (import.meta.main) await main();
