import { assert, assertEquals } from "@std/assert";
import { canonicalOctets, measureWire } from "../../../lib/protocol/crlf.ts";
import { mariaTable, OLD_TABLE } from "../../helpers/cloud_tables.ts";
import { corpus } from "../../helpers/corpus.ts";
import { MARIADB, startSharedMariaDb } from "../../helpers/mariadb.ts";
import { permitted } from "../../helpers/permissions.ts";
import { latin1, text } from "../../helpers/random.ts";
import { addAll, assertKind, message, readAll } from "../conformance.ts";

const database = await startSharedMariaDb();

/** As another client would put it there, who knows nothing of our columns. */
function insertion(guid: string, octets: Uint8Array, status = 0): string {
  const digits = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return "insert INTO izypop3 (status, groupid, messageUTCTimestamp, created, sourceid, guid, size," +
    ` payload) VALUES (${status}, 0, 0, 1, 'joe@pop.example', '${guid}', ${octets.length},` +
    ` x'${digits}') ON DUPLICATE KEY UPDATE status = status`;
}

for (const [name, script] of [["an old table", OLD_TABLE], ["a new table", undefined]] as const) {
  permitted(MARIADB, `cloud: rows of other clients in ${name} have exact sizes`, async () => {
    await using table = await mariaTable(database, script);
    const messages = corpus().filter(({ octets }) => octets.length < 300_000);
    for (const { name, octets } of messages) {
      await table.execute(insertion(name.replaceAll("'", ""), octets));
    }
    const store = await table.open();
    const items = await store.query();
    assertEquals(items.length, messages.length);
    let sum = 0;
    for (const [i, item] of items.entries()) {
      const octets = messages[i]?.octets ?? new Uint8Array();
      const { size, stuffing } = measureWire(octets);
      assertEquals([item.guid, item.size, item.stuffing], [
        messages[i]?.name.replaceAll("'", ""),
        size,
        stuffing,
      ]);
      sum += size;
      assert(text(await readAll(store, item)) === text(canonicalOctets(octets)), item.guid);
      assert(text(await readAll(store, item, { form: "kept" })) === text(octets), item.guid);
    }
    assertEquals((await store.status()).unread, { count: items.length, octets: sum });
    assertEquals(await (await table.open()).query(), items);
  });
}

permitted(MARIADB, "cloud: a new table keeps what was measured, fingerprints too", async () => {
  await using table = await mariaTable(database);
  await table.execute(insertion("small", latin1(".\n")));
  await table.execute(insertion("large", latin1(`${"x".repeat(99)}\n`.repeat(4000))));
  const store = await table.open();
  const [small, large] = await store.query();
  assertEquals([small?.size, large?.size], [3, 404_000]);
  const before = table.gateway.requests.length;
  const again = await (await table.open()).query();
  assertEquals<unknown>(again, [small, large]);
  assertEquals(table.gateway.requests.length - before, 2);
  assert(again.every(({ fingerprint }) => /^[0-9a-f]{64}$/.test(fingerprint)));
  await addAll(store, [message("added", ".\n")]);
  const added = (await store.query()).at(-1);
  assertEquals(added?.fingerprint, small?.fingerprint);
});

permitted(
  MARIADB,
  "cloud: in an old table adding, marking, removing and locking work",
  async () => {
    await using table = await mariaTable(database, OLD_TABLE);
    const store = await table.open();
    const messages = [message("1", "one\n"), message("2", ".two"), message("ünï 雪 📬", "")];
    const added = await addAll(store, messages);
    assertEquals(added.map((each) => each.outcome), ["stored", "stored", "stored"]);
    assertEquals(added.map((each) => each.item), [...await store.query()]);
    const again = await addAll(await table.open(), messages);
    assertEquals(again.map((each) => each.outcome), ["duplicate", "duplicate", "duplicate"]);
    assertEquals(again.map((each) => each.item), added.map((each) => each.item));
    await store.markAs(await store.query({ limit: 1 }), "archive");
    await store.remove((await store.query()).slice(1, 2));
    assertEquals((await store.query()).map((item) => [item.guid, item.tag]), [
      ["1", "archive"],
      ["ünï 雪 📬", "unread"],
    ]);
    assertEquals((await store.status()).archive, { count: 1, octets: 5 });
    await using _lock = await store.lock("first");
    await assertKind("in-use", () => store.lock("second"));
  },
);

permitted(
  MARIADB,
  "cloud: a name that the table would cut is refused, and nothing is stored",
  async () => {
    await using table = await mariaTable(database, OLD_TABLE);
    const store = await table.open();
    const error = await assertKind(
      "config",
      () => addAll(store, [message("x".repeat(256), "one")]),
    );
    assert(error.message.includes("255"), error.message);
    assertEquals(await store.query(), []);
    assertEquals((await addAll(store, [message("雪".repeat(255), "one")]))[0]?.outcome, "stored");
  },
);

permitted(
  MARIADB,
  "cloud: a key that does not tell two names apart loses no message silently",
  async () => {
    await using table = await mariaTable(
      database,
      OLD_TABLE.replaceAll("utf8mb4_bin", "utf8mb4_general_ci"),
    );
    const store = await table.open();
    await addAll(store, [message("abc", "one")]);
    const error = await assertKind("config", () => addAll(store, [message("ABC", "two")]));
    assert(error.message.includes("docs/cloud.sql"), error.message);
    assertEquals((await store.query()).map((item) => item.guid), ["abc"]);
  },
);

permitted(MARIADB, "cloud: rows with a status that is no tag are not ours to show", async () => {
  await using table = await mariaTable(database, OLD_TABLE);
  await table.execute(insertion("1", latin1("one"), 9));
  await table.execute(insertion("2", latin1("two"), 5));
  const store = await table.open();
  assertEquals((await store.query()).map((item) => [item.guid, item.tag]), [[
    "2",
    "conversionerror",
  ]]);
  assertEquals((await store.status()).conversionerror.count, 1);
});

permitted(MARIADB, "cloud: a table that is not there is told when it is opened", async () => {
  await using table = await mariaTable(database, OLD_TABLE);
  await assertKind("missing", () => table.open({ tablename: "izypop3.nothing" }));
  await assertKind("missing", () => table.open({ tablename: "nowhere.nothing" }));
});

permitted(MARIADB, "cloud: 2 MB over HTTP in every encoding, octet for octet", async () => {
  await using table = await mariaTable(database);
  await using served = table.gateway.serve();
  const fetcher = (url: string, init: RequestInit): Promise<Response> => fetch(url, init);
  const piece = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
  for (const encoding of ["plain", "shift", "hex"]) {
    const store = await table.open({ dataservice: served.url, fetch: fetcher, encoding });
    const octets = Array(32).fill(piece);
    const [added] = await addAll(store, [{ sourceid: "s", guid: encoding, octets }]);
    assert(added !== undefined);
    let length = 0;
    for await (const slice of store.read(added.item, { form: "kept" })) {
      for (let at = 0; at < slice.length; at += piece.length) {
        assert(text(slice.subarray(at, at + piece.length)) === text(piece));
      }
      length += slice.length;
    }
    assertEquals(length, 2 * 1024 * 1024);
  }
});
