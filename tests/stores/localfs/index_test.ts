import { assert, assertEquals } from "@std/assert";
import type { MimeStore } from "../../../lib/stores/mime_store.ts";
import { corpus } from "../../helpers/corpus.ts";
import { permitted } from "../../helpers/permissions.ts";
import { latin1, seeded, text } from "../../helpers/random.ts";
import { addAll, message, readAll } from "../conformance.ts";
import { Catalog } from "../../../lib/stores/localfs/catalog.ts";
import { encodeRows, type IndexRow } from "../../../lib/stores/localfs/frames.ts";
import { IndexFile } from "../../../lib/stores/localfs/index_file.ts";
import { layoutOf } from "../../../lib/stores/localfs/layout.ts";
import { emlNaming } from "../../../lib/stores/localfs/naming.ts";
import { FILES, Folder, pause } from "./folder.ts";

const INDEX = ".izypop3/index";

/** Messages of all kinds under all tags, some removed. */
async function fill(store: MimeStore): Promise<void> {
  await addAll(store, corpus().slice(0, 20).map((m) => message(m.name, m.octets)));
  await addAll(store, [message("x".repeat(5000), "long"), message("../\0", "hostile")]);
  const items = await store.query();
  await store.markAs(items.slice(0, 5), "archive");
  await store.markAs(items.slice(3, 8), "conversionerror");
  await store.remove(items.slice(7, 10));
}

permitted(
  FILES,
  "the index is made again when it is deleted, and gives the same items",
  async () => {
    await using folder = await Folder.make();
    await folder.write("foreign ü.eml", "foreign");
    await using store = await folder.open();
    await fill(store);
    await Deno.remove(`${folder.path}/${INDEX}`);
    await using again = await folder.open();
    assertEquals(await again.query(), await store.query());
    assertEquals(folder.warnings, []);
    // The one whose index was taken away under its feet goes on too.
    assertEquals((await addAll(store, [message("new", "new")]))[0]?.outcome, "stored");
    assertEquals(await again.query(), await store.query());
  },
);

permitted(FILES, "a damaged index is complained about and made again", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await fill(store);
  const items = await store.query();
  const whole = await Deno.readFile(`${folder.path}/${INDEX}`);
  const random = seeded(5);
  for (let round = 0; round < 12; round++) {
    const damaged = whole.slice();
    const at = Math.floor(random() * whole.length);
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    await folder.write(INDEX, damaged);
    await using again = await folder.open();
    assertEquals(await again.query(), items, `octet ${at}`);
    assertEquals(folder.warnings.splice(0).length, 1, `octet ${at}`);
    await using third = await folder.open();
    assertEquals(await third.query(), items);
    assertEquals(folder.warnings.splice(0), []);
  }
});

permitted(FILES, "an index that was cut anywhere gives the same items", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await fill(store);
  const items = await store.query();
  const whole = await Deno.readFile(`${folder.path}/${INDEX}`);
  const random = seeded(6);
  const lengths = [0, 1, 31, 32, 33, whole.length - 1];
  for (let i = 0; i < 6; i++) lengths.push(Math.floor(random() * whole.length));
  for (const length of lengths) {
    await folder.write(INDEX, whole.slice(0, length));
    await using again = await folder.open();
    assertEquals(await again.query(), items, `cut at ${length}`);
  }
});

permitted(FILES, "an index of many megabytes is read in pieces, whole or damaged", async () => {
  await using folder = await Folder.make();
  {
    await using store = await folder.open();
    await addAll(store, [message("1", "one")]);
  }
  const file = new IndexFile(`${folder.path}/${INDEX}`);
  const row = (i: number): IndexRow => ({
    id: `${i}`.padStart(16, "0"),
    fingerprint: `${i}`.padStart(64, "0"),
    name: `bench_${i}.eml`,
    identity: "",
    tag: 1,
    created: 1e12 + i,
    date: 0,
    mtime: 1e12 + i,
    size: i,
    kept: i,
    flags: 1,
  });
  // Frames of all sizes: smaller than a piece, and larger.
  const sizes = [30_000, 1, 45_000, 7, 20_000];
  let made = 0;
  file.replace(sizes.map((size) => encodeRows(Array.from({ length: size }, () => row(made++)))));
  const load = async (): Promise<[rows: number, damaged: boolean | undefined]> => {
    const catalog = new Catalog(layoutOf(folder.path, emlNaming));
    const loaded = await file.load((frames) => frames.forEach((frame) => catalog.apply(frame)));
    const items = catalog.query({});
    items.forEach(({ name, size }, i) => assertEquals([name, size], [`bench_${i}.eml`, i]));
    return [items.length, loaded?.damaged];
  };
  assertEquals(await load(), [made, false]);
  const path = `${folder.path}/${INDEX}`;
  const { size } = await Deno.stat(path);
  await Deno.truncate(path, size - 1);
  assertEquals(await load(), [made - 20_000, true]);
  await Deno.truncate(path, 5_000_000);
  assertEquals(await load(), [30_001, true]);
  using octets = await Deno.open(path, { write: true });
  await octets.seek(1_000_000, Deno.SeekMode.Start);
  await octets.write(new Uint8Array(8));
  assertEquals(await load(), [0, true]);
});

permitted(FILES, "a second opening reads no message", async () => {
  await using folder = await Folder.make();
  {
    await using store = await folder.open();
    await addAll(store, Array.from({ length: 30 }, (_, i) => message(`${i}`, `message ${i}\n`)));
    await folder.settle(store);
  }
  await using first = await folder.open();
  const items = await first.query();
  // If any of them were read, these would show.
  for (const item of items) await folder.forge(item.name, "x".repeat(item.size - 1));
  await using store = await folder.open();
  assertEquals(await store.query(), items);
});

permitted(
  FILES,
  "a second opening does not even look at files when the folder is unchanged",
  async () => {
    await using folder = await Folder.make();
    {
      await using store = await folder.open();
      await addAll(store, [message("1", "one"), message("2", "two", "archive")]);
      await folder.settle(store);
    }
    await using before = await folder.open();
    const items = await before.query();
    // A change that only listing would show, for the folder's time is put back.
    const { atime, mtime } = await Deno.stat(folder.path);
    await Deno.remove(`${folder.path}/joe@pop.example_1.eml`);
    await folder.write("new.eml", "new");
    await Deno.utime(folder.path, atime ?? 0, mtime ?? 0);
    await using store = await folder.open();
    assertEquals(await store.query(), items);
  },
);

permitted(FILES, "only new files are read when a folder has changed", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await addAll(store, [message("1", "one"), message("2", "two")]);
  await folder.settle(store);
  const items = await store.query();
  for (const item of items) await folder.forge(item.name, "xxx");
  await folder.write("new.eml", "new");
  for (const some of [store, await folder.open()]) {
    const now = await some.query();
    assertEquals(now.slice(0, 2), items);
    assertEquals(now.slice(2).map((item) => item.name), ["new.eml"]);
  }
});

permitted(FILES, "the index does not grow for ever", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  await addAll(store, [message("1", "one"), message("2", "two")]);
  const [item] = await store.query();
  assert(item !== undefined);
  for (let i = 0; i < 400; i++) {
    await store.markAs([item], i % 2 === 0 ? "staged" : "unread");
  }
  assert(Deno.statSync(`${folder.path}/${INDEX}`).size < 16_000);
  assertEquals(text(await readAll(store, item)), "one\r\n");
  await using again = await folder.open();
  assertEquals(await again.query(), await store.query());
});

permitted(FILES, "two stores append to one index by turns, and both stay right", async () => {
  await using folder = await Folder.make();
  await using one = await folder.open();
  await using two = await folder.open();
  const random = seeded(9);
  for (let round = 0; round < 60; round++) {
    const [some, other] = random() < 0.5 ? [one, two] : [two, one];
    const items = await some.query();
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined || random() < 0.5) await addAll(some, [message(`${round}`, "x")]);
    else if (random() < 0.7) await some.markAs([item], random() < 0.5 ? "dup" : "unread");
    else await some.remove([item]);
    if (round % 7 === 0) assertEquals(await other.query(), await some.query());
  }
  await pause(60);
  assertEquals(await one.query(), await two.query());
  await using fresh = await folder.open();
  assertEquals(await fresh.query(), await one.query());
  assertEquals(folder.warnings, []);
});

permitted(
  FILES,
  "what crashed writers left is swept up, but not what a living one writes",
  async () => {
    await using folder = await Folder.make();
    await using store = await folder.open();
    await addAll(store, [message("1", "one")]);
    await folder.write(".izypop3/tmp/left-over", "half a mess");
    const { promise, resolve } = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield latin1("two\n".repeat(100_000));
      await promise;
    }
    const adding = addAll(store, [{ sourceid: "s", guid: "2", octets: slow() }]);
    while (folder.names(".izypop3/tmp").length < 2) await pause(5);
    {
      await using _other = await folder.open();
      assertEquals(folder.names(".izypop3/tmp").length, 2);
    }
    resolve();
    assertEquals((await adding)[0]?.outcome, "stored");
    await using _last = await folder.open();
    assertEquals(folder.names(".izypop3/tmp"), []);
  },
);

permitted(FILES, "adding that fails, is aborted or given up leaves no file behind", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  const controller = new AbortController();
  function* failing(): Generator<Uint8Array> {
    yield latin1("half a mess".repeat(50_000));
    throw new Error("the line was cut");
  }
  function* aborting(): Generator<Uint8Array> {
    yield latin1("half a mess".repeat(50_000));
    controller.abort(new Error("enough"));
    yield latin1("age");
  }
  await addAll(store, [{ sourceid: "s", guid: "1", octets: failing() }]).catch(() => {});
  const given = [message("2", "two"), { sourceid: "s", guid: "3", octets: aborting() }];
  const adding = store.addItems(given, { signal: controller.signal });
  await Array.fromAsync(adding).catch(() => {});
  const many = Array.from({ length: 100 }, (_, i) => message(`many ${i}`, "x"));
  for await (const _ of store.addItems(many)) break;
  assertEquals(folder.names(".izypop3/tmp"), []);
  assert((await store.query()).every((item) => item.guid.startsWith("many")));
});
