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
  string: ["messages", "size", "entries", "writers", "fetched", "folder", "measure"],
  default: {
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

async function writersSideBySide(kind: Kind, path: string, count: number, size: number) {
  const writers = Number(flags.writers);
  const rate = async (name: string, share: number, many: number): Promise<number> => {
    const store = await KINDS[kind].open({ path: `${path}-${name}`, create: true });
    const jobs = Array.from(
      { length: many },
      (_, i) => () => addAll(store, range(i * share, (i + 1) * share, size)),
    );
    return (share * many) / await seconds(() => Promise.all(jobs.map((job) => job())));
  };
  const one = await rate("one", count, 1);
  const all = await rate("all", Math.floor(count / writers), writers);
  tell(
    `${kind}: one writer, ${writers} writers (${count} messages)`,
    `${Math.round(one)}, ${Math.round(all)} a second (${(all / one).toFixed(2)} times)`,
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
  tell(`index of ${entries} entries: load and order`, new TextDecoder().decode(stdout).trim());
}

/** The entries alone: there are no files behind them. */
async function measureIndex(path: string): Promise<void> {
  const { Catalog } = await import("../lib/stores/localfs/catalog.ts");
  const { layoutOf } = await import("../lib/stores/localfs/layout.ts");
  const { emlNaming } = await import("../lib/stores/localfs/naming.ts");
  const layout = layoutOf(path, emlNaming);
  const catalog = new Catalog(layout);
  let items = 0;
  const took = await seconds(async () => {
    const loaded = await new IndexFile(layout.index).load();
    for (const frame of loaded?.frames ?? []) catalog.apply(frame);
    items = catalog.query({ limit: 50, order: "desc" }).length;
  });
  const megabytes = Math.round(Deno.memoryUsage().rss / 1e6);
  console.log(`${took.toFixed(3)} s with the last ${items}; ${megabytes} MB`);
}

/** mpop and our client fetch the same messages from our server, durably, in turn. */
async function besideMpop(path: string, count: number, size: number): Promise<void> {
  const source = await LocalFsStore.open({ path: `${path}-source`, create: true });
  await addAll(source, range(0, count, size));
  await using server = Pop3Server.start({
    port: 0,
    authenticator: singlePassword("x"),
    openStore: () => Promise.resolve(source),
  });
  const { port } = server.address;
  const rates: Record<"mpop" | Kind, number[]> = { mpop: [], localfs: [], maildir: [] };
  for (let round = 0; round < 3; round++) {
    const maildir = `${path}-mpop-${round}`;
    for (const part of ["", "/tmp", "/new", "/cur"]) Deno.mkdirSync(maildir + part);
    const config = `${path}-mpoprc-${round}`;
    await Deno.writeTextFile(
      config,
      `account default\nhost 127.0.0.1\nport ${port}\nuser me\nauth user\ntls off\n` +
        `passwordeval echo x\nkeep on\nuidls_file ${config}.uidls\ndelivery maildir ${maildir}\n`,
      { mode: 0o600 },
    );
    rates.mpop.push(
      count / await seconds(async () => {
        const { success, stderr } = await new Deno.Command("mpop", { args: ["-q", "-C", config] })
          .output();
        if (!success) throw new Error(`mpop failed: ${new TextDecoder().decode(stderr)}`);
      }),
    );
    for (const kind of NAMES) {
      const args = ["run", "--quiet", "-A", new URL("../cli.ts", import.meta.url).href];
      const flags = ["clientpop3", "retr", "--ip", "127.0.0.1", "--port", `${port}`];
      const into = ["--store", kind, "--mimestore.path", `${path}-${kind}-${round}`];
      rates[kind].push(
        count / await seconds(async () => {
          const { success, stderr } = await new Deno.Command(Deno.execPath(), {
            args: [...args, ...flags, "--user", "me", "--pass", "x", ...into],
            stdout: "null",
          }).output();
          if (!success) throw new Error(`retr failed: ${new TextDecoder().decode(stderr)}`);
        }),
      );
    }
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[1] ?? 0;
  for (const name of ["mpop", ...NAMES] as const) {
    const rate = median(rates[name]);
    tell(
      `fetch ${count} durably: ${name}`,
      `${Math.round(rate)} a second (${(rate / median(rates.mpop)).toFixed(2)} times mpop)`,
    );
  }
}

async function main(): Promise<void> {
  const folder = String(flags.folder);
  if (flags.measure === "index") return await measureIndex(folder);
  if (flags.measure === "localfs" || flags.measure === "maildir") {
    return await measure(flags.measure, folder);
  }
  const root = await Deno.makeTempDir({ dir: folder, prefix: "izypop3-bench-" });
  try {
    const [count, size] = [Number(flags.messages), Number(flags.size)];
    for (const kind of NAMES) await addAndOpen(kind, `${root}/${kind}`, count, size);
    for (const kind of NAMES) {
      await writersSideBySide(kind, `${root}/${kind}-writers`, Math.min(count, 16_000), size);
    }
    await hugeIndex(`${root}/huge`, Number(flags.entries));
    await besideMpop(`${root}/fetch`, Number(flags.fetched), size);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

if (import.meta.main) await main();
