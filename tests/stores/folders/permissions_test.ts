/** Folders and files that the system does not let us read or change. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { addAll, assertKind, message } from "../conformance.ts";
import { onSmallDisk } from "./disks.ts";
import { contentsOf, forEachKind, type Ground, namesIn } from "./kinds.ts";

/** What {@linkcode stateFor} finds. */
interface State {
  readonly opening: string;
  readonly contents?: readonly string[];
  readonly adding?: string;
  readonly marking?: string;
  readonly removing?: string;
  readonly locking?: string;
  readonly warnings: readonly string[];
}

/** What a process finds in the folder that the modes of files hold for. */
async function stateFor({ kind, path }: Ground): Promise<State> {
  const program = new URL("./state_program.ts", import.meta.url).pathname;
  const deno = [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-read", "--allow-write"];
  const words = [...await asOthers(), ...deno, program, kind.name, path];
  const [command = "", ...args] = words;
  const { stdout, stderr } = await new Deno.Command(command, { args }).output();
  const said = new TextDecoder().decode(stdout);
  if (said === "") throw new Error(new TextDecoder().decode(stderr));
  // What the program above prints.
  return JSON.parse(said) as State;
}

/** The words that take from root what makes modes mean nothing to it. */
async function asOthers(): Promise<string[]> {
  const { stdout } = await new Deno.Command("id", { args: ["-u"] }).output();
  if (new TextDecoder().decode(stdout).trim() !== "0") return [];
  return ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"];
}

const NEEDS = { run: true, programs: ["setpriv", "id"] } as const;

/** Two messages that were stored, and one that somebody put there. */
async function fill(ground: Ground): Promise<string[]> {
  await using store = await ground.open();
  await addAll(store, [message("1", "one"), message("2", "two")]);
  const path = `${ground.path}/${ground.kind.inbox}/theirs.eml`;
  await Deno.writeTextFile(path, "theirs");
  // Not young any more: it would be looked at again.
  await Deno.utime(path, 1_700_000_000, 1_700_000_000);
  return await contentsOf(store);
}

/** Gives all in a folder these modes, and the folder itself. */
async function chmodAll(path: string, folders: number, files: number): Promise<void> {
  for (const { name, isDirectory } of [...Deno.readDirSync(path)]) {
    if (isDirectory) await chmodAll(`${path}/${name}`, folders, files);
    else await Deno.chmod(`${path}/${name}`, files);
  }
  await Deno.chmod(path, folders);
}

forEachKind(NEEDS, "a folder that we may not look into is said to be so", async (ground) => {
  await fill(ground);
  for (const mode of [0o000, 0o300, 0o400]) {
    await Deno.chmod(ground.path, mode);
    const { opening } = await stateFor(ground);
    assertMatch(
      opening,
      /^denied: Cannot .*: the system does not permit it; check owner and mode$/,
    );
  }
  await Deno.chmod(ground.path, 0o700);
  assertEquals((await stateFor(ground)).opening, "done");
});

forEachKind(
  NEEDS,
  "a folder that we may only read is served, and nothing in it is changed",
  async (ground) => {
    const contents = await fill(ground);
    await chmodAll(ground.path, 0o500, 0o400);
    const state = await stateFor(ground);
    assertEquals([state.opening, state.contents, state.locking], ["done", contents, "done"]);
    for (const change of [state.adding, state.marking, state.removing]) {
      assertMatch(change ?? "", /^denied: Cannot .*: the system does not permit it/);
    }
    await chmodAll(ground.path, 0o700, 0o600);
    await using store = await ground.open();
    assertEquals(await contentsOf(store), contents);
  },
);

forEachKind(
  NEEDS,
  "a message that we may not read is named; the others are served",
  async (ground) => {
    const contents = await fill(ground);
    await Deno.chmod(`${ground.path}/${ground.kind.inbox}/theirs.eml`, 0o000);
    await Deno.remove(`${ground.path}/${ground.kind.hidden}/index`);
    const state = await stateFor(ground);
    const others = contents.filter((line) => !line.endsWith("theirs"));
    assertEquals([state.opening, state.contents], ["done", others]);
    const path = ground.kind.inbox === "." ? "./theirs.eml" : "new/theirs.eml";
    assertEquals(state.warnings.map((text) => text.replace(": /", ": ").replace("./", "")), [
      `Cannot read a message; it is not served: ${path.replace("./", "")}`,
    ]);
    assertEquals([state.adding, state.marking, state.removing], ["done", "done", "done"]);
    await Deno.chmod(`${ground.path}/${ground.kind.inbox}/theirs.eml`, 0o600);
    await using store = await ground.open();
    assertEquals(
      await contentsOf(store),
      contents.filter((line) => line.endsWith("theirs")).concat("new unread new").sort(),
    );
  },
);

forEachKind(
  NEEDS,
  "what is ours and may not be written to keeps no mail from being read",
  async (ground) => {
    const contents = await fill(ground);
    const hidden = `${ground.path}/${ground.kind.hidden}`;
    await chmodAll(hidden, 0o500, 0o400);
    const state = await stateFor(ground);
    assertEquals([state.opening, state.contents], ["done", contents]);
    assertMatch(state.adding ?? "", /^denied: /);
    await chmodAll(hidden, 0o700, 0o600);
    // The index alone: it is made again when that can be done.
    await using store = await ground.open();
    await Deno.chmod(`${hidden}/index`, 0o000);
    assertEquals((await stateFor(ground)).opening, "done");
    assertEquals(await contentsOf(store), ["new unread new"]);
  },
);

/** Takes from everybody, root too, the right to change a file. */
async function freeze(path: string, sign: "+i" | "-i"): Promise<boolean> {
  return (await new Deno.Command("chattr", { args: [sign, path], stderr: "null" }).output())
    .success;
}

for (const act of ["marked", "removed"] as const) {
  forEachKind(
    { programs: ["chattr"] },
    `what cannot be ${act} does not keep the others from it`,
    async (ground) => {
      await using store = await ground.open();
      await addAll(store, ["1", "2", "3"].map((guid) => message(guid, guid)));
      const items = await store.query();
      const stuck = `${ground.path}/${ground.kind.inbox}/${items[0]?.name}`;
      // Not for everybody, and not on every file system.
      if (!await freeze(stuck, "+i")) return;
      try {
        const to = act === "marked" ? "archive" : "removed";
        const error = await assertKind("denied", async () => {
          await store.applyAll?.(items.map((item) => ({ item, to })));
        });
        assertMatch(error.message, /the system does not permit it/);
      } finally {
        await freeze(stuck, "-i");
      }
      const expected = act === "marked"
        ? ["1 unread 1", "2 archive 2", "3 archive 3"]
        : ["1 unread 1"];
      assertEquals(await contentsOf(store), expected);
      await using again = await ground.open();
      assertEquals(await contentsOf(again), expected);
    },
  );
}

forEachKind(
  { programs: ["chattr"] },
  "what a dead process left and cannot be done keeps no mail from being read",
  async (ground) => {
    const { path, kind, warnings } = ground;
    {
      await using store = await ground.open();
      await addAll(store, ["1", "2", "3"].map((guid) => message(guid, guid)));
      const items = await store.query();
      const lines = items.map(({ id, name }) => JSON.stringify(["removed", id, name]));
      await Deno.writeTextFile(
        `${path}/${kind.hidden}/journal`,
        ["izypop3 journal 1", ...lines, "end", ""].join("\n"),
      );
    }
    const [stuck = ""] = namesIn(`${path}/${kind.inbox}`).filter((name) => /Z|_1.eml/.test(name));
    if (!await freeze(`${path}/${kind.inbox}/${stuck}`, "+i")) return;
    try {
      await using store = await ground.open();
      assertEquals((await store.query()).map(({ name }) => name), [stuck]);
      assert(
        warnings.some((text) => text.startsWith("Cannot complete that work")),
        warnings.join(),
      );
      // It is not tried for ever: by then the message may be one that is wanted.
      await using _lock = await store.lock("me");
      assertEquals(warnings.length, 2);
    } finally {
      await freeze(`${path}/${kind.inbox}/${stuck}`, "-i");
    }
  },
);

onSmallDisk("a file system that is read-only is served as it is", async (disk, ground) => {
  const contents = await fill(ground);
  await disk.remount("ro");
  const store = await ground.open();
  assertEquals(await contentsOf(store), contents);
  const items = await store.query();
  const changes = [
    () => addAll(store, [message("3", "three")]),
    () => store.markAs(items, "archive"),
    () => store.remove(items),
    async () => await store.applyAll?.(items.map((item) => ({ item, to: "removed" as const }))),
  ];
  for (const change of changes) {
    const { message } = await assertKind("denied", change);
    assertMatch(message, /the file system is read-only$/);
  }
  assertEquals(await contentsOf(store), contents);
  await disk.remount("rw");
  await using again = await ground.open();
  await addAll(again, [message("3", "three")]);
  assertEquals((await contentsOf(again)).length, 4);
});
