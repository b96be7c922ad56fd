/** An index with damage at many places; the long tests do it at every one. */
import { assertEquals } from "@std/assert";
import { addAll, message } from "../conformance.ts";
import type { Ground } from "./kinds.ts";

/** Three messages under two tags, and one that somebody else put there. */
export async function fill(ground: Ground): Promise<void> {
  await using store = await ground.open();
  await addAll(store, [message("1", "one"), message("x".repeat(300), "two"), message("3", "3")]);
  const theirs = `${ground.path}/${ground.kind.inbox}/theirs.eml`;
  await Deno.writeTextFile(theirs, "theirs");
  await Deno.utime(theirs, 1_700_000_000, 1_700_000_000);
  await store.markAs((await store.query()).slice(1, 2), "archive");
}

/** A bit of every `stride`th octet of the index is turned: it is said so, and made again. */
export async function turnBits(ground: Ground, stride: number): Promise<void> {
  await fill(ground);
  const path = `${ground.path}/${ground.kind.hidden}/index`;
  await using before = await ground.open();
  const items = await before.query();
  const whole = await Deno.readFile(path);
  for (let at = 0; at < whole.length; at += stride) {
    const damaged = whole.slice();
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    await Deno.writeFile(path, damaged);
    await using store = await ground.open();
    assertEquals(await store.query(), items, `octet ${at}`);
    // The index's own name is any word: another one is as good.
    const isName = at >= 16 && at < 31 && /[0-9a-f]/.test(String.fromCharCode(damaged[at] ?? 0));
    const complaint = `The index was damaged; making it again from the messages ${path}`;
    assertEquals(ground.warnings.splice(0), isName ? [] : [complaint], `octet ${at}`);
  }
}

/** The index is cut at every `stride`th octet: the messages are the same. */
export async function cut(ground: Ground, stride: number): Promise<void> {
  await fill(ground);
  const path = `${ground.path}/${ground.kind.hidden}/index`;
  await using before = await ground.open();
  const items = await before.query();
  const whole = await Deno.readFile(path);
  for (let length = 0; length < whole.length; length += stride) {
    await Deno.writeFile(path, whole.subarray(0, length));
    await using store = await ground.open();
    assertEquals(await store.query(), items, `cut at ${length}`);
    ground.warnings.splice(0);
    // It is whole again, and nobody has to be told once more.
    await using again = await ground.open();
    assertEquals(await again.query(), items, `cut at ${length}`);
    assertEquals(ground.warnings, [], `cut at ${length}`);
  }
}
