/** What the table of costs in docs/scale-out.md says, counted. */
import { assertEquals } from "@std/assert";
import { singlePassword } from "../../../lib/auth/single_password.ts";
import { Pop3Client } from "../../../lib/client/client.ts";
import { Pop3Server, type Pop3ServerOptions } from "../../../lib/server/server.ts";
import { MemoryS3 } from "../../helpers/memory_s3.ts";
import { permitted } from "../../helpers/permissions.ts";
import { openS3 } from "../../helpers/s3_places.ts";
import { addAll, message } from "../conformance.ts";

/** LIST, PUT and POST; GET and HEAD; DELETE. */
type Cost = readonly [number, number, number];

async function cost(memory: MemoryS3, work: () => Promise<unknown>): Promise<Cost> {
  const before = memory.requests.length;
  await work();
  const kinds = memory.requests.slice(before).map(({ method, key }) =>
    method === "DELETE" ? 2 : method === "PUT" || method === "POST" || key === "" ? 0 : 1
  );
  const count = (kind: number): number => kinds.filter((each) => each === kind).length;
  return [count(0), count(1), count(2)];
}

async function session(
  memory: MemoryS3,
  options: Partial<Pop3ServerOptions>,
  work: (client: Pop3Client) => Promise<void>,
): Promise<Cost> {
  const store = await openS3(memory);
  await using server = Pop3Server.start({
    port: 0,
    authenticator: singlePassword("secret"),
    openStore: () => Promise.resolve(store),
    query: { tags: ["unread"] },
    ...options,
  });
  return await cost(memory, async () => {
    await using client = await Pop3Client.connect(server.address);
    await client.signIn({ user: "joe", password: "secret" });
    await work(client);
    await client.quit();
  });
}

async function fetched(client: Pop3Client, isDeleted: boolean): Promise<void> {
  for (const { number } of await client.list()) {
    await Array.fromAsync(client.retr(number));
    if (isDeleted) await client.dele(number);
  }
}

async function filled(): Promise<MemoryS3> {
  const memory = new MemoryS3();
  await addAll(await openS3(memory), [message("1", "one"), message("2", "two")]);
  return memory;
}

Deno.test("s3: opening, adding and counting cost what the docs say", async () => {
  const memory = new MemoryS3();
  assertEquals(await cost(memory, () => openS3(memory)), [10, 2, 1]);
  assertEquals(await cost(memory, () => openS3(memory)), [0, 1, 0]);
  const store = await openS3(memory);
  assertEquals(await cost(memory, () => addAll(store, [message("1", "one")])), [3, 1, 0]);
  assertEquals(await cost(memory, () => addAll(store, [message("1", "one")])), [1, 1, 0]);
  assertEquals(await cost(memory, () => store.status()), [6, 0, 0]);
  assertEquals(await cost(memory, () => store.query({ tags: ["unread"] })), [1, 0, 0]);
  const below = store.below("users/other/");
  assertEquals(await cost(memory, () => below.query({ tags: ["unread"] })), [1, 0, 0]);
});

Deno.test("s3: each part of a large message costs a request, its begin and its end one each", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory, { partOctets: 100 });
  const big = { ...message("1", ""), octets: [0, 1, 2].map(() => new Uint8Array(90).fill(0x61)) };
  assertEquals(await cost(memory, () => addAll(store, [big])), [2 + 2 + 2, 1, 0]);
  assertEquals(memory.requests.filter(({ query }) => query.has("partNumber")).length, 2);
});

permitted({ net: true }, "s3: sessions cost what the docs say", async () => {
  assertEquals(await session(new MemoryS3(), {}, async () => {}), [2, 0, 1]);
  assertEquals(await session(await filled(), {}, (c) => fetched(c, false)), [2, 2, 1]);
  assertEquals(await session(await filled(), {}, (c) => fetched(c, true)), [6, 4, 3]);
  const removing = { onDelete: "remove" } as const;
  assertEquals(await session(await filled(), removing, (c) => fetched(c, true)), [2, 4, 5]);
});
