import { assert, assertEquals, assertThrows } from "@std/assert";
import { StoreError } from "../../lib/stores/errors.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { onTheWire } from "../helpers/corpus.ts";
import { concat, latin1, text } from "../helpers/random.ts";
import { conformance, readAll } from "./conformance.ts";

conformance({
  name: "fake",
  needs: {},
  isShared: false,
  make: () =>
    Promise.resolve({
      open: () => Promise.resolve(new FakeStore({ count: 0 })),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
});

Deno.test("a fake store holds 99 unread messages, and the same ones every time", async () => {
  const [one, two] = [new FakeStore(), new FakeStore({ count: 99, seed: 1 })];
  const items = await one.query();
  assertEquals(items.length, 99);
  assertEquals(await two.query({ tags: ["unread"] }), items);
  for (const item of items) assertEquals(await readAll(one, item), await readAll(two, item));
});

Deno.test("another seed gives other messages", async () => {
  const [one, two] = [new FakeStore({ seed: 1 }), new FakeStore({ seed: 2 })];
  const guids = new Set((await one.query()).map((item) => item.guid));
  assert((await two.query()).every((item) => !guids.has(item.guid)));
});

Deno.test("more messages of a seed begin with the same ones", async () => {
  const few = await new FakeStore({ count: 10 }).query();
  assertEquals((await new FakeStore({ count: 20 }).query()).slice(0, 10), few);
});

Deno.test("made-up messages are valid: headers once, canonical lines of at most 998", async () => {
  const store = new FakeStore();
  const seen = new Set<string>();
  for (const item of await store.query()) {
    const octets = await readAll(store, item);
    assertEquals(octets.length, item.size);
    assertEquals(onTheWire(octets), octets);
    const message = text(octets);
    const header = message.slice(0, message.indexOf("\r\n\r\n"));
    const names = [...header.matchAll(/^([\w-]+):/gm)].map((match) => match[1] ?? "");
    for (const name of ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version"]) {
      assertEquals(names.filter((other) => other === name).length, 1, name);
    }
    assert(names.includes("Content-Type"));
    assert(/^[\x20-\x7e\r\n\t]*$/.test(header), "headers are ASCII");
    for (const line of message.split("\r\n")) assert(line.length <= 998);
    assertEquals(Date.parse(/^Date: (.*)$/m.exec(header)?.[1] ?? ""), item.messageUTCTimestamp);
    assert(/^[\x21-\x7e]{1,70}$/.test(item.guid));
    for (const [kind, pattern] of Object.entries(KINDS)) if (pattern.test(message)) seen.add(kind);
  }
  assertEquals([...seen].sort(), Object.keys(KINDS).sort());
});

const KINDS: Readonly<Record<string, RegExp>> = {
  plain: /^Content-Type: text\/plain; charset=us-ascii/m,
  alternative: /^Content-Type: multipart\/alternative/m,
  attachment: /^Content-Transfer-Encoding: base64/m,
  eightBit: /[\x80-\xff]/,
  quotedPrintable: /=C3=BC=C3=9F/,
  longLine: /^.{998}\r$/m,
  dots: /^\.\r\n/m,
};

Deno.test("a size is kept to roughly, however large, and a large one is not made at once", async () => {
  for (const size of [2000, 10_000, 5_000_000]) {
    const store = new FakeStore({ count: 7, size });
    for (const item of await store.query()) {
      assert(Math.abs(item.size - size) < 1500, `${item.size} for ${size}`);
      let octets = 0;
      for await (const chunk of store.read(item)) {
        assert(chunk.length <= 128 * 1024);
        octets += chunk.length;
      }
      assertEquals(octets, item.size);
    }
  }
});

Deno.test("options of a fake store that make no sense are refused", () => {
  for (const options of [{ count: -1 }, { count: 1.5 }, { seed: NaN }, { size: Infinity }]) {
    assertEquals(assertThrows(() => new FakeStore(options), StoreError).kind, "config");
  }
});

Deno.test("a large message that was added is given out piece by piece", async () => {
  await using store = new FakeStore({ count: 0 });
  const piece = latin1("0123456789\n".repeat(10_000));
  const octets = Array.from({ length: 50 }, () => piece);
  await Array.fromAsync(store.addItems([{ sourceid: "s", guid: "1", octets }]));
  const [item] = await store.query();
  assert(item !== undefined);
  for (const form of ["kept", "wire"] as const) {
    const chunks = await Array.fromAsync(store.read(item, { form }));
    assert(chunks.every((chunk) => chunk.length <= piece.length * 1.2));
    const whole = concat(octets);
    assert(text(concat(chunks)) === text(form === "kept" ? whole : onTheWire(whole)));
  }
});
