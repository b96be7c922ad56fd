/** Writers that are killed at a few moments; the long tests do it at 200. */
import { assertEquals } from "@std/assert";
import { assertKind } from "../conformance.ts";
import { killWriters, Writer } from "./crash.ts";
import { forEachKind } from "./kinds.ts";

forEachKind(
  { run: true },
  "what killed writers leave is there once, whole, with one tag",
  async (ground) => {
    await killWriters(ground, 8, 13);
  },
);

forEachKind(
  { run: true },
  "a lock keeps other processes out, and dies with its holder",
  async (ground) => {
    await using store = await ground.open();
    await using holder = new Writer(ground, "", "lock");
    await holder.said(1);
    await assertKind("in-use", () => store.lock("the parent"));
    await holder.kill();
    await using lock = await store.lock("the parent");
    assertEquals(lock.owner, "the parent");
    await assertKind("in-use", () => store.lock("someone else"));
  },
);
