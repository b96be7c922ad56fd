/**
 * A program that works on a store without end and tells what it did, so that a test can kill it
 * at any moment: `writer_program.ts FOLDER NAME`, or `… FOLDER lock` to hold the lock.
 *
 * A line `stored GUID` follows when the message is stored, `removing GUID` goes before it is
 * removed, `marked GUID TAG` follows when it has the tag.
 */
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { type MimeItem, type NewMimeItem, TAGS } from "../../../lib/stores/mime_store.ts";
import { contentOf } from "./contents.ts";

const [path = "", name = ""] = Deno.args;

async function say(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

async function* messages(round: number): AsyncGenerator<NewMimeItem> {
  for (let i = 0; i < 7; i++) {
    await Promise.resolve();
    const guid = `${name}-${round}-${i}`;
    yield { sourceid: "s", guid, octets: contentOf(guid) };
  }
}

async function work(store: LocalFsStore, round: number): Promise<void> {
  const items: MimeItem[] = [];
  for await (const { item } of store.addItems(messages(round))) {
    items.push(item);
    await say(`stored ${item.guid}`);
  }
  const tag = TAGS[round % TAGS.length] ?? "dup";
  await store.markAs(items.slice(0, 4), tag);
  for (const item of items.slice(0, 4)) await say(`marked ${item.guid} ${tag}`);
  for (const item of items.slice(3, 5)) await say(`removing ${item.guid}`);
  await store.remove(items.slice(3, 5));
}

if (import.meta.main) {
  const store = await LocalFsStore.open({ path });
  if (name === "lock") {
    await store.lock("the child");
    await say("locked");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  await say("ready");
  for (let round = 0;; round++) await work(store, round);
}
