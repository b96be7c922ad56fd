import { assert, assertEquals } from "@std/assert";
import { MaildirStore } from "../../../lib/stores/maildir.ts";
import { permitted } from "../../helpers/permissions.ts";
import { text } from "../../helpers/random.ts";
import { addAll, assertKind, message, onlyItem, readAll } from "../conformance.ts";

const FILES = { read: true, write: true } as const;

/** A test in an empty folder. */
function inFolder(name: string, work: (path: string) => Promise<void>): void {
  permitted(FILES, name, async () => {
    const path = await Deno.makeTempDir();
    try {
      await work(path);
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  });
}

function names(path: string): string[] {
  return Array.from(Deno.readDirSync(path), (entry) => entry.name).sort();
}

inFolder("a message's name is that of the standard, with its sizes", async (path) => {
  await using store = await MaildirStore.open({ path });
  await addAll(store, [message("1", "one\r\n"), message("2", "two\n")]);
  const [one = "", two = ""] = names(`${path}/new`);
  assert(/^\d{10}\.M\d{6}P\d+Q\d+Z[0-9a-f]{40}\.[^:/,]+,S=5,W=5$/.test(one), one);
  // How others count a message in another form than that of the wire is theirs to find out.
  assert(/,S=4$/.test(two), two);
  assertEquals(names(path), ["cur", "izypop3-index", "new", "tmp"]);
  assertEquals(names(`${path}/tmp`), []);
});

inFolder("a Maildir begun by its sub-folders can be opened again", async (path) => {
  {
    await using store = await MaildirStore.open({ path });
    await addAll(store, [message("1", "one", "archive")]);
  }
  await using store = await MaildirStore.open({ path });
  assertEquals((await onlyItem(store)).tag, "archive");
  // As if whoever began had been killed.
  for (const part of ["new", "cur", "tmp"]) await Deno.remove(`${path}/${part}`);
  await using again = await MaildirStore.open({ path });
  assertEquals((await onlyItem(again)).tag, "archive");
});

inFolder("what lost its log is known by its identity once it is added again", async (path) => {
  {
    await using store = await MaildirStore.open({ path });
    await addAll(store, [message("1", "one"), message("2", "two", "dup")]);
  }
  await Deno.remove(`${path}/izypop3-index`, { recursive: true });
  await using store = await MaildirStore.open({ path });
  assert((await store.query()).every(({ guid }) => /^[0-9a-f]{40}$/.test(guid)));
  const results = await addAll(store, [message("1", "one"), message("2", "two")]);
  assertEquals(results.map(({ outcome, item }) => [outcome, item.guid, item.tag]), [
    ["duplicate", "1", "unread"],
    ["duplicate", "2", "dup"],
  ]);
  await Deno.remove(`${path}/izypop3-index/index`);
  await using again = await MaildirStore.open({ path });
  assertEquals((await again.query()).map(({ guid }) => guid), ["1", "2"]);
  assertEquals(await again.query(), await store.query());
});

inFolder("a message that is marked keeps its flags, and gets what the tag says", async (path) => {
  await using store = await MaildirStore.open({ path });
  await addAll(store, [message("1", "one\r\n")]);
  const [name = ""] = names(`${path}/new`);
  await Deno.rename(`${path}/new/${name}`, `${path}/cur/${name}:2,FRS`);
  const item = await onlyItem(store);
  assertEquals([item.tag, item.name], ["unread", name]);
  await store.markAs([item], "staged");
  assertEquals(names(`${path}/.staged/cur`), [`${name}:2,FRS`]);
  await store.markAs([item], "unread");
  assertEquals(names(`${path}/cur`), [`${name}:2,FR`]);
  await store.markAs([item], "archive");
  assertEquals(names(`${path}/.archive/cur`), [`${name}:2,FRS`]);
  assertEquals(names(`${path}/.archive`), ["cur", "maildirfolder", "new", "tmp"]);
  assertEquals(text(await readAll(store, item)), "one\r\n");
});

inFolder("what was moved or flagged since it was listed is found", async (path) => {
  await using store = await MaildirStore.open({ path });
  await addAll(store, [message("1", "one\r\n")]);
  const item = await onlyItem(store);
  await Deno.rename(`${path}/new/${item.name}`, `${path}/cur/${item.name}:2,`);
  assertEquals(text(await readAll(store, item)), "one\r\n");
  await Deno.rename(`${path}/cur/${item.name}:2,`, `${path}/cur/${item.name}:2,S`);
  await store.markAs([item], "dup");
  assertEquals(names(`${path}/.dup/cur`), [`${item.name}:2,S`]);
  await Deno.rename(`${path}/.dup/cur/${item.name}:2,S`, `${path}/.dup/cur/${item.name}:2,ST`);
  await store.remove([item]);
  assertEquals(await store.query(), []);
});

inFolder(
  "without its index it is the same store; without the logs duplicates are known",
  async (path) => {
    let items;
    {
      await using store = await MaildirStore.open({ path });
      await addAll(store, [message("1", "one\r\n"), message("2", "two\r\n", "archive")]);
      items = await store.query();
    }
    await Deno.remove(`${path}/izypop3-index/index`);
    {
      await using store = await MaildirStore.open({ path });
      assertEquals(await store.query(), items);
    }
    await Deno.writeTextFile(`${path}/izypop3-index/index`, "izypop3 index 1 rubbish");
    {
      await using store = await MaildirStore.open({ path });
      assertEquals(await store.query(), items);
    }
    await Deno.remove(`${path}/izypop3-index`, { recursive: true });
    await using store = await MaildirStore.open({ path });
    const again = await addAll(store, [message("1", "one\r\n"), message("2", "two\r\n")]);
    assertEquals(again.map(({ outcome }) => outcome), ["duplicate", "duplicate"]);
  },
);

inFolder("files of others are left alone", async (path) => {
  for (const part of ["tmp", "new", "cur", ".Sent", ".Sent/cur"]) {
    await Deno.mkdir(`${path}/${part}`);
  }
  const theirs = ["dovecot-uidlist", "dovecot.index.log", "tmp/17.M1P1.host", ".Sent/cur/1:2,S"];
  for (const name of theirs) await Deno.writeTextFile(`${path}/${name}`, "x");
  await Deno.writeTextFile(`${path}/new/1700000000.M1P1.host`, "A: b\n\nhello");
  await Deno.writeTextFile(`${path}/new/.hidden`, "x");
  // What a writer of ours left that was killed.
  await Deno.writeTextFile(`${path}/tmp/izypop3-left`, "x");
  await using store = await MaildirStore.open({ path });
  const item = await onlyItem(store);
  assertEquals([item.guid, item.sourceid, item.size], ["1700000000.M1P1.host", "", 15]);
  await store.remove([item]);
  for (const name of theirs) assertEquals(await Deno.readTextFile(`${path}/${name}`), "x", name);
  assertEquals(names(`${path}/tmp`), ["17.M1P1.host"]);
});

inFolder("what a delivery left in tmp goes after 36 hours, not earlier", async (path) => {
  const outside = await Deno.makeTempDir();
  {
    await using store = await MaildirStore.open({ path });
    await addAll(store, [message("1", "one"), message("2", "two", "archive")]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await store.query();
  }
  const hours = (count: number): Date => new Date(Date.now() - count * 3_600_000);
  const put = async (name: string, atime: Date, mtime: Date): Promise<void> => {
    await Deno.writeTextFile(name, "half");
    await Deno.utime(name, atime, mtime);
  };
  for (const tmp of [`${path}/tmp`, `${path}/.archive/tmp`]) {
    await put(`${tmp}/stale`, hours(37), hours(37));
    await put(`${tmp}/read`, hours(35), hours(100));
    await put(`${tmp}/written`, hours(100), hours(35));
  }
  await Deno.mkdir(`${path}/tmp/folder`);
  await Deno.utime(`${path}/tmp/folder`, hours(99), hours(99));
  await put(`${outside}/precious`, hours(99), hours(99));
  await Deno.mkdir(`${path}/.dup`);
  await Deno.symlink(outside, `${path}/.dup/tmp`);
  await using store = await MaildirStore.open({ path });
  assertEquals(names(`${path}/tmp`), ["folder", "read", "written"]);
  assertEquals(names(`${path}/.archive/tmp`), ["read", "written"]);
  assertEquals(names(outside), ["precious"]);
  assertEquals((await store.query()).length, 2);
  await Deno.remove(outside, { recursive: true });
});

inFolder("links are not followed", async (path) => {
  const outside = await Deno.makeTempDir();
  for (const part of ["tmp", "new", "cur"]) {
    await Deno.mkdir(`${path}/${part}`);
    await Deno.mkdir(`${outside}/${part}`);
  }
  await Deno.writeTextFile(`${outside}/cur/secret`, "x");
  await Deno.symlink(outside, `${path}/.archive`);
  await Deno.symlink(`${outside}/cur/secret`, `${path}/new/secret`);
  await using store = await MaildirStore.open({ path });
  assertEquals(await store.query(), []);
  await addAll(store, [message("1", "one")]);
  const items = await store.query();
  await assertKind("config", () => store.markAs(items, "archive"));
  assertEquals(await store.query(), items);
  assertEquals(names(`${outside}/cur`), ["secret"]);
  await Deno.remove(outside, { recursive: true });
});

inFolder("a folder that is none of a Maildir is refused, and left as it is", async (path) => {
  await Deno.writeTextFile(`${path}/letter.eml`, "x");
  const error = await assertKind("config", () => MaildirStore.open({ path }));
  assert(error.message.includes("neither new nor cur"), error.message);
  assertEquals(names(path), ["letter.eml"]);
  await assertKind("missing", () => MaildirStore.open({ path: `${path}/letter.eml` }));
  await assertKind("missing", () => MaildirStore.open({ path: `${path}/none` }));
});

inFolder("a file name of 255 octets, and one with anything in it, are served", async (path) => {
  await using store = await MaildirStore.open({ path });
  await addAll(store, [message("1", "one")]);
  const long = "x".repeat(255);
  for (const name of [long, "a b", "50%,S=wrong,W=x", "q\"'\n", "雪:2,[/]".replace("/", "")]) {
    await Deno.writeTextFile(`${path}/cur/${name}`, "two\n");
  }
  const items = await store.query();
  assertEquals(items.length, 6);
  for (const item of items) {
    assert(/^[\x21-\x7e]{1,70}$/.test(item.guid), item.guid);
    assertEquals((await readAll(store, item)).length, 5);
  }
  // A name without room for flags stays where it is; that is said.
  const item = items.find(({ name }) => name === long);
  assert(item !== undefined);
  await assertKind("config", () => store.markAs([item], "archive"));
  assertEquals((await store.query()).length, 6);
  await using again = await MaildirStore.open({ path });
  assertEquals(await again.query(), await store.query());
});
