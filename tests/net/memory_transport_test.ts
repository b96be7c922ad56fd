import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError } from "../../lib/net/errors.ts";
import { memoryPair } from "../../lib/net/memory_transport.ts";
import { latin1, text } from "../helpers/random.ts";

Deno.test("a memory pair gives octets in order, cut to the reader's buffer", async () => {
  const [a, b] = memoryPair();
  await a.write(latin1("hello "));
  await a.write(latin1("world"));
  assertEquals(b.peerWrites, 2);
  const into = new Uint8Array(4);
  let got = "";
  while (got.length < 11) got += text(into.subarray(0, await b.read(into)));
  assertEquals(got, "hello world");
});

Deno.test("a memory pair copies what is written", async () => {
  const [a, b] = memoryPair();
  const octets = latin1("abc");
  await a.write(octets);
  octets.fill(0);
  const into = new Uint8Array(8);
  assertEquals(text(into.subarray(0, await b.read(into))), "abc");
});

Deno.test("a write to a memory pair waits while the other end does not read", async () => {
  const [a, b] = memoryPair();
  let written = false;
  const write = a.write(new Uint8Array(1_000_000)).then(() => written = true);
  const into = new Uint8Array(100_000);
  let got = 0;
  while (got < 700_000) got += await b.read(into);
  assertEquals(written, false);
  while (got < 1_000_000) got += await b.read(into);
  await write;
  assertEquals(got, 1_000_000);
});

Deno.test("closing one end lets the other read what is under way, then the end", async () => {
  const [a, b] = memoryPair();
  await a.write(latin1("bye"));
  a.close();
  a.close();
  const into = new Uint8Array(8);
  assertEquals(await b.read(into), 3);
  assertEquals(await b.read(into), 0);
  await assertRejects(() => b.write(latin1("x")), ConnectionError);
  await assertRejects(() => a.write(latin1("x")), ConnectionError);
  await assertRejects(() => a.read(into), ConnectionError);
});

Deno.test("closing one end ends its own pending read and the peer's waiting write", async () => {
  const [a, b] = memoryPair();
  const read = assertRejects(() => a.read(new Uint8Array(1)), ConnectionError);
  const write = assertRejects(() => b.write(new Uint8Array(1_000_000)), ConnectionError);
  a.close();
  await read;
  await write;
});

Deno.test("closeWrite ends one direction only", async () => {
  const [a, b] = memoryPair();
  a.closeWrite();
  const into = new Uint8Array(8);
  assertEquals(await b.read(into), 0);
  await b.write(latin1("still"));
  assertEquals(await a.read(into), 5);
});
