/** Files of ours, and messages, that are not what they were. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { addAll, assertKind, message, onlyItem, readAll } from "../conformance.ts";
import { text } from "../../helpers/random.ts";
import { cut, fill, turnBits } from "./damage.ts";
import { contentsOf, forEachKind, namesIn } from "./kinds.ts";

forEachKind({}, "an index with any bit turned is said to be damaged, and made again", (ground) => {
  return turnBits(ground, 17);
});

forEachKind({}, "an index that was cut anywhere gives the same messages", (ground) => {
  return cut(ground, 19);
});

forEachKind(
  {},
  "damage under the feet of an open store is found when something changes",
  async (ground) => {
    await fill(ground);
    const path = `${ground.path}/${ground.kind.hidden}/index`;
    await using store = await ground.open();
    const size = (await Deno.stat(path)).size;
    const wrecks = [
      () => Deno.truncate(path, 10),
      () => Deno.truncate(path, Math.floor(size / 2)),
      () => Deno.writeTextFile(path, "rubbish that is longer than an index's first line is", {}),
      () => Deno.writeTextFile(path, "rubbish behind it", { append: true }),
      () => Deno.remove(path),
    ];
    for (const [i, wreck] of wrecks.entries()) {
      await wreck();
      await addAll(store, [message(`new ${i}`, `new ${i}`)]);
      await using other = await ground.open();
      assertEquals(await contentsOf(other), await contentsOf(store), `${i}`);
      assertEquals((await store.query()).length, 5 + i, `${i}`);
    }
  },
);

forEachKind({}, "a log full of rubbish costs no message", async (ground) => {
  await fill(ground);
  const logs = ground.kind.name === "localfs"
    ? ground.path
    : `${ground.path}/${ground.kind.hidden}`;
  const [log = ""] = namesIn(logs).filter((name) => name.endsWith("_log.txt"));
  const lines = (await Deno.readTextFile(`${logs}/${log}`)).split("\n");
  const rubbish = [
    "",
    "{",
    "null",
    "7",
    '{"name":7}',
    '{"name":"x","guid":1,"sourceid":""}',
    "\0\0",
  ];
  await Deno.writeTextFile(`${logs}/${log}`, [...rubbish, ...lines, ...rubbish].join("\n"));
  await using before = await ground.open();
  const items = await before.query();
  await Deno.remove(`${ground.path}/${ground.kind.hidden}/index`);
  await using store = await ground.open();
  assertEquals(await store.query(), items);
  await Deno.writeFile(`${logs}/${log}`, Uint8Array.from({ length: 5000 }, (_, i) => i * 7));
  await Deno.remove(`${ground.path}/${ground.kind.hidden}/index`);
  await using again = await ground.open();
  const octets = (lines: readonly string[]): string[] =>
    lines.map((line) => line.replace(/^\S* /, ""));
  assertEquals(octets(await contentsOf(again)).sort(), octets(await contentsOf(before)).sort());
  const results = await addAll(again, [message("1", "one"), message("x".repeat(300), "two")]);
  assertEquals(results.map(({ outcome }) => outcome), ["duplicate", "duplicate"]);
});

forEachKind(
  {},
  "a message that was cut off is never served as if it were whole",
  async (ground) => {
    const { kind, path } = ground;
    for (const [i, size] of [2_000, 200_000].entries()) {
      for (const left of [0, 1, size - 1]) {
        {
          await using store = await ground.open();
          await addAll(store, [
            message(`${i} ${left}`, `${"x".repeat(77)}\r\n`.repeat(3000).slice(0, size)),
          ]);
        }
        const [name = ""] = namesIn(`${path}/${kind.inbox}`).filter((name) =>
          /^1.*,S=|_.*\.eml$/.test(name)
        );
        await using open = await ground.open();
        const before = await onlyItem(open);
        await Deno.truncate(`${path}/${kind.inbox}/${name}`, left);
        await using store = await ground.open();
        for (const some of [open, store]) {
          const item = await onlyItem(some);
          assertEquals([item.size, item.fingerprint], [before.size, before.fingerprint]);
          for (let times = 0; times < 2; times++) {
            const { message } = await assertKind("corrupt", () => readAll(some, item));
            assertMatch(message, /the file has been changed/);
          }
        }
        assert(
          ground.warnings.every((text) =>
            text.startsWith("Cannot read a message; it is not served")
          ),
        );
        assert(ground.warnings.splice(0).length > 0);
        await store.remove(await store.query());
      }
    }
  },
);

forEachKind({}, "a message that was cut off and put back is served again", async (ground) => {
  const { kind, path } = ground;
  await using store = await ground.open();
  await addAll(store, [message("1", "one and more\n")]);
  const item = await onlyItem(store);
  const file = `${path}/${kind.inbox}/${item.name}`;
  await Deno.writeTextFile(file, "one");
  await assertKind("corrupt", () => readAll(store, item));
  await Deno.writeTextFile(file, "one and more\n");
  assertEquals(text(await readAll(store, await onlyItem(store))), "one and more\r\n");
  await using again = await ground.open();
  assertEquals(await onlyItem(again), item);
  // The same where the index was lost meanwhile.
  await Deno.writeTextFile(file, "one");
  await Deno.remove(`${path}/${kind.hidden}/index`);
  await using anew = await ground.open();
  await assertKind("corrupt", async () => readAll(anew, await onlyItem(anew)));
  await Deno.writeTextFile(file, "one and more\n");
  assertEquals(text(await readAll(anew, await onlyItem(anew))), "one and more\r\n");
});
