import { assert, assertEquals } from "@std/assert";
import { onTheWire } from "../../helpers/corpus.ts";
import { permitted } from "../../helpers/permissions.ts";
import { text } from "../../helpers/random.ts";
import { addAll, assertKind, message, onlyItem, readAll } from "../conformance.ts";
import { FILES, Folder, pause } from "./folder.ts";

permitted(
  FILES,
  "messages lie where their tags say, under names that tell what they are",
  async () => {
    await using folder = await Folder.make();
    await using store = await folder.open();
    await addAll(store, [message("1", "one\n"), message("2", "two", "archive")]);
    assertEquals(folder.names(), [
      ".izypop3",
      "archive",
      "joe@pop.example_1.eml",
      "joe@pop.example_log.txt",
    ]);
    assertEquals(folder.names("archive"), ["joe@pop.example_2.eml"]);
    assertEquals(Deno.readTextFileSync(`${folder.path}/joe@pop.example_1.eml`), "one\n");
    await store.markAs(await store.query(), "dup");
    assertEquals(folder.names("dup"), ["joe@pop.example_1.eml", "joe@pop.example_2.eml"]);
    assertEquals(folder.names("archive"), []);
  },
);

permitted(FILES, "the log has a line of JSON for each message that was stored", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await addAll(store, [message("1", "one\n"), message("1", "one\n"), message("2", "two")]);
  // A crash may have left half a line: the next one must not be lost with it.
  await Deno.writeTextFile(`${folder.path}/joe@pop.example_log.txt`, '{"guid":', { append: true });
  const [third] = await addAll(store, [message("3", "three")]);
  const lines = Deno.readTextFileSync(`${folder.path}/joe@pop.example_log.txt`).split("\n");
  assertEquals(lines.length, 5);
  assertEquals(JSON.parse(lines[0] ?? "").guid, "1");
  assertEquals(JSON.parse(lines[1] ?? "").guid, "2");
  const { item } = third ?? {};
  assertEquals(JSON.parse(lines[3] ?? ""), {
    guid: "3",
    sourceid: "joe@pop.example",
    name: "joe@pop.example_3.eml",
    size: 7,
    sha256: item?.fingerprint,
    tag: "unread",
    created: new Date(item?.created ?? 0).toISOString(),
  });
});

permitted(FILES, "any .eml that is put into the folder is served", async () => {
  await using folder = await Folder.make();
  const contents: Record<string, string> = {
    "letter.eml": "Subject: a\n\n.dot\n",
    "LOUD.EML": "",
    "a b.eml": "no newline",
    "schöne Grüße 雪.eml": "x\r\n",
    "50%off_today.eml": "y\r\n",
    "q'u\"o\nte.eml": "z\r\n",
  };
  for (const [name, octets] of Object.entries(contents)) await folder.write(name, octets);
  await Deno.mkdir(`${folder.path}/archive`);
  await folder.write("archive/old.eml", "old\r\n");
  await using store = await folder.open();
  const items = await store.query();
  assertEquals(items.length, 7);
  for (const item of items) {
    assert(/^[\x21-\x7e]{1,70}$/.test(item.guid), item.guid);
    assertEquals(item.sourceid, "");
    const kept = new TextEncoder().encode(contents[item.name] ?? "old\r\n");
    assertEquals(text(await readAll(store, item)), text(onTheWire(kept)));
    assertEquals(item.tag, item.name === "old.eml" ? "archive" : "unread");
  }
  assertEquals(items.find((item) => item.name === "letter.eml")?.guid, "letter");
  assertEquals(folder.warnings, []);
});

permitted(FILES, "hidden files, links, folders and other files are not served", async () => {
  await using folder = await Folder.make();
  await using outside = await Folder.make();
  await outside.write("secret.eml", "secret");
  await folder.write(".hidden.eml", "hidden");
  await folder.write("note.txt", "note");
  await Deno.mkdir(`${folder.path}/folder.eml`);
  await Deno.mkdir(`${folder.path}/other`);
  await folder.write("other/deep.eml", "deep");
  await Deno.symlink(`${outside.path}/secret.eml`, `${folder.path}/link.eml`);
  await Deno.symlink(outside.path, `${folder.path}/archive`);
  await using store = await folder.open();
  assertEquals(await store.query(), []);
  await assertKind("config", () => addAll(store, [message("1", "one", "archive")]));
  assertEquals(outside.names(), ["secret.eml"]);
});

permitted(FILES, "files that come, go or move behind our back are noticed", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await addAll(store, ["1", "2", "3"].map((guid) => message(guid, guid)));
  await folder.settle(store);
  const [one, two, three] = await store.query();
  assert(one !== undefined && two !== undefined && three !== undefined);
  await Deno.remove(`${folder.path}/${one.name}`);
  await Deno.mkdir(`${folder.path}/staged`);
  await Deno.rename(`${folder.path}/${two.name}`, `${folder.path}/staged/${two.name}`);
  await folder.write("new.eml", "new");
  assertEquals(text(await readAll(store, two)), "2\r\n");
  assertEquals((await store.query()).map(({ name, tag, id }) => [name, tag, id === two.id]), [
    [two.name, "staged", true],
    [three.name, "unread", false],
    ["new.eml", "unread", false],
  ]);
  await assertKind("gone", () => readAll(store, one));
  assertEquals((await addAll(store, [message("1", "one again")]))[0]?.outcome, "stored");
});

permitted(
  FILES,
  "a message that vanished after it was listed is gone, and can be added anew",
  async () => {
    await using folder = await Folder.make();
    await using store = await folder.open();
    await addAll(store, [message("1", "one"), message("2", "two")]);
    const [one, two] = await store.query();
    assert(one !== undefined && two !== undefined);
    await Deno.remove(`${folder.path}/${one.name}`);
    await assertKind("gone", () => readAll(store, one));
    await assertKind("gone", () => store.markAs([one, two], "archive"));
    await assertKind("gone", () => store.remove([one]));
    assertEquals((await store.query()).map((item) => [item.guid, item.tag]), [["2", "archive"]]);
    await Deno.remove(`${folder.path}/archive/${two.name}`);
    assertEquals((await addAll(store, [message("2", "two")]))[0]?.outcome, "stored");
  },
);

permitted(FILES, "a file that changed is not served with a size that is wrong", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await addAll(store, [message("1", "one"), message("2", "two")]);
  const [before] = await store.query();
  assert(before !== undefined);
  await folder.write(before.name, "something else\n.\n");
  await assertKind("corrupt", () => readAll(store, before));
  const [after] = await store.query();
  assert(after !== undefined);
  assertEquals({ ...after, size: 0, fingerprint: "", stuffing: false }, {
    ...before,
    size: 0,
    fingerprint: "",
    stuffing: false,
  });
  assertEquals([after.size, after.stuffing], [19, true]);
  assertEquals(text(await readAll(store, after)), "something else\r\n.\r\n");
  await using again = await folder.open();
  assertEquals(await again.query(), await store.query());
});

permitted(FILES, "a file that was replaced where it lies is listed with its new size", async () => {
  await using folder = await Folder.make();
  await folder.write("a.eml", "one\n");
  await folder.write("b.eml", "two\n");
  await using store = await folder.open();
  await folder.settle(store);
  const before = await store.query();
  await folder.write("a.eml", "another one\n.\n");
  // An editor's way: written beside it, then renamed.
  await folder.write("b.tmp", "another two");
  await Deno.rename(`${folder.path}/b.tmp`, `${folder.path}/b.eml`);
  await using other = await folder.open();
  for (const some of [store, other]) {
    const items = await some.query();
    assertEquals(items.map(({ id, guid }) => [id, guid]), before.map(({ id, guid }) => [id, guid]));
    assertEquals(items.map(({ size }) => size), [16, 13]);
    for (const item of items) assertEquals((await readAll(some, item)).length, item.size);
  }
});

permitted(
  FILES,
  "a stored message that was changed keeps the fingerprint of what it was",
  async () => {
    await using folder = await Folder.make();
    await using store = await folder.open();
    await addAll(store, [message("1", "one"), message("2", "two")]);
    const before = await store.query();
    for (const { name } of before) await folder.write(name, "damaged");
    for (const item of before) await assertKind("corrupt", () => readAll(store, item));
    await using other = await folder.open();
    for (const some of [store, other]) {
      const items = await some.query();
      assertEquals(items.map(({ fingerprint }) => fingerprint), before.map((i) => i.fingerprint));
      assertEquals(items.map(({ size }) => size), [9, 9]);
    }
  },
);

permitted(FILES, "a truncated message is told from a whole one", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await addAll(store, [message("1", "x".repeat(200_000))]);
  const item = await onlyItem(store);
  await Deno.truncate(`${folder.path}/${item.name}`, 150_000);
  await assertKind("corrupt", () => readAll(store, item));
});

permitted(FILES, "a file that was only touched is served as before", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await addAll(store, [message("1", "one")]);
  const item = await onlyItem(store);
  await Deno.utime(`${folder.path}/${item.name}`, 5, 5);
  assertEquals(text(await readAll(store, item)), "one\r\n");
  assertEquals(await onlyItem(store), item);
});

permitted(FILES, "a file that was still growing when it was found is looked at again", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await folder.write("slow.eml", "half");
  const { size } = await onlyItem(store);
  assertEquals(size, 6);
  const path = `${folder.path}/slow.eml`;
  await Deno.writeTextFile(path, " and half", { append: true });
  // As if two seconds had passed.
  await Deno.utime(path, new Date(Date.now() - 3000), new Date(Date.now() - 3000));
  await pause(60);
  await using other = await folder.open();
  for (const some of [store, other]) {
    const item = await onlyItem(some);
    if (item.size === 6) await assertKind("corrupt", () => readAll(some, item));
    assertEquals(text(await readAll(some, await onlyItem(some))), "half and half\r\n");
  }
});

permitted(FILES, "files of the same time are served in the order of their names", async () => {
  await using folder = await Folder.make();
  const names = ["a.eml", "b.eml", "c.eml", "d.eml", "e.eml"];
  for (const name of names.toReversed()) {
    await folder.write(name, "Subject: x\r\n\r\n");
    await Deno.utime(`${folder.path}/${name}`, 1_700_000_000, 1_700_000_000);
  }
  await using store = await folder.open();
  assertEquals((await store.query()).map((item) => item.name), names);
});

permitted(FILES, "the same name under two tags is two messages", async () => {
  await using folder = await Folder.make();
  await Deno.mkdir(`${folder.path}/archive`);
  await folder.write("a.eml", "one");
  await folder.write("archive/a.eml", "two");
  await using store = await folder.open();
  const items = await store.query();
  assertEquals(new Set(items.map((item) => item.id)).size, 2);
  await store.markAs(await store.query({ tags: ["unread"] }), "archive");
  const archived = await store.query({ tags: ["archive"] });
  assertEquals(archived.length, 2);
  assertEquals(archived.map((item) => item.id).sort(), items.map((item) => item.id).sort());
  const texts = await Promise.all(archived.map(async (i) => text(await readAll(store, i))));
  assertEquals(texts.sort(), ["one\r\n", "two\r\n"]);
});

permitted(FILES, "what is in the way of a message is never written over", async () => {
  await using folder = await Folder.make();
  await using outside = await Folder.make();
  await using store = await folder.open();
  await Deno.mkdir(`${folder.path}/joe@pop.example_1.eml`);
  await Deno.symlink(`${outside.path}/2.eml`, `${folder.path}/joe@pop.example_2.eml`);
  await folder.write("joe@pop.example_3.eml", "theirs");
  const messages = ["1", "2", "3"].map((guid) => message(guid, `ours ${guid}`));
  const results = await addAll(store, messages);
  assertEquals(results.map((r) => r.outcome), ["stored", "stored", "duplicate"]);
  assertEquals(outside.names(), []);
  assertEquals(Deno.readTextFileSync(`${folder.path}/joe@pop.example_3.eml`), "theirs");
  assertEquals((await addAll(store, messages)).map((r) => r.outcome), Array(3).fill("duplicate"));
  const items = await store.query();
  assertEquals(items.map((item) => item.guid).sort(), ["1", "2", "3"]);
  await Deno.remove(`${folder.path}/.izypop3/index`);
  await using again = await folder.open();
  assertEquals((await again.query()).map((item) => item.guid).sort(), ["1", "2", "3"]);
  assertEquals((await addAll(again, messages)).map((r) => r.outcome), Array(3).fill("duplicate"));
});
