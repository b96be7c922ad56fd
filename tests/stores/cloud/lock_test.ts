import { assertEquals } from "@std/assert";
import { memoryTable, TOKEN } from "../../helpers/cloud_tables.ts";
import { addAll, assertKind, message } from "../conformance.ts";
import { leaseConformance, type LeasePlace } from "../lease_conformance.ts";

leaseConformance({
  name: "cloud",
  program: new URL("holder_program.ts", import.meta.url),
  make: leaseTable,
});

function leaseTable(): LeasePlace {
  const table = memoryTable();
  const { gateway } = table;
  const asking = /^insert into \S+_lock /;
  return {
    fetch: gateway.fetch,
    open: (options) => table.open(options),
    renewals: () =>
      gateway.requests.filter(({ statements: [sql = ""] }) => /^update \S+_lock /.test(sql)).length,
    expire: async () => void await table.execute("update izypop3_lock set expires = 1"),
    loseAnswer: () => {
      let asked = 0;
      gateway.fault = ({ statements: [sql = ""] }) =>
        asking.test(sql) && asked++ === 0 ? { kind: "lost" } : undefined;
      return () => asked;
    },
    serve: () => {
      const served = gateway.serve();
      return {
        words: [served.url, TOKEN],
        [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => table[Symbol.asyncDispose](),
  };
}

/** Whether a request in plain encoding changes tags. */
function isChange({ body }: RequestInit): boolean {
  return body instanceof Uint8Array &&
    new TextDecoder().decode(body).includes("update izypop3 set status");
}

Deno.test("cloud: a change that arrives when its lease has run out changes nothing", async () => {
  await using table = memoryTable();
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const store = await table.open({
    encoding: "plain",
    fetch: async (url, init) => {
      if (isChange(init)) {
        arrived.resolve();
        await released.promise;
      }
      return await table.gateway.fetch(url, init);
    },
  });
  await addAll(store, [message("1", "one")]);
  const items = await store.query();
  const other = await table.open();
  const lock = await store.lock("first");
  const marking = assertKind("in-use", () => store.markAs(items, "archive"));
  await arrived.promise;
  await table.execute("update izypop3_lock set expires = 1");
  await using _heir = await other.lock("heir");
  released.resolve();
  await marking;
  assertEquals(await other.query(), items);
  await lock[Symbol.asyncDispose]();
});

Deno.test("cloud: a session that finds nothing costs four statements", async () => {
  await using table = memoryTable();
  const store = await table.open();
  const before = table.gateway.requests.length;
  const lock = await store.lock("first");
  await store.query({ tags: ["unread"] });
  await lock[Symbol.asyncDispose]();
  assertEquals(table.gateway.requests.length - before, 4);
});
