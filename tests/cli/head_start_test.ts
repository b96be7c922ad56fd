import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { HeadStart } from "../../lib/cli/client/head_start.ts";
import { Pop3Client } from "../../lib/client/client.ts";
import { memoryPair } from "../../lib/net/memory_transport.ts";

const NEVER = new AbortController().signal;

Deno.test("the connection of a head start is for the first who asks", async () => {
  const [near, far] = memoryPair();
  await far.write(new TextEncoder().encode("+OK\r\n"));
  await using headStart = new HeadStart(NEVER, (signal) => Pop3Client.over(near, { signal }));
  const taken = headStart.take();
  assertEquals(headStart.take(), undefined);
  await using client = await taken;
  assertEquals(client?.greeting, "");
});

Deno.test("a connection that nobody took is closed, and one that is not there yet given up", async () => {
  for (const greeting of ["+OK\r\n", ""]) {
    const [near, far] = memoryPair();
    await far.write(new TextEncoder().encode(greeting));
    {
      await using _headStart = new HeadStart(NEVER, (signal) => Pop3Client.over(near, { signal }));
      await new Promise((resolve) => setTimeout(resolve));
    }
    assertEquals(await far.read(new Uint8Array(8)), 0);
  }
});

Deno.test("what is wrong with a head start is told to whoever takes it, and to nobody else", async () => {
  const wrong = new Error("no way");
  await using headStart = new HeadStart(NEVER, () => Promise.reject(wrong));
  await new Promise((resolve) => setTimeout(resolve));
  const error = await assertRejects(() => headStart.take() ?? Promise.resolve());
  assertStrictEquals(error, wrong);
});
