import { assert, assertEquals } from "@std/assert";
import type { CloudStore } from "../../../lib/stores/cloud.ts";
import { StoreError } from "../../../lib/stores/errors.ts";
import type { AddResult, NewMimeItem } from "../../../lib/stores/mime_store.ts";
import { type CloudTable, mariaTable, memoryTable } from "../../helpers/cloud_tables.ts";
import type { Fault } from "../../helpers/gateway.ts";
import { MARIADB, startSharedMariaDb } from "../../helpers/mariadb.ts";
import { permitted } from "../../helpers/permissions.ts";
import { latin1, seeded, text } from "../../helpers/random.ts";
import { addAll, message, readAll } from "../conformance.ts";

const database = await startSharedMariaDb();

/** Every third request goes wrong, in one way or another, before or after it was carried out. */
function unreliable(seed: number): () => Fault | undefined {
  const random = seeded(seed);
  const faults: readonly Fault[] = [
    { kind: "status", status: 503 },
    { kind: "lost" },
    { kind: "cut" },
    { kind: "fail", reason: "Deadlock found when trying to get lock; try restarting transaction" },
  ];
  return () => random() < 1 / 3 ? faults[Math.floor(random() * faults.length)] : undefined;
}

/** Results until the store gives up. */
async function addSome(store: CloudStore, items: readonly NewMimeItem[]): Promise<AddResult[]> {
  const results: AddResult[] = [];
  try {
    for await (const result of store.addItems(items)) results.push(result);
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== "temporary") throw error;
  }
  return results;
}

/** What was reported is there, once, whole; adding again completes it. */
async function survivesFaults(table: CloudTable): Promise<void> {
  const retry = { attempts: 3, deadlineSeconds: 30, firstDelay: 1 };
  const messages = Array.from({ length: 60 }, (_, i) => message(`${i}`, `number ${i}\n`));
  const store = await table.open({ retry, batchoctets: 600 });
  table.gateway.fault = unreliable(5);
  let stored = 0;
  for (let round = 0; round < 100 && stored < messages.length; round++) {
    for (const { outcome, item } of await addSome(store, messages)) {
      if (outcome === "stored") stored++;
      assertEquals(item.size, `number ${item.guid}\r\n`.length);
    }
    table.gateway.fault = round < 20 ? unreliable(100 + round) : () => undefined;
    const all = await (await table.open({ retry: { ...retry, attempts: 30 } })).query();
    assertEquals(new Set(all.map((item) => item.guid)).size, all.length);
    assert(all.length >= stored);
    if (all.length === messages.length) break;
  }
  table.gateway.fault = () => undefined;
  const all = await store.query();
  assertEquals(all.length, messages.length);
  for (const item of all.slice(0, 10)) {
    assertEquals(text(await readAll(store, item)), `number ${item.guid}\r\n`);
  }
}

Deno.test("cloud: whatever the service loses, nothing is lost or stored twice", async () => {
  await using table = memoryTable();
  await survivesFaults(table);
});

permitted(MARIADB, "cloud on MariaDB: whatever is lost on the way, no message is", async () => {
  await using table = await mariaTable(database);
  await survivesFaults(table);
});

Deno.test("cloud: a message whose SUCCESS was lost is reported as stored, not as a duplicate", async () => {
  await using table = memoryTable();
  const store = await table.open();
  let losses = 0;
  table.gateway.fault = ({ statements: [sql = ""] }) =>
    sql.startsWith("insert") && losses++ < 2 ? { kind: "lost" } : undefined;
  const [result] = await addAll(store, [message("1", "one")]);
  assertEquals([result?.outcome, losses], ["stored", 3]);
  assertEquals((await store.query()).length, 1);
});

Deno.test("cloud: nothing is taken for stored without SUCCESS", async () => {
  await using table = memoryTable();
  const store = await table.open();
  table.gateway.fault = ({ statements: [sql = ""] }) =>
    sql.startsWith("insert") ? { kind: "text", text: "SUCC" } : undefined;
  const results: AddResult[] = [];
  try {
    for await (const result of store.addItems([message("1", "one")])) results.push(result);
  } catch (error) {
    assert(error instanceof StoreError && error.kind === "protocol");
  }
  assertEquals(results, []);
});

Deno.test("cloud: a change whose answer was lost is made once and reported as made", async () => {
  await using table = memoryTable();
  const store = await table.open();
  await addAll(store, [message("1", "one"), message("2", "two")]);
  const items = await store.query();
  let losses = 0;
  table.gateway.fault = ({ statements: [sql = ""] }) =>
    /^(update|delete)/.test(sql) && losses++ % 2 === 0 ? { kind: "lost" } : undefined;
  await store.markAs(items, "archive");
  await store.remove(items.slice(0, 1));
  assertEquals((await store.query()).map((item) => [item.guid, item.tag]), [["2", "archive"]]);
  assertEquals(losses, 4);
});

Deno.test("cloud: a statement is bounded, and a message that is larger goes alone", async () => {
  await using table = memoryTable();
  for (const encoding of ["plain", "shift", "hex"]) {
    const store = await table.open({ batchoctets: 4000, encoding });
    const before = table.gateway.requests.length;
    const sizes = [100, 200, 1500, 10_000, 100, 100];
    const messages = sizes.map((size, i) => message(`${encoding}${i}`, "x".repeat(size)));
    await addAll(store, messages);
    const inserts = table.gateway.requests.slice(before)
      .filter(({ statements: [sql = ""] }) => sql.startsWith("insert"));
    const rows = inserts.map(({ statements: [sql = ""] }) => sql.split("), (").length);
    assertEquals(rows, [2, 1, 1, 2]);
    for (const { octets } of inserts.filter((_, i) => i !== 2)) {
      assert(octets < (encoding === "hex" ? 9000 : 4500), `${octets}`);
    }
  }
});

Deno.test("cloud: a request is ASCII, whatever the message and its names hold", async () => {
  await using table = memoryTable();
  const store = await table.open();
  const octets = Uint8Array.from({ length: 256 }, (_, i) => i);
  const hostile = "'\"\\\0\r\n%_`;--\x1a__ROW____COMMA____QUERY_SEP___=_:)aSUCCESS: ünï 📬";
  await addAll(store, [{ sourceid: hostile, guid: hostile, octets: [octets] }]);
  const [item] = await store.query();
  assertEquals([item?.sourceid, item?.guid], [hostile, hostile]);
  assert(item !== undefined);
  assertEquals(await readAll(store, item, { form: "kept" }), octets);
  for (const { statements } of table.gateway.requests) {
    assertEquals(statements.length, 1);
    assert(/^[\x20-\x7e]*$/.test(statements[0] ?? ""));
  }
});

Deno.test("cloud: with readOnlyTags a mark is asked for in vain, and the service hears select 1", async () => {
  await using table = memoryTable();
  const store = await table.open({ readOnlyTags: true });
  await addAll(store, [message("1", "one")]);
  await store.markAs(await store.query(), "archive");
  assertEquals(table.gateway.requests.at(-1)?.statements, ["select 1"]);
  assertEquals((await store.query()).map((item) => item.tag), ["unread"]);
});

Deno.test("cloud: one group does not see, mark or remove what is in another", async () => {
  await using table = memoryTable();
  const one = await table.open({ groupid: 1 });
  const two = await table.open({ groupid: "2" });
  await addAll(one, [message("1", "one")]);
  const [added] = await addAll(two, [message("1", "two")]);
  assertEquals(added?.outcome, "stored");
  const items = await one.query();
  for (const work of [() => two.markAs(items, "dup"), () => two.remove(items)]) {
    try {
      await work();
    } catch (error) {
      assert(error instanceof StoreError && error.kind === "gone");
    }
  }
  assertEquals(await one.query(), items);
  assertEquals((await two.query()).length, 1);
});

Deno.test("cloud: a large message travels in slices", async () => {
  await using table = memoryTable();
  const store = await table.open();
  const line = latin1(`${"0123456789".repeat(7)}\n`);
  const octets = new Uint8Array(line.length * 40_000);
  for (let at = 0; at < octets.length; at += line.length) octets.set(line, at);
  await addAll(store, [{ sourceid: "s", guid: "1", octets: [octets] }]);
  const before = table.gateway.requests.length;
  const [item] = await store.query();
  assert(item !== undefined);
  assertEquals(item.size, octets.length + 40_000);
  const kept = await readAll(store, item, { form: "kept" });
  assert(text(kept) === text(octets));
  assertEquals(table.gateway.requests.length - before, 1 + 3);
});
