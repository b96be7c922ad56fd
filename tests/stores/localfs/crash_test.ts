import { assert, assertEquals } from "@std/assert";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { permitted } from "../../helpers/permissions.ts";
import { concat, seeded, text } from "../../helpers/random.ts";
import { assertKind, readAll } from "../conformance.ts";
import { contentOf } from "./contents.ts";
import { Folder, pause } from "./folder.ts";

const PROGRAMS = { read: true, write: true, run: true } as const;

/** The writer program, at work. */
class Writer implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<void>;

  constructor(path: string, name: string) {
    const program = new URL("./writer_program.ts", import.meta.url).pathname;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        `--allow-read=${path}`,
        `--allow-write=${path}`,
        program,
        path,
        name,
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#ended = this.#listen();
  }

  /** Waits until it has said so many lines. */
  async said(count: number): Promise<void> {
    while (this.lines.length < count) await pause(2);
  }

  /** Ends it without giving it a chance to tidy up. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It is gone already.
    }
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
    }
    await this.#child.status;
  }
}

/** What must be there after a crash, by what the writers had said. */
function expected(lines: readonly string[]): Map<string, string | undefined> {
  const there = new Map<string, string | undefined>();
  for (const line of lines) {
    const [what, guid = "", tag] = line.split(" ");
    if (what === "stored") there.set(guid, undefined);
    if (what === "marked") there.set(guid, tag);
    if (what === "removing") there.delete(guid);
  }
  return there;
}

permitted(
  PROGRAMS,
  "what was reported before a writer was killed is there once, and whole",
  async () => {
    await using folder = await Folder.make();
    const random = seeded(13);
    const said: string[] = [];
    for (let round = 0; round < 4; round++) {
      await using one = new Writer(folder.path, `a${round}`);
      await using two = new Writer(folder.path, `b${round}`);
      await Promise.all([one.said(2), two.said(2)]);
      await pause(random() * 60);
      await Promise.all([one.kill(), two.kill()]);
      said.push(...one.lines, ...two.lines);
      await using store = await LocalFsStore.open({ path: folder.path });
      const items = await store.query();
      const guids = items.map((item) => item.guid);
      assertEquals(new Set(guids).size, guids.length);
      for (const item of items) {
        assertEquals(
          text(await readAll(store, item, { form: "kept" })),
          text(concat(contentOf(item.guid))),
        );
      }
      for (const [guid, tag] of expected(said)) {
        const item = items.find((item) => item.guid === guid);
        assert(item !== undefined, guid);
        if (tag !== undefined) assertEquals(item.tag, tag);
      }
      assertEquals(folder.names(".izypop3/tmp"), []);
      // What the index says is what making it again from the files would say.
      await Deno.remove(`${folder.path}/.izypop3/index`);
      await using again = await LocalFsStore.open({ path: folder.path });
      assertEquals(await again.query(), items);
    }
  },
);

permitted(PROGRAMS, "a lock keeps other processes out, and dies with its holder", async () => {
  await using folder = await Folder.make();
  await using store = await LocalFsStore.open({ path: folder.path });
  await using holder = new Writer(folder.path, "lock");
  await holder.said(1);
  await assertKind("in-use", () => store.lock("the parent"));
  await holder.kill();
  await using lock = await store.lock("the parent");
  assertEquals(lock.owner, "the parent");
  await assertKind("in-use", () => store.lock("someone else"));
});
