/**
 * Exports and imports that are killed, again and again, until one comes to its end; and what must
 * be true then.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { LocalFsStore } from "../../lib/stores/localfs.ts";
import { MaildirStore } from "../../lib/stores/maildir.ts";
import type { MimeStore } from "../../lib/stores/mime_store.ts";
import { addAll, message, readAll } from "../stores/conformance.ts";
import { izypop3, temporaryFolder } from "./command_line.ts";
import { izypop3Command } from "./program.ts";
import { concat, latin1, seeded, text } from "./random.ts";
import { kill } from "./kill.ts";

/** How many messages are moved; all of them different, some with lines that must be quoted. */
const COUNT = 300;

/** For a few kills only. */
const FEW = 60;

/** What a killed transfer is. */
export type Transfer = "export to an mbox" | "export to a store" | "import of an mbox";

/** Kills a transfer at so many random moments; then everything must be there once, whole. */
export async function killTransfer(kind: Transfer, kills: number): Promise<void> {
  await using folder = await temporaryFolder();
  const [path, mbox, there] = [
    `${folder.path}/store`,
    `${folder.path}/mbox`,
    `${folder.path}/there`,
  ];
  const count = kills < 10 ? FEW : COUNT;
  await fill(path, count);
  const from = ["querystore", "--store", "localfs", "--mimestore.path"];
  const whole = (await izypop3([...from, path, "export"])).out;
  if (kind === "import of an mbox") await Deno.writeFile(mbox, latin1(whole));
  const args = kind === "export to an mbox"
    ? [...from, path, "export", mbox]
    : kind === "export to a store"
    ? [...from, path, "export", "--to.modhandler", "maildir", "--to.path", there]
    : [...from, there, "import", mbox];
  const random = seeded(6);
  const again = async (): Promise<void> => {
    const started = performance.now();
    const said = await izypop3(args, { apart: true });
    assertEquals(said.code, 0, said.err);
    const took = performance.now() - started;
    if (kind === "export to an mbox") {
      assertEquals(text(await Deno.readFile(mbox)), whole);
      await Deno.remove(mbox);
    } else {
      await checkStore(kind, path, there);
      await Deno.remove(there, { recursive: true });
    }
    usual = took;
  };
  let usual = 0;
  await again();
  for (let kill = 0; kill < kills; kill++) {
    // Two kills, and then a run that is left alone.
    await killedAfter(args, random() * usual * 1.1);
    if (kind !== "export to an mbox") assert((await countIn(kind, there)) <= count);
    if (kill % 2 === 1) await again();
  }
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  if (kind === "export to an mbox" && kills % 2 === 0) assertEquals(names, ["store"]);
}

async function fill(path: string, count: number): Promise<void> {
  await using store = await LocalFsStore.open({ path, create: true });
  const items = Array.from({ length: count }, (_, i) => {
    const body = "From me\n>From you\n0123456789\n".repeat(i % 7 === 0 ? 8000 : 20);
    return message(`m${i}`, concat([latin1(`Subject: ${i}\n\n`), latin1(body)]));
  });
  await addAll(store, items);
}

async function killedAfter(args: readonly string[], milliseconds: number): Promise<void> {
  const [program, ...before] = izypop3Command();
  const child = new Deno.Command(program, {
    args: [...before, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => kill(child), milliseconds);
  const ended = child.status.then(() => clearTimeout(timer));
  await ended;
}

async function openThere(kind: Transfer, there: string): Promise<MimeStore> {
  return kind === "export to a store"
    ? await MaildirStore.open({ path: there, create: true })
    : await LocalFsStore.open({ path: there, create: true });
}

async function countIn(kind: Transfer, there: string): Promise<number> {
  await using store = await openThere(kind, there);
  return (await store.query()).length;
}

async function checkStore(kind: Transfer, path: string, there: string): Promise<void> {
  await using ours = await LocalFsStore.open({ path });
  await using theirs = await openThere(kind, there);
  assertEquals(await octetsOf(theirs), await octetsOf(ours));
}

async function octetsOf(store: MimeStore): Promise<string[]> {
  const all: string[] = [];
  for (const item of await store.query()) {
    all.push(text(await readAll(store, item, { form: "kept" })));
  }
  return all.sort();
}
