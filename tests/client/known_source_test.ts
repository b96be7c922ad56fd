import { assertEquals } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { downloadToStore } from "../../lib/client/download.ts";
import { KnownSource } from "../../lib/client/known_source.ts";
import { selectMessages } from "../../lib/client/select.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { concat, latin1, text } from "../helpers/random.ts";
import { mailboxServer } from "./mailbox_server.ts";
import type { Habits } from "./mailbox_server.ts";

const SOURCE = "me@pop.example.org";

/** Fetches what the store has not got; what was fetched, and what became of it. */
async function sync(store: FakeStore, habits: Habits): Promise<string[]> {
  const { transport } = mailboxServer(habits);
  await using client = await Pop3Client.over(transport);
  const messages = await selectMessages(client, { uids: true });
  const source = await KnownSource.load(store, SOURCE, messages);
  const wanted = messages.filter((message) => source.find(message) === undefined);
  const guidOf = source.guidOf.bind(source);
  const outcomes: string[] = [];
  for await (
    const result of downloadToStore(client, store, wanted, { sourceid: SOURCE, guidOf })
  ) {
    outcomes.push(`${result.message.number} ${result.outcome}`);
    if (result.outcome !== "refused") await source.remember(result.message, result.item);
  }
  await source.tidy();
  await client.quit();
  return outcomes;
}

async function contents(store: FakeStore): Promise<string[]> {
  const all: string[] = [];
  for (const item of await store.query()) {
    all.push(text(concat(await Array.fromAsync(store.read(item)))).trim());
  }
  return all.sort();
}

const MESSAGES = ["one\r\n", "two two\r\n", "three three three\r\n"].map(latin1);

Deno.test("what is known by its uid is not fetched again, and leaves no note", async () => {
  await using store = new FakeStore({ count: 0 });
  const habits = { messages: MESSAGES, uids: ["a", "b", "c"] };
  assertEquals(await sync(store, habits), ["1 stored", "2 stored", "3 stored"]);
  assertEquals(await sync(store, habits), []);
  assertEquals(await store.notes.read(SOURCE), []);
});

Deno.test("new uids for the same contents are noted: nothing is stored or fetched twice", async () => {
  await using store = new FakeStore({ count: 0 });
  await sync(store, { messages: MESSAGES, uids: ["a", "b", "c"] });
  const renamed = { messages: MESSAGES, uids: ["x", "y", "z"] };
  assertEquals(await sync(store, renamed), ["1 duplicate", "2 duplicate", "3 duplicate"]);
  assertEquals(await sync(store, renamed), []);
  assertEquals((await contents(store)).length, 3);
});

Deno.test("messages that are the same to the octet but have uids of their own are all kept", async () => {
  await using store = new FakeStore({ count: 0 });
  const same = ["same\r\n", "same\r\n", "same\r\n"].map(latin1);
  await sync(store, { messages: same.slice(0, 2), uids: ["a", "b"] });
  assertEquals(await contents(store), ["same", "same"]);
  // Renamed, and one more of them.
  const habits = { messages: same, uids: ["x", "y", "z"] };
  assertEquals(await sync(store, habits), ["1 duplicate", "2 duplicate", "3 stored"]);
  assertEquals(await sync(store, habits), []);
});

Deno.test("a uid that another message bears by now is not taken for the one before", async () => {
  await using store = new FakeStore({ count: 0 });
  await sync(store, { messages: MESSAGES.slice(0, 2), uids: ["1", "2"] });
  // The first one was deleted, and this server's uids are mere numbers.
  const habits = { messages: MESSAGES.slice(1), uids: ["1", "2"] };
  await sync(store, habits);
  assertEquals(await contents(store), ["one", "three three three", "two two"]);
  assertEquals(await sync(store, habits), []);
});

Deno.test("wrong sizes in LIST make nothing be fetched twice", async () => {
  await using store = new FakeStore({ count: 0 });
  const listedSize = (octets: number): number => octets + 10;
  const habits = { messages: MESSAGES, uids: ["a", "b", "c"], listedSize };
  assertEquals(await sync(store, habits), ["1 stored", "2 stored", "3 stored"]);
  assertEquals(await sync(store, habits), []);
});

Deno.test("a uid that is too long, shared or missing counts less than the content", async () => {
  await using store = new FakeStore({ count: 0 });
  const long = "u".repeat(80);
  const habits = { messages: MESSAGES, uids: [long, "same", "same"] };
  assertEquals(await sync(store, habits), ["1 stored", "2 stored", "3 stored"]);
  // The long one is noted; which of the others is which nobody can tell without fetching them.
  assertEquals(await sync(store, habits), ["2 duplicate", "3 duplicate"]);
  assertEquals(await sync(store, { messages: MESSAGES }), [1, 2, 3].map((n) => `${n} duplicate`));
  const guids = (await store.query()).map(({ guid }) => guid.slice(0, 7));
  assertEquals(guids, Array(3).fill("sha256-"));
});

Deno.test("what was removed from the store is fetched again; half a note is no note", async () => {
  await using store = new FakeStore({ count: 0 });
  const renamed = { messages: MESSAGES, uids: ["x", "y", "z"] };
  await sync(store, { messages: MESSAGES, uids: ["a", "b", "c"] });
  await sync(store, renamed);
  await store.notes.add(SOURCE, ['{"uid":"x","si', "null", "[]", '{"uid":1,"size":2,"guid":3}']);
  const [first] = await store.query();
  if (first !== undefined) await store.remove([first]);
  assertEquals(await sync(store, renamed), ["1 stored"]);
  assertEquals(await sync(store, renamed), []);
});

Deno.test("notes about what the server lists no more are let go in time", async () => {
  await using store = new FakeStore({ count: 0 });
  const old = Array.from(
    { length: 2000 },
    (_, i) => JSON.stringify({ uid: `o${i}`, size: 1, guid: "" }),
  );
  await store.notes.add(SOURCE, old);
  await sync(store, { messages: MESSAGES, uids: ["u".repeat(80), "b", "c"] });
  assertEquals((await store.notes.read(SOURCE)).length, 1);
});
