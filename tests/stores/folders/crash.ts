/** Programs that are killed at work on a store, and what must be true afterwards. */
import { assert, assertEquals } from "@std/assert";
import { isTag, type MimeStore } from "../../../lib/stores/mime_store.ts";
import { concat, latin1, seeded, text } from "../../helpers/random.ts";
import { readAll } from "../conformance.ts";
import type { Ground } from "./kinds.ts";
import { kill } from "../../helpers/kill.ts";

/** The octets of the message with this guid: from none to some 100 KB, in pieces. */
export function contentOf(guid: string): Uint8Array[] {
  const number = [...guid].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7);
  const lines = number % 50 === 0 ? 3000 : number % 40;
  const line = `${guid} ${"x".repeat(number % 60)}${number % 3 === 0 ? "\r\n" : "\n"}`;
  return [latin1(line.repeat(Math.floor(lines / 2))), latin1(line.repeat(Math.ceil(lines / 2)))];
}

/** The writer program, at work. */
export class Writer implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<void>;
  #wake = (): void => {};

  constructor({ kind, path }: Ground, name: string, seed: number | "lock") {
    const program = new URL("./writer_program.ts", import.meta.url).pathname;
    const permissions = [`--allow-read=${path}`, `--allow-write=${path}`];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...permissions, program, kind.name, path, name, `${seed}`],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#ended = this.#listen();
  }

  /** Waits until it has said so many lines. */
  async said(count: number): Promise<void> {
    while (this.lines.length < count) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  /** Ends it without giving it a chance to tidy up. */
  async kill(): Promise<void> {
    kill(this.#child);
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #listen(): Promise<void> {
    let rest = "";
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split("\n");
      // Half a line was not said.
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
      this.#wake();
    }
    await this.#child.status;
  }
}

/** What may be there of a message after a crash. */
interface Expected {
  readonly tags: Set<string>;
  /** `coming` and `going` while it is being added or removed. */
  state: "coming" | "there" | "going" | "gone";
}

/** What must be there, by what the writers said. */
export class Account {
  readonly #messages = new Map<string, Expected>();

  /** Takes over what a writer said. */
  hear(lines: readonly string[]): void {
    for (const line of lines) {
      const [what, guid = "", tag = ""] = line.split(" ");
      if (what === "adding") this.#set(guid, tag, "coming");
      if (what === "stored" || what === "marked") this.#set(guid, tag, "there");
      const message = this.#messages.get(guid);
      if (message === undefined) continue;
      if (what === "marking") message.tags.add(tag);
      if (what === "removing") message.state = "going";
      if (what === "removed") message.state = "gone";
    }
  }

  /** What must be there, whatever is done next. */
  there(): string[] {
    return [...this.#messages].flatMap(([guid, { state }]) => state === "there" ? [guid] : []);
  }

  /** Adds what was cut off, as its writer would do it when it comes back. */
  async repeat(store: MimeStore): Promise<void> {
    const cut = [...this.#messages].filter(([, { state }]) => state === "coming");
    const items = cut.map(([guid, { tags }]) => {
      const [tag = ""] = tags;
      return { sourceid: "s", guid, octets: contentOf(guid), ...(isTag(tag) && { tag }) };
    });
    for await (const { item } of store.addItems(items)) this.#set(item.guid, item.tag, "there");
  }

  #set(guid: string, tag: string, state: Expected["state"]): void {
    this.#messages.set(guid, { tags: new Set([tag]), state });
  }

  /** Every message is there once, whole, with one tag; what was removed is not. */
  async check(store: MimeStore, { path, kind }: Ground): Promise<void> {
    const items = await store.query();
    const found = new Map(items.map((item) => [item.guid, item]));
    assertEquals(found.size, items.length);
    for (const item of items) {
      const octets = text(await readAll(store, item, { form: "kept" }));
      assertEquals(octets, text(concat(contentOf(item.guid))), item.guid);
    }
    for (const [guid, { tags, state }] of this.#messages) {
      const item = found.get(guid);
      if (state === "there") assert(item !== undefined, `${guid} was lost`);
      if (state === "gone") assert(item === undefined, `${guid} came back`);
      if (item !== undefined) {
        assert(tags.has(item.tag), `${guid} is ${item.tag}, not ${[...tags]}`);
      }
    }
    const names = [...filesIn(path)].filter(({ name }) => /\.eml$|Z[0-9a-f]{40}\./.test(name));
    assertEquals(names.length, items.length);
    const left = filesIn(`${path}/${kind.temporary}`);
    assertEquals([...left], []);
  }

  /** Nothing is expected any more. */
  clear(): void {
    this.#messages.clear();
  }
}

function* filesIn(path: string): Generator<Deno.DirEntry> {
  // A writer may have been killed before it made the folder.
  if (!isThere(path)) return;
  for (const entry of Deno.readDirSync(path)) {
    if (entry.isDirectory) yield* filesIn(`${path}/${entry.name}`);
    else yield entry;
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Kills two writers at once, `kills` of them in all, and looks each time what they left. */
export async function killWriters(ground: Ground, kills: number, seed: number): Promise<void> {
  const random = seeded(seed);
  const account = new Account();
  const index = `${ground.path}/${ground.kind.hidden}/index`;
  for (let round = 0; round < kills / 2; round++) {
    await using one = new Writer(ground, `a${round}`, seed + round);
    await using two = new Writer(ground, `b${round}`, seed - round);
    await Promise.all([one.said(1), two.said(1)]);
    await Promise.all([one, two].map(async (writer) => {
      await new Promise((resolve) => setTimeout(resolve, random() * 80));
      await writer.kill();
    }));
    account.hear(one.lines);
    account.hear(two.lines);
    {
      await using store = await ground.open();
      // What was reported is there before anything is added again.
      const guids = new Set((await store.query()).map(({ guid }) => guid));
      for (const guid of account.there()) assert(guids.has(guid), `${guid} was lost`);
      if (round % 2 === 0) await Deno.remove(index).catch(() => {});
    }
    await using store = await ground.open();
    await account.repeat(store);
    await account.check(store, ground);
    // What the index says is what making it again from the files would say.
    const items = await store.query();
    await Deno.remove(index);
    await using again = await ground.open();
    assertEquals(await again.query(), items);
    // The next round meets some of what this one left.
    await store.remove(items.filter((_, i) => i % 4 > 0));
    account.clear();
  }
}
