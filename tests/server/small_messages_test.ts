import { assertEquals } from "@std/assert";
import { READ_AHEAD, SMALL_MESSAGE } from "../../lib/protocol/limits.ts";
import { SmallMessages } from "../../lib/server/small_messages.ts";
import { text } from "../helpers/random.ts";
import { type DoubleMessage, DoubleStore } from "./double_store.ts";

async function open(messages: readonly (string | DoubleMessage)[]): Promise<{
  store: DoubleStore;
  small: SmallMessages;
}> {
  const store = new DoubleStore(messages);
  store.quick = true;
  const items = await store.query();
  store.calls.length = 0;
  return { store, small: new SmallMessages(store, items, new Uint8Array(SMALL_MESSAGE)) };
}

function taken(small: SmallMessages, number: number): string | undefined {
  const octets = small.take(number);
  return octets === undefined ? undefined : text(octets);
}

Deno.test("the next message is read while the client is busy, and only once", async () => {
  const { store, small } = await open(["one\r\n", "two\r\n", "three\r\n"]);
  small.prepare();
  assertEquals(store.calls, [], "nothing was asked for yet");
  assertEquals(taken(small, 1), "one\r\n");
  small.prepare();
  small.prepare();
  assertEquals(store.calls, ["readAtOnce m1", "readAtOnce m2"]);
  assertEquals(taken(small, 2), "two\r\n");
  assertEquals(store.calls.length, 2);
});

Deno.test("what was read ahead outlasts the reading of other messages", async () => {
  const [one, two] = [await open(["one\r\n", "two\r\n"]), await open(["1\r\n", "2\r\n"])];
  const shared = new Uint8Array(SMALL_MESSAGE);
  const [first, second] = await Promise.all(
    [one, two].map(async ({ store }) => new SmallMessages(store, await store.query(), shared)),
  );
  assertEquals(first?.take(1)?.length, 5);
  first?.prepare();
  assertEquals(second?.take(2)?.length, 3);
  assertEquals(text(first?.take(2) ?? new Uint8Array()), "two\r\n");
});

Deno.test("who asks for another message than the next one gets that", async () => {
  const { small } = await open(["one\r\n", "two\r\n", "three\r\n"]);
  small.take(1);
  small.prepare();
  assertEquals(taken(small, 3), "three\r\n");
  small.prepare();
  assertEquals(taken(small, 2), "two\r\n");
  assertEquals(taken(small, 4), undefined);
});

Deno.test("a larger message is not read ahead, and a large one not in one piece", async () => {
  const line = `${"x".repeat(62)}\r\n`;
  const { store, small } = await open([
    "one\r\n",
    line.repeat(READ_AHEAD / 64),
    line.repeat(SMALL_MESSAGE / 64),
  ]);
  small.take(1);
  small.prepare();
  assertEquals(store.calls, ["readAtOnce m1"]);
  assertEquals(small.take(2)?.length, READ_AHEAD);
  assertEquals(small.take(3), undefined);
});

Deno.test("a message that is not what the store says is left to the long way", async () => {
  const { small } = await open([
    { text: "one\r\n", size: 6 },
    { text: "one\r\n", size: 4 },
    { text: "no end" },
    "",
  ]);
  assertEquals([1, 2, 3, 4].map((number) => taken(small, number)), Array(4).fill(undefined));
});
