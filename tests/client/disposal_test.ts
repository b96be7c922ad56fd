import { assertEquals, assertRejects } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { ConnectionError } from "../../lib/net/errors.ts";
import { scriptedServer } from "./scripted_server.ts";

const FETCH = "S: +OK\nC: LIST 1\nS: +OK 1 5\nC: RETR 1\nS: +OK\nS: abc\nW";

Deno.test("a client that goes out of scope closes its connection, without QUIT", async () => {
  const server = scriptedServer("S: +OK\nC: STAT\nS: +OK 0 0\nW");
  {
    await using client = await Pop3Client.over(server.transport);
    assertEquals((await client.stat()).count, 0);
  }
  await server.finished;
});

Deno.test("a client can be disposed of twice, and after QUIT", async () => {
  const server = scriptedServer("S: +OK\nC: QUIT\nS: +OK");
  const client = await Pop3Client.over(server.transport);
  await client.quit();
  await client[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
  client.close();
  await server.finished;
  await assertRejects(() => client.noop(), ConnectionError, "closed on our side");
});

Deno.test("disposing in the middle of a message ends the wait for it", async () => {
  const server = scriptedServer(FETCH);
  const client = await Pop3Client.over(server.transport);
  const parts = client.retr(1);
  await parts.next();
  const reading = assertRejects(() => parts.next(), ConnectionError, "on our side");
  await client[Symbol.asyncDispose]();
  await reading;
  await server.finished;
});

Deno.test("an error in the caller's loop over messages disposes of the client", async () => {
  const server = scriptedServer(FETCH);
  await assertRejects(
    async () => {
      await using client = await Pop3Client.over(server.transport, { pipeline: "off" });
      for await (const _ of client.retr(1)) throw new Error("no more room");
    },
    Error,
    "no more room",
  );
  await server.finished;
});

Deno.test("an abort ends a loop over messages with its reason", async () => {
  const server = scriptedServer("S: +OK\nC: RETR 1\nS: +OK\nS: abc\nW");
  const controller = new AbortController();
  const { signal } = controller;
  await using client = await Pop3Client.over(server.transport, { pipeline: "off", signal });
  const reading = async (): Promise<void> => {
    for await (const { octets } of client.retrieve([1])) {
      for await (const _ of octets ?? []) controller.abort(new Error("enough"));
    }
  };
  await assertRejects(reading, Error, "enough");
  await server.finished;
});
