import { assert, assertEquals } from "@std/assert";
import type { HeaderFacts } from "../../lib/stores/header_facts.ts";
import { HeaderIndex } from "../../lib/stores/header_index.ts";
import type { MimeItem } from "../../lib/stores/mime_store.ts";
import { temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { seeded } from "../helpers/random.ts";

const FILES = { read: true, write: true } as const;

function item(number: number, fingerprint = `${number}`.padStart(64, "0")): MimeItem {
  return {
    id: `i${number}`,
    guid: `g${number}`,
    tag: "unread",
    size: 10,
    sourceid: "s",
    messageUTCTimestamp: 0,
    created: 1,
    fingerprint,
    name: `${number}.eml`,
    stuffing: false,
  };
}

function factsOf(number: number): HeaderFacts {
  return {
    from: `A${number} <Ä€😀@X>`,
    subject: number % 3 === 0 ? "" : `S ${number}`,
    parsable: number % 2 === 0,
  };
}

/** With the size by which a damaged message is noticed. */
function entryOf(number: number): HeaderFacts & { readonly size: number } {
  return { ...factsOf(number), size: 10 };
}

async function filled(path: string, count: number): Promise<void> {
  const index = await HeaderIndex.open(path);
  for (let i = 0; i < count; i++) index.add(item(i), factsOf(i));
  index.flush();
  assertEquals(index.problem, undefined);
}

permitted(
  FILES,
  "what was taken down is there again, in one file that only its owner reads",
  async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/new/headers`;
    await filled(path, 10_000);
    const index = await HeaderIndex.open(path);
    assertEquals([index.size, index.damaged, index.problem], [10_000, false, undefined]);
    for (let i = 0; i < 10_000; i += 7) assertEquals(index.find(item(i)), entryOf(i));
    assertEquals(index.find(item(10_001)), undefined);
    assertEquals([...Deno.readDirSync(`${folder.path}/new`)].map(({ name }) => name), ["headers"]);
    if (Deno.build.os !== "windows") assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  },
);

permitted(FILES, "an entry is never that of another message", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/headers`;
  const index = await HeaderIndex.open(path);
  index.add(item(1), factsOf(1));
  index.add(item(2, ""), factsOf(2));
  index.flush();
  const again = await HeaderIndex.open(path);
  // The same octets under other names, and the same names with other octets.
  assertEquals(again.find({ ...item(1), id: "x", guid: "y", name: "z" }), entryOf(1));
  assertEquals(again.find(item(1, "f".repeat(64))), undefined);
  assertEquals(again.find({ ...item(1), size: 11 }), undefined);
  assertEquals(again.find(item(2, "")), entryOf(2));
  for (
    const other of [{ guid: "x" }, { id: "x" }, { sourceid: "x" }, { size: 9 }, { created: 2 }]
  ) {
    assertEquals(again.find({ ...item(2, ""), ...other }), undefined);
  }
});

permitted(FILES, "two programs that write at a time lose nothing that matters", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/headers`;
  await filled(path, 10);
  const [one, two] = [await HeaderIndex.open(path), await HeaderIndex.open(path)];
  for (let i = 10; i < 5000; i++) (i % 2 === 0 ? one : two).add(item(i), factsOf(i));
  one.flush();
  two.flush();
  const index = await HeaderIndex.open(path);
  assertEquals([index.size, index.damaged], [5000, false]);
});

permitted(
  FILES,
  "cut or changed anywhere, it gives the truth or nothing, and mends itself",
  async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/headers`;
    for (let i = 0; i < 5; i++) {
      const index = await HeaderIndex.open(path);
      for (let j = 0; j < 20; j++) index.add(item(i * 20 + j), factsOf(i * 20 + j));
      index.flush();
    }
    const whole = await Deno.readFile(path);
    const random = seeded(1);
    let lost = 0;
    for (let round = 0; round < 200; round++) {
      const octets = whole.slice(
        0,
        round % 2 === 0 ? Math.floor(random() * whole.length) : undefined,
      );
      if (round % 2 === 1) {
        const at = Math.floor(random() * octets.length);
        octets[at] = (octets[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      }
      await Deno.writeFile(path, octets);
      const index = await HeaderIndex.open(path);
      for (let i = 0; i < 100; i++) {
        const found = index.find(item(i));
        if (found === undefined) lost++;
        else assertEquals(found, entryOf(i));
        index.add(item(i), factsOf(i));
      }
      index.flush();
      const mended = await HeaderIndex.open(path);
      assertEquals([mended.size, mended.damaged, mended.problem], [100, false, undefined]);
    }
    assert(lost > 0);
  },
);

permitted(FILES, "a file of someone else's is not taken for an index", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/headers`;
  await Deno.writeTextFile(path, "something else");
  assertEquals((await HeaderIndex.open(path)).damaged, true);
});

permitted(
  FILES,
  "a link, a folder or a place that cannot be written is told, and no more",
  async () => {
    await using folder = await temporaryFolder();
    const victim = `${folder.path}/victim`;
    await Deno.writeTextFile(victim, "mine");
    await Deno.symlink(victim, `${folder.path}/link`);
    await Deno.mkdir(`${folder.path}/folder`);
    for (const name of ["link", "folder", "victim/headers", "none/none/headers"]) {
      const index = await HeaderIndex.open(`${folder.path}/${name}`);
      index.add(item(1), factsOf(1));
      index.flush();
      assert(index.problem?.startsWith("Cannot "), name);
      assertEquals(index.find(item(1)), entryOf(1));
    }
    assertEquals(await Deno.readTextFile(victim), "mine");
  },
);

permitted(FILES, "messages that are no more are let go of when they are most of it", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/headers`;
  await filled(path, 6000);
  const before = (await Deno.stat(path)).size;
  const index = await HeaderIndex.open(path);
  assertEquals([index.isWasteful(1000), index.isWasteful(900)], [false, true]);
  index.retain(Array.from({ length: 900 }, (_, i) => item(i)));
  index.flush();
  const after = await HeaderIndex.open(path);
  assertEquals([after.size, after.isWasteful(900)], [900, false]);
  assert((await Deno.stat(path)).size < before / 5);
});
