/** Clocks that go wrong: the order of messages and what is found stay right. */
import { assert, assertEquals } from "@std/assert";
import type { MimeStore } from "../../../lib/stores/mime_store.ts";
import { addAll, message } from "../conformance.ts";
import { contentsOf, forEachKind } from "./kinds.ts";

const DAY = 86_400_000;

/** Runs `work` with a clock that shows another time. */
async function at(time: number, work: () => Promise<void>): Promise<void> {
  const { now } = Date;
  const begun = performance.now();
  Date.now = () => Math.floor(time + performance.now() - begun);
  try {
    await work();
  } finally {
    Date.now = now;
  }
}

/**
 * Waits until the file system's own clock is past the folder's last change: a change within the
 * same tick shows only to a clock that is right.
 */
async function tick(folder: string): Promise<void> {
  const probe = await Deno.makeTempFile();
  const time = (path: string): number => Deno.statSync(path).mtime?.getTime() ?? 0;
  while (time(probe) <= time(folder)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await Deno.writeTextFile(probe, "x");
  }
  await Deno.remove(probe);
}

async function add(store: MimeStore, ...guids: string[]): Promise<void> {
  const results = await addAll(store, guids.map((guid) => message(guid, `body ${guid}\n`)));
  assertEquals(results.map(({ outcome }) => outcome), guids.map(() => "stored"));
}

async function guids(store: MimeStore): Promise<string[]> {
  return (await store.query()).map(({ guid }) => guid);
}

forEachKind(
  {},
  "messages keep their order while the clock jumps back and forth",
  async ({ open, path, kind }) => {
    const now = Date.now();
    const times = [now, now - 3 * DAY, 0, now + 400 * DAY, now - DAY, Date.UTC(2040), now];
    const order: string[] = [];
    await using one = await open();
    for (const [i, time] of times.entries()) {
      await at(time, async () => {
        await add(one, `${i}a`, `${i}b`);
        // What is opened under a wrong clock goes on behind what is there.
        await using two = await open();
        await add(two, `${i}c`);
        assertEquals(await guids(two), await guids(one));
      });
      order.push(`${i}a`, `${i}b`, `${i}c`);
    }
    assertEquals(await guids(one), order);
    const created = (await one.query()).map((item) => item.created);
    assert(created.every((time, i) => i === 0 || time > (created[i - 1] ?? 0)));
    await Deno.remove(`${path}/${kind.hidden}/index`);
    await using again = await open();
    assertEquals(await guids(again), order);
  },
);

forEachKind({}, "what others do is found under any clock", async ({ open, path, kind }) => {
  const theirs = async (name: string): Promise<void> => {
    await tick(`${path}/${kind.inbox}`);
    await Deno.writeTextFile(`${path}/${kind.inbox}/${name}.eml`, name);
  };
  await using store = await open();
  await add(store, "ours");
  for (const [i, shift] of [-3 * DAY, 3 * DAY, -DAY].entries()) {
    await at(Date.now() + shift, async () => {
      await theirs(`one${i}`);
      assert((await contentsOf(store)).some((line) => line.endsWith(`one${i}`)));
      await theirs(`two${i}`);
      const [item] = await store.query({ limit: 1, order: "desc" });
      if (item !== undefined) await store.markAs([item], "dup");
      await using other = await open();
      assertEquals(await contentsOf(other), await contentsOf(store));
      assert((await contentsOf(store)).some((line) => line.endsWith(`two${i}`)));
    });
  }
  assertEquals((await store.query()).length, 7);
});
