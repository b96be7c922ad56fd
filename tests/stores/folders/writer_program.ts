/**
 * Works on a store without end and tells what it does, so that a test can kill it at any moment:
 * `writer_program.ts KIND FOLDER NAME SEED`, or `… lock` to hold the lock.
 *
 * Lines `adding GUID TAG`, `marking GUID TAG` and `removing GUID` go before what they say; `stored
 * GUID TAG`, `marked GUID TAG` and `removed GUID` follow it.
 */
import {
  type ItemChange,
  type MimeItem,
  type MimeStore,
  TAGS,
} from "../../../lib/stores/mime_store.ts";
import { seeded } from "../../helpers/random.ts";
import { contentOf } from "./crash.ts";
import { FOLDER_KINDS } from "./kinds.ts";

const [kindName = "", path = "", name = "", seed = ""] = Deno.args;
const random = seeded(Number(seed));

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function some<T>(from: readonly T[]): T[] {
  const share = random();
  return from.filter(() => random() < share);
}

function anyTag(): (typeof TAGS)[number] {
  return TAGS[Math.floor(random() * TAGS.length)] ?? "dup";
}

async function add(store: MimeStore, round: number): Promise<void> {
  const count = 1 + Math.floor(random() ** 3 * 150);
  const items = Array.from({ length: count }, (_, i) => {
    const guid = `${name}-${round}-${i}`;
    return { sourceid: "s", guid, octets: contentOf(guid), tag: anyTag() };
  });
  for (const { guid, tag } of items) say(`adding ${guid} ${tag}`);
  for await (const { item } of store.addItems(items)) say(`stored ${item.guid} ${item.tag}`);
}

function announce(changes: readonly ItemChange[], isDone: boolean): void {
  for (const { item, to } of changes) {
    if (to === "removed") say(`${isDone ? "removed" : "removing"} ${item.guid}`);
    else say(`${isDone ? "marked" : "marking"} ${item.guid} ${to}`);
  }
}

async function change(store: MimeStore, items: readonly MimeItem[]): Promise<void> {
  const how = random();
  const to: ItemChange["to"] = random() < 0.5 ? "removed" : anyTag();
  const changes = some(items).map((item): ItemChange => {
    return { item, to: how < 0.4 && random() < 0.5 ? anyTag() : to };
  });
  const changed = changes.map(({ item }) => item);
  announce(changes, false);
  if (how < 0.4) await store.applyAll?.(changes);
  else if (to === "removed") await store.remove(changed);
  else await store.markAs(changed, to);
  announce(changes, true);
}

if (import.meta.main) {
  const kind = FOLDER_KINDS.find((kind) => kind.name === kindName);
  if (kind === undefined) throw new Error(`Cannot test ${kindName}: no such store`);
  const store = await kind.open(path);
  if (seed === "lock") {
    await store.lock("the child");
    say("locked");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  say("ready");
  for (let round = 0;; round++) {
    await add(store, round);
    const mine = (await store.query()).filter(({ guid }) => guid.startsWith(`${name}-`));
    await change(store, mine);
  }
}
