import { assert, assertEquals } from "@std/assert";
import { MessageCache } from "../../../lib/stores/localfs/message_cache.ts";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { permitted } from "../../helpers/permissions.ts";
import { latin1, text } from "../../helpers/random.ts";
import { assertKind } from "../conformance.ts";
import { FILES, Folder } from "./folder.ts";

const TIME = new Date(1_700_000_000_000);

function info(size: number, changes: Partial<Deno.FileInfo> = {}): Deno.FileInfo {
  return { ...Deno.lstatSync("."), size, mtime: TIME, ino: 1, ...changes };
}

permitted({ read: true }, "what is kept is given out only for the same file", () => {
  const cache = new MessageCache(10_000);
  const octets = latin1("one");
  cache.keep("a", info(3), octets);
  octets.fill(0);
  assertEquals(cache.find("a", info(3)), latin1("one"));
  assertEquals(cache.find("b", info(3)), undefined);
  assertEquals(cache.find("a", info(4)), undefined);
  assertEquals(cache.find("a", info(3, { ino: 2 })), undefined);
  assertEquals(cache.find("a", info(3, { mtime: new Date(0) })), undefined);
});

permitted({ read: true }, "it never holds more than it may, and lets the oldest go", () => {
  const cache = new MessageCache(10_000);
  for (let count = 0; count < 100; count++) {
    cache.keep(`${count % 40}`, info(1000), new Uint8Array(1000).fill(count));
    assert(cache.used <= 10_000);
  }
  assertEquals(cache.find("19", info(1000))?.[0], 99);
  assertEquals(cache.find("1", info(1000)), undefined);
  cache.keep("large", info(20_000), new Uint8Array(20_000));
  assertEquals(cache.find("large", info(20_000)), undefined);
  const none = new MessageCache(0);
  none.keep("a", info(0), new Uint8Array());
  assertEquals(none.used, 0);
});

permitted(FILES, "a message in memory is served until its file changes or goes", async () => {
  await using folder = await Folder.make();
  await folder.write("a.eml", "one\r\n");
  await folder.write("b.eml", "two\n");
  const cache = new MessageCache(10_000);
  await using store = await LocalFsStore.open({ path: folder.path, cache });
  const items = await store.query();
  const into = new Uint8Array(100);
  const read = (): string[] =>
    items.map((item) => {
      const count = store.readAtOnce(item, into);
      return count === undefined ? "-" : text(into.subarray(0, count));
    });
  assertEquals([read(), read()], [["one\r\n", "two\r\n"], ["one\r\n", "two\r\n"]]);
  assert(cache.used > 0);
  await folder.write("a.eml", "six\r\n");
  await Deno.utime(`${folder.path}/a.eml`, 5, 5);
  await Deno.remove(`${folder.path}/b.eml`);
  assertEquals(read(), ["-", "-"]);
  const [, gone] = items;
  if (gone !== undefined) await assertKind("gone", () => Array.fromAsync(store.read(gone)));
});
