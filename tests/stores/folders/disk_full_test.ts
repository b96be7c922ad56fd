/** A disk that is full at any moment: a clear error, and nothing is lost. */
import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../../lib/stores/errors.ts";
import type { MimeItem, MimeStore } from "../../../lib/stores/mime_store.ts";
import { latin1 } from "../../helpers/random.ts";
import type { SmallDisk } from "../../helpers/small_disk.ts";
import { addAll, message } from "../conformance.ts";
import { fill, makeRoom, onSmallDisk, PAGE } from "./disks.ts";
import { contentsOf, type Ground, namesIn } from "./kinds.ts";

/** What may be left: for a folder, files for locks, an index. */
const ROOMS = Array.from({ length: 14 }, (_, pages) => pages * PAGE);

/** What `work` throws says that the disk is full, if it throws. */
async function fullOrFine(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    assert(error instanceof StoreError, String(error));
    assertEquals(error.kind, "input-output", error.message);
    assert(/^Cannot .*: the disk is full; free some space/.test(error.message), error.message);
    return true;
  }
}

/** Reported messages are there once and whole; others are whole or not there at all. */
async function assertWhole(
  store: MimeStore,
  reported: readonly string[],
  all: readonly string[],
): Promise<void> {
  const found = await contentsOf(store);
  assertEquals(new Set(found).size, found.length);
  for (const one of reported) assert(found.includes(one), `lost: ${one.slice(0, 30)}`);
  for (const one of found) assert(all.includes(one), `not whole: ${one.slice(0, 30)}`);
}

onSmallDisk(
  "a message too large for the disk leaves nothing but a reason",
  async (disk, ground) => {
    await using store = await ground.open();
    const big = message("big", "x".repeat(600 * 1024));
    const reported: string[] = [];
    const isFull = await fullOrFine(async () => {
      for await (
        const { item } of store.addItems([message("1", "one"), big, message("2", "two")])
      ) {
        reported.push(item.guid);
      }
    });
    assert(isFull);
    assertEquals(reported, ["1"]);
    assertEquals(await contentsOf(store), ["1 unread one"]);
    assertEquals(namesIn(`${ground.path}/${ground.kind.temporary}`), []);
    await makeRoom(disk);
    assertEquals((await addAll(store, [message("2", "two")]))[0]?.outcome, "stored");
  },
);

onSmallDisk(
  "adding while the disk runs full loses nothing that was reported",
  async (disk, ground) => {
    {
      await using store = await ground.open();
      await addAll(store, [message("first", "first")]);
    }
    const all = ["first unread first"];
    const reported = [...all];
    let failures = 0;
    for (const room of ROOMS) {
      await using store = await ground.open();
      await fill(disk, room);
      const guids = [0, 1, 2].map((i) => `${room}-${i}`);
      const items = guids.map((guid) => message(guid, guid.padEnd(3000, "x")));
      all.push(...guids.map((guid) => `${guid} unread ${guid.padEnd(3000, "x")}`));
      const isFull = await fullOrFine(async () => {
        for await (const { item } of store.addItems(items)) {
          reported.push(`${item.guid} unread ${item.guid.padEnd(3000, "x")}`);
        }
      });
      if (isFull) failures++;
      await assertWhole(store, reported, all);
      await makeRoom(disk);
      await using again = await ground.open();
      await assertWhole(again, reported, all);
      assertEquals(namesIn(`${ground.path}/${ground.kind.temporary}`), []);
      // What failed can be tried again, and no message is there twice.
      await addAll(again, items);
      for (const guid of guids) reported.push(`${guid} unread ${guid.padEnd(3000, "x")}`);
      await assertWhole(again, reported, all);
      await again.remove((await again.query()).slice(1));
      reported.splice(1);
      all.splice(1);
    }
    assert(failures > 0);
  },
);

/** Does `act` to two of four messages on a full disk, and looks what has become of all. */
async function changeWhenFull(
  disk: SmallDisk,
  ground: Ground,
  act: (store: MimeStore, items: readonly MimeItem[]) => Promise<void>,
): Promise<void> {
  for (const room of ROOMS) {
    await using store = await ground.open();
    const guids = ["a", "b", "c", "d"].map((letter) => `${letter}${room}`);
    await addAll(store, guids.map((guid) => message(guid, guid)));
    const items = await store.query();
    await fill(disk, room);
    const isFull = await fullOrFine(() => act(store, items.slice(0, 2)));
    const during = await contentsOf(store);
    await makeRoom(disk);
    await using again = await ground.open();
    assertEquals(await contentsOf(again), during);
    if (isFull) assertEquals(during, guids.map((guid) => `${guid} unread ${guid}`), `${room}`);
    await again.remove(await again.query());
  }
}

onSmallDisk("a tag that there is no room for stays what it was", async (disk, ground) => {
  await changeWhenFull(disk, ground, (store, items) => store.markAs(items, "archive"));
});

onSmallDisk("messages can be removed from a full disk", async (disk, ground) => {
  const { length } = ROOMS;
  let removed = 0;
  await changeWhenFull(disk, ground, async (store, items) => {
    await store.remove(items);
    removed++;
  });
  assertEquals(removed, length);
});

onSmallDisk("the deletions of a session free a full disk too", async (disk, ground) => {
  let done = 0;
  await changeWhenFull(disk, ground, async (store, items) => {
    await store.applyAll?.(items.map((item) => ({ item, to: "removed" })));
    done++;
  });
  assertEquals(done, ROOMS.length);
});

onSmallDisk(
  "an index that cannot be written anew stays, and is said to be behind",
  async (disk, ground) => {
    await using store = await ground.open();
    await addAll(store, Array.from({ length: 40 }, (_, i) => message(`${i}`, "x")));
    const [item] = await store.query();
    assert(item !== undefined);
    await fill(disk, 0);
    // So often that the index has to be written anew at some time.
    for (let i = 0; i < 400; i++) await store.markAs([item], i % 2 === 0 ? "staged" : "unread");
    assert(ground.warnings.some((text) => text.startsWith("Cannot write the index")));
    const during = await contentsOf(store);
    assertEquals(during.length, 40);
    assertEquals(
      namesIn(`${ground.path}/${ground.kind.hidden}`).filter((n) => n.endsWith(".new")),
      [],
    );
    await makeRoom(disk);
    await using again = await ground.open();
    assertEquals(await contentsOf(again), during);
    await addAll(store, [message("new", "new")]);
    assertEquals((await again.query()).length, 41);
  },
);

onSmallDisk(
  "a store that was never opened says why it cannot be on a full disk",
  async (disk, ground) => {
    for (const part of ["new", "cur"]) await Deno.mkdir(`${ground.path}/${part}`);
    const file = `${ground.path}/${ground.kind.inbox}/a.eml`;
    await Deno.writeFile(file, latin1("A: b\r\n\r\n"));
    await fill(disk, 0);
    await fullOrFine(async () => {
      await using store = await ground.open();
      assertEquals((await store.query()).length, 1);
    });
    await makeRoom(disk);
    await using store = await ground.open();
    assertEquals((await store.query()).length, 1);
  },
);
