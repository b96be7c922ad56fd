import { assertEquals } from "@std/assert";
import type { LocalFsStore } from "../../../lib/stores/localfs.ts";
import type { MimeItem } from "../../../lib/stores/mime_store.ts";
import { permitted } from "../../helpers/permissions.ts";
import { assertKind } from "../conformance.ts";
import { FILES, Folder } from "./folder.ts";
import { killInTheMiddle } from "./journal.ts";

const JOURNAL = ".izypop3/journal";

async function folderOf(names: readonly string[]): Promise<Folder> {
  const folder = await Folder.make();
  for (const name of names) await folder.write(`${name}.eml`, `Subject: ${name}\n\n`);
  return folder;
}

/** By name: files written in one millisecond are in the order of their ids. */
async function itemsOf(store: LocalFsStore): Promise<MimeItem[]> {
  return (await store.query()).toSorted((a, b) => a.name < b.name ? -1 : 1);
}

async function tags(store: LocalFsStore): Promise<Record<string, string>> {
  return Object.fromEntries((await itemsOf(store)).map(({ name, tag }) => [name[0], tag]));
}

/** What a process would have left that died before its first change. */
async function leaveJournal(folder: Folder, last = "end\n"): Promise<void> {
  await using store = await folder.open();
  const [a, b, c] = await itemsOf(store);
  const lines = [["archive", a], ["removed", b], ["pop3failed", c]].map(([to, item]) => {
    return typeof item === "object" ? JSON.stringify([to, item.id, item.name]) : "";
  });
  await folder.write(JOURNAL, `izypop3 journal 1\n${lines.join("\n")}\n${last}`);
}

permitted(FILES, "several changes are done together and leave an empty journal", async () => {
  await using folder = await folderOf(["a", "b", "c", "d"]);
  await using store = await folder.open();
  const [a, b, c] = await itemsOf(store);
  if (a === undefined || b === undefined || c === undefined) throw new Error("too few");
  await store.applyAll([
    { item: a, to: "archive" },
    { item: b, to: "removed" },
    { item: c, to: "archive" },
  ]);
  assertEquals(await tags(store), { a: "archive", c: "archive", d: "unread" });
  assertEquals((await Deno.stat(`${folder.path}/${JOURNAL}`)).size, 0);
});

permitted(FILES, "what is gone is told after the other changes are done", async () => {
  await using folder = await folderOf(["a", "b", "c"]);
  await using store = await folder.open();
  const items = await store.query();
  await Deno.remove(`${folder.path}/a.eml`);
  await assertKind("gone", () => store.applyAll(items.map((item) => ({ item, to: "archive" }))));
  assertEquals(await tags(store), { b: "archive", c: "archive" });
  assertEquals((await Deno.stat(`${folder.path}/${JOURNAL}`)).size, 0);
});

permitted(FILES, "what a dead process left is completed at the next opening", async () => {
  await using folder = await folderOf(["a", "b", "c", "d"]);
  await leaveJournal(folder);
  await using store = await folder.open();
  assertEquals(await tags(store), { a: "archive", c: "pop3failed", d: "unread" });
  assertEquals(folder.warnings, [`Completing the work of a process that died ${folder.path}`]);
});

permitted(FILES, "a store that is open completes it when it is locked next", async () => {
  await using folder = await folderOf(["a", "b", "c", "d"]);
  await using store = await folder.open();
  await leaveJournal(folder);
  await using _lock = await store.lock("me");
  assertEquals(await tags(store), { a: "archive", c: "pop3failed", d: "unread" });
});

permitted(FILES, "what was gone already does not disturb that", async () => {
  await using folder = await folderOf(["a", "b", "c", "d"]);
  await leaveJournal(folder);
  await Deno.remove(`${folder.path}/b.eml`);
  await Deno.remove(`${folder.path}/c.eml`);
  await using store = await folder.open();
  assertEquals(await tags(store), { a: "archive", d: "unread" });
});

for (const last of ["", "en", '["removed",7,"x"]\nend\n', "[1]\nend\n", "{\nend\n"]) {
  permitted(FILES, `a journal that ends in ${JSON.stringify(last)} had not begun`, async () => {
    await using folder = await folderOf(["a", "b", "c"]);
    await leaveJournal(folder, last);
    await using store = await folder.open();
    assertEquals(await tags(store), { a: "unread", b: "unread", c: "unread" });
    assertEquals((await Deno.stat(`${folder.path}/${JOURNAL}`)).size, 0);
  });
}

permitted(FILES, "a journal that somebody is at work on is left alone", async () => {
  await using folder = await folderOf(["a", "b", "c"]);
  await leaveJournal(folder);
  using file = await Deno.open(`${folder.path}/${JOURNAL}`, { read: true, write: true });
  await file.lock(true);
  await using store = await folder.open();
  assertEquals(await tags(store), { a: "unread", b: "unread", c: "unread" });
});

const TRIES = 10;

for (const to of ["archive", "removed"] as const) {
  permitted(
    { ...FILES, run: true },
    `a kill in the middle leaves all or none (${to})`,
    async () => {
      // On a busy machine the process may be through before we come to kill it.
      for (let attempt = 0; attempt < TRIES; attempt++) {
        if (await killInTheMiddle(1500, to, { left: 3 }) === "within") return;
      }
      throw new Error(`No kill came in the middle, ${TRIES} times`);
    },
  );
}
