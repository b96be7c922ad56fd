import { assertEquals, assertRejects } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { copyMessages, downloadToStore } from "../../lib/client/download.ts";
import type { StoreDownloadResult } from "../../lib/client/download.ts";
import type { DownloadProgress } from "../../lib/client/progress.ts";
import { selectMessages } from "../../lib/client/select.ts";
import { ConnectionError } from "../../lib/net/errors.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import type { MimeStore } from "../../lib/stores/mime_store.ts";
import { concat, latin1, octetByOctet, text } from "../helpers/random.ts";
import { mailboxServer } from "./mailbox_server.ts";
import type { Habits } from "./mailbox_server.ts";

const MESSAGES = ["one\r\n", ".two\r\n.\r\n", "", "four \0\xff bare\nLF\r\n"].map(latin1);
const UIDS = ["u1", "u2", "u3", "u4"];
const SOURCE = { sourceid: "me@pop.example.org" };

async function download(
  habits: Habits,
  store: MimeStore,
  onProgress?: (progress: DownloadProgress) => void,
): Promise<StoreDownloadResult[]> {
  const { transport } = mailboxServer(habits);
  await using client = await Pop3Client.over(transport, { pipeline: 3 });
  const messages = await selectMessages(client, { uids: true });
  const options = onProgress === undefined ? SOURCE : { ...SOURCE, onProgress };
  const results = await Array.fromAsync(downloadToStore(client, store, messages, options));
  await client.quit();
  return results;
}

async function contents(store: MimeStore): Promise<string[]> {
  const all: string[] = [];
  for (const item of await store.query()) {
    all.push(text(concat(await Array.fromAsync(store.read(item, { form: "kept" })))));
  }
  return all.sort();
}

Deno.test("messages come into the store exactly, each reported once it is there", async () => {
  for (const portions of [undefined, octetByOctet]) {
    await using store = new FakeStore({ count: 0 });
    const habits: Habits = { messages: MESSAGES, uids: UIDS };
    const results = await download(
      portions === undefined ? habits : { ...habits, portions },
      store,
    );
    assertEquals(
      results.map((result) => [result.outcome, result.message.number, result.message.uid]),
      UIDS.map((uid, i) => ["stored", i + 1, uid]),
    );
    assertEquals(await contents(store), MESSAGES.map(text).sort());
    const [first] = results;
    assertEquals(first?.outcome === "stored" && first.item.guid, "u1");
    assertEquals(first?.outcome === "stored" && first.item.sourceid, SOURCE.sourceid);
  }
});

Deno.test("what the store has is a duplicate, whose octets are dropped", async () => {
  await using store = new FakeStore({ count: 0 });
  const habits: Habits = { messages: MESSAGES, uids: UIDS };
  await download({ messages: MESSAGES.slice(0, 2), uids: UIDS.slice(0, 2) }, store);
  const results = await download(habits, store);
  assertEquals(
    results.map(({ outcome }) => outcome),
    ["duplicate", "duplicate", "stored", "stored"],
  );
  assertEquals((await store.query()).length, 4);
});

Deno.test("a refused message is reported, the others are stored", async () => {
  await using store = new FakeStore({ count: 0 });
  const results = await download({ messages: MESSAGES, uids: UIDS, refused: [1, 4] }, store);
  const byNumber = results.toSorted((a, b) => a.message.number - b.message.number);
  assertEquals(
    byNumber.map(({ outcome }) => outcome),
    ["refused", "stored", "stored", "refused"],
  );
  const [first] = byNumber;
  assertEquals(first?.outcome === "refused" && first.refusal.text, "no such message");
});

Deno.test("messages without uid are known by their content", async () => {
  await using store = new FakeStore({ count: 0 });
  const messages = ["same\r\n", "other\r\n", "same\r\n"].map(latin1);
  for (const wanted of [["stored", "stored", "duplicate"], Array(3).fill("duplicate")]) {
    const results = await download({ messages }, store);
    assertEquals(results.map(({ outcome }) => outcome), wanted);
    assertEquals(results[0]?.outcome !== "refused" && results[0]?.item.guid.slice(0, 7), "sha256-");
  }
});

Deno.test("a message whose end does not come is not stored, what was reported is", async () => {
  // Status lines, messages (the second is stuffed twice), ends.
  const replies = [14 + 5 + 3, 14 + 9 + 2 + 3, 14 + 0 + 3, 15 + 17 + 3];
  const whole = replies.reduce((sum, octets) => sum + octets);
  for (let closesAfter = 0; closesAfter < whole; closesAfter++) {
    await using store = new FakeStore({ count: 0 });
    const { transport } = mailboxServer({ messages: MESSAGES, uids: UIDS, closesAfter });
    await using client = await Pop3Client.over(transport, { pipeline: 3 });
    const messages = await selectMessages(client, { uids: true });
    const reported: string[] = [];
    await assertRejects(async () => {
      for await (const result of downloadToStore(client, store, messages, SOURCE)) {
        reported.push(text(MESSAGES[result.message.number - 1] ?? latin1("?")));
      }
    }, ConnectionError);
    assertEquals(await contents(store), reported.sort(), `closed after ${closesAfter}`);
  }
});

Deno.test("octets are copied out exactly, one message behind the other", async () => {
  const { transport } = mailboxServer({ messages: MESSAGES, refused: [3] });
  await using client = await Pop3Client.over(transport);
  const written: Uint8Array[] = [];
  const write = (octets: Uint8Array): Promise<void> => {
    written.push(octets.slice());
    return Promise.resolve();
  };
  const messages = await selectMessages(client);
  const results = await Array.fromAsync(copyMessages(client, messages, write));
  assertEquals(
    results.map((result) => result.outcome === "written" ? result.octets : result.outcome),
    [5, 9, "refused", 17],
  );
  assertEquals(
    text(concat(written)),
    [0, 1, 3].map((i) => text(MESSAGES[i] ?? latin1("?"))).join(""),
  );
});

Deno.test("progress adds up to the announced total, whatever the messages really are", async () => {
  for (const listedSize of [(size: number) => size, (size: number) => size + 7, () => 1]) {
    await using store = new FakeStore({ count: 0 });
    const seen: DownloadProgress[] = [];
    const habits: Habits = { messages: MESSAGES, uids: UIDS, listedSize, refused: [2] };
    await download(habits, store, (progress) => seen.push(progress));
    const octetsTotal = MESSAGES.reduce((sum, { length }) => sum + listedSize(length), 0);
    assertEquals(seen.at(-1), { messages: 4, messagesTotal: 4, octets: octetsTotal, octetsTotal });
    const octets = seen.map((progress) => progress.octets);
    assertEquals(octets, octets.toSorted((a, b) => a - b));
  }
});

Deno.test("a store that fails ends the download with its own error, and the session can go on", async () => {
  const store = new FakeStore({ count: 0 });
  const failing: Pick<MimeStore, "addItems"> = {
    // deno-lint-ignore require-yield -- it fails before anything is stored
    async *addItems(items) {
      for await (const _ of items) throw new Error("disk full");
    },
  };
  const broken: MimeStore = Object.assign(Object.create(store), failing);
  const { transport } = mailboxServer({ messages: MESSAGES });
  await using client = await Pop3Client.over(transport, { pipeline: 10 });
  const messages = await selectMessages(client);
  await assertRejects(
    () => Array.fromAsync(downloadToStore(client, broken, messages, SOURCE)),
    Error,
    "disk full",
  );
  assertEquals((await client.list()).length, 4);
  await client.quit();
});
