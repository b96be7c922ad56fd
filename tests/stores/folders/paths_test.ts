/** Paths that are not what they should be: files, links, pipes, other disks, long names. */
import { assert, assertEquals } from "@std/assert";
import { text } from "../../helpers/random.ts";
import { addAll, assertKind, message, readAll } from "../conformance.ts";
import { besideAnotherDisk } from "./disks.ts";
import { contentsOf, forEachKind, type Ground, groundAt, namesIn } from "./kinds.ts";

forEachKind({}, "a file where a folder should be is named", async (ground) => {
  const { path, kind } = ground;
  await Deno.writeTextFile(`${path}/file`, "");
  await assertKind("missing", () => kind.open(`${path}/file`));
  await assertKind("missing", () => kind.open(`${path}/file/below`));
  await Deno.mkdir(`${path}/store`);
  await Deno.writeTextFile(`${path}/store/${kind.hidden}`, "");
  const error = await assertKind("config", () => kind.open(`${path}/store`));
  assert(error.message.includes(`${path}/store/${kind.hidden}: it is no folder`), error.message);
});

forEachKind({}, "a file in the way of a tag's folder, or of tmp, is named", async (ground) => {
  const { path, kind } = ground;
  await using store = await ground.open();
  await addAll(store, [message("1", "one")]);
  const folder = `${path}/${kind.archive.split("/")[0]}`;
  await Deno.writeTextFile(folder, "theirs");
  const items = await store.query();
  await assertKind("config", () => store.markAs(items, "archive"));
  await assertKind("config", () => addAll(store, [message("2", "two", "archive")]));
  assertEquals(await Deno.readTextFile(folder), "theirs");
  await Deno.remove(`${path}/${kind.temporary}`);
  await Deno.writeTextFile(`${path}/${kind.temporary}`, "theirs");
  const error = await assertKind("config", () => addAll(store, [message("3", "three")]));
  assert(error.message.includes(kind.temporary), error.message);
  assertEquals(await contentsOf(store), ["1 unread one"]);
});

forEachKind(
  {},
  "a folder where a file of ours should be is no reason to lose mail",
  async (ground) => {
    const { path, kind } = ground;
    {
      await using store = await ground.open();
      await addAll(store, [message("1", "one")]);
    }
    await Deno.remove(`${path}/${kind.hidden}/index`);
    await Deno.mkdir(`${path}/${kind.hidden}/index/full`, { recursive: true });
    const error = await assertKind("missing", () => ground.open());
    assert(error.message.includes("it is a folder"), error.message);
    await Deno.remove(`${path}/${kind.hidden}/index`, { recursive: true });
    await using store = await ground.open();
    assertEquals(await contentsOf(store), ["1 unread one"]);
  },
);

forEachKind({}, "what is ours and a link is not followed", async (ground) => {
  const { path, kind } = ground;
  const outside = await Deno.makeTempDir();
  await Deno.writeTextFile(`${outside}/precious`, "precious");
  for (const name of ["index", "lock", "turn", "journal", "writers", "notes-s"]) {
    await Deno.mkdir(`${path}/${kind.hidden}`, { recursive: true });
    await Deno.symlink(`${outside}/precious`, `${path}/${kind.hidden}/${name}`);
    const error = await assertKind("config", () => ground.open());
    assert(error.message.includes(`${kind.hidden}/${name}: it is a symbolic link`), error.message);
    await Deno.remove(`${path}/${kind.hidden}`, { recursive: true });
  }
  await Deno.symlink(outside, `${path}/${kind.hidden}`);
  await assertKind("config", () => ground.open());
  await Deno.remove(`${path}/${kind.hidden}`);
  await using store = await ground.open();
  await addAll(store, [message("1", "one")]);
  // A new index is written beside the old one first.
  await Deno.symlink(`${outside}/precious`, `${path}/${kind.hidden}/index.new`);
  const [item] = await store.query();
  assert(item !== undefined);
  for (let i = 0; i < 300; i++) await store.markAs([item], i % 2 === 0 ? "staged" : "unread");
  assertEquals(await Deno.readTextFile(`${outside}/precious`), "precious");
  await Deno.remove(outside, { recursive: true });
});

forEachKind({}, "a log that is a link is not written to", async (ground) => {
  const { path, kind } = ground;
  await using store = await ground.open();
  await addAll(store, [message("1", "one")]);
  const logs = kind.name === "localfs" ? path : `${path}/${kind.hidden}`;
  const [log = ""] = namesIn(logs).filter((name) => name.endsWith("_log.txt"));
  const outside = await Deno.makeTempFile();
  await Deno.rename(`${logs}/${log}`, `${logs}/kept`);
  await Deno.symlink(outside, `${logs}/${log}`);
  await assertKind("config", () => addAll(store, [message("2", "two")]));
  assertEquals(await Deno.readTextFile(outside), "");
  await Deno.remove(`${logs}/${log}`);
  // It has its name already, and is not stored twice.
  await addAll(store, [message("2", "two")]);
  assertEquals(await contentsOf(store), ["1 unread one", "2 unread two"]);
  await Deno.remove(outside);
});

forEachKind({ programs: ["mkfifo"] }, "pipes and folders are no messages", async (ground) => {
  const { path, kind } = ground;
  await using store = await ground.open();
  await addAll(store, [message("1", "one"), message("2", "two")]);
  await new Deno.Command("mkfifo", { args: [`${path}/${kind.inbox}/pipe.eml`] }).output();
  await Deno.mkdir(`${path}/${kind.inbox}/folder.eml`);
  assertEquals(await contentsOf(store), ["1 unread one", "2 unread two"]);
  // A message that became one of them is gone; opening a pipe would never end.
  const [one, two] = await store.query();
  assert(one !== undefined && two !== undefined);
  await Deno.remove(`${path}/${kind.inbox}/${one.name}`);
  await new Deno.Command("mkfifo", { args: [`${path}/${kind.inbox}/${one.name}`] }).output();
  await Deno.remove(`${path}/${kind.inbox}/${two.name}`);
  await Deno.symlink("/etc/passwd", `${path}/${kind.inbox}/${two.name}`);
  for (const item of [one, two]) await assertKind("gone", () => readAll(store, item));
  assertEquals(await store.query(), []);
  await using again = await ground.open();
  assertEquals(await again.query(), []);
});

forEachKind({}, "names of 255 octets are served, moved and kept apart", async (ground) => {
  const { path, kind } = ground;
  const long = (letter: string, octets: number): string =>
    letter.repeat(Math.floor((octets - 4) / 3)) + ".eml";
  const names = [`${"x".repeat(251)}.eml`, long("雪", 255)];
  for (const folder of [kind.inbox, kind.archive]) {
    await Deno.mkdir(`${path}/${folder}`, { recursive: true });
    for (const name of names) {
      await Deno.writeTextFile(`${path}/${folder}/${name}`, `${folder}${name}`);
    }
  }
  await using store = await ground.open();
  const before = await contentsOf(store);
  assertEquals(before.length, 4);
  const items = await store.query({ tags: ["unread"] });
  if (kind.name === "localfs") await store.markAs(items, "archive");
  else await assertKind("config", () => store.markAs(items, "archive"));
  const octets = (lines: readonly string[]): string[] =>
    lines.map((line) => line.split(" ")[2] ?? "").sort();
  assertEquals(octets(await contentsOf(store)), octets(before));
  await using again = await ground.open();
  assertEquals(await again.query(), await store.query());
  await again.remove(await again.query());
  assertEquals(await store.query(), []);
});

/** Sourceids and guids that would do harm if they were taken for names. */
const HOSTILE = [
  "",
  ".",
  "..",
  "../..",
  "../../../../tmp/evil",
  "/etc/passwd",
  "a/b",
  "a\\b",
  "C:\\x",
  "nul\0nul",
  "line\nline\r\n",
  `q"uo'te\``,
  "$(touch evil)",
  "%2e%2e%2f",
  ":2,S",
  "-rf",
  "~",
  "CON",
  "\ud800",
  "雪".repeat(100),
  "x".repeat(10_000),
];

forEachKind({}, "hostile guids and sourceids stay words", async (ground) => {
  const { path } = ground;
  const root = `${path}/below/store`;
  await Deno.mkdir(root, { recursive: true });
  const inside = groundAt(ground.kind, root);
  await using store = await inside.open();
  const messages = HOSTILE.flatMap((sourceid) =>
    HOSTILE.map((guid) => ({
      ...message(guid, `${sourceid}|${guid}`.slice(0, 50).replace(/[^ -~]/g, "?")),
      sourceid,
    }))
  );
  const results = await addAll(store, messages);
  assertEquals(results.filter(({ outcome }) => outcome !== "stored"), []);
  assertEquals(namesIn(path), ["below"]);
  assertEquals(namesIn(`${path}/below`), ["store"]);
  const items = await store.query();
  await Deno.remove(`${root}/${ground.kind.hidden}/index`);
  await using again = await inside.open();
  assertEquals(await again.query(), items);
  const repeated = await addAll(again, messages);
  assertEquals(repeated.filter(({ outcome }) => outcome !== "duplicate"), []);
  await again.remove(items);
  assertEquals(await store.query(), []);
});

besideAnotherDisk(
  "a tag's folder on another disk is read; moving there is refused",
  async (ground) => {
    const { path, kind } = ground;
    await Deno.writeTextFile(`${path}/${kind.archive}/there.eml`, "there");
    await using store = await ground.open();
    await addAll(store, [message("1", "one"), message("2", "two")]);
    const before = await contentsOf(store);
    assertEquals(before.length, 3);
    const items = await store.query({ tags: ["unread"] });
    const error = await assertKind("config", () => store.markAs(items, "archive"));
    assert(error.message.includes("several file systems; use a single one"), error.message);
    const reported: string[] = [];
    await assertKind("config", async () => {
      const mixed = [message("3", "three"), message("4", "four", "archive"), message("5", "five")];
      for await (const { item } of store.addItems(mixed)) reported.push(item.guid);
    });
    const after = await contentsOf(store);
    for (const line of before) assert(after.includes(line), line);
    for (const guid of reported) assert(after.some((line) => line.startsWith(`${guid} `)), guid);
    assertEquals(namesIn(`${path}/${kind.temporary}`), []);
    assertEquals((await addAll(store, [message("6", "six")]))[0]?.outcome, "stored");
    const there = await store.query({ tags: ["archive"] });
    assertEquals(text(await readAll(store, await onlyArchived(ground))), "there\r\n");
    await store.remove(there);
    await using again = await ground.open();
    assertEquals(await again.query({ tags: ["archive"] }), []);
  },
);

async function onlyArchived(ground: Ground) {
  await using store = await ground.open();
  const items = await store.query({ tags: ["archive"] });
  const [item] = items;
  assertEquals(items.length, 1);
  assert(item !== undefined);
  return item;
}
