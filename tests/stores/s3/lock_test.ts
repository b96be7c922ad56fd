import { assertEquals } from "@std/assert";
import { MemoryS3 } from "../../helpers/memory_s3.ts";
import { ACCESS_KEY, openS3 } from "../../helpers/s3_places.ts";
import { assertKind } from "../conformance.ts";
import { leaseConformance, type LeasePlace } from "../lease_conformance.ts";

leaseConformance({
  name: "s3",
  program: new URL("holder_program.ts", import.meta.url),
  make: leaseBucket,
});

function leaseBucket(): LeasePlace {
  const memory = new MemoryS3();
  const isAsking = ({ key, method }: { readonly key: string; readonly method: string }): boolean =>
    key === "joe/lock" && method === "PUT";
  return {
    fetch: memory.fetch,
    open: (options) => openS3(memory, options),
    // The first one takes it.
    renewals: () => memory.requests.filter(isAsking).length - 1,
    expire: () => {
      memory.ahead = 120_000;
      return Promise.resolve();
    },
    loseAnswer: () => {
      let asked = 0;
      memory.fault = (request) => isAsking(request) && asked++ === 0 ? { kind: "lost" } : undefined;
      return () => asked;
    },
    serve: () => {
      const served = memory.serve();
      return {
        words: [served.url, ACCESS_KEY.accesskeyid, ACCESS_KEY.secretaccesskey],
        [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("s3: locking and unlocking an idle maildrop costs two requests", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory);
  const before = memory.requests.length;
  await (await store.lock("first"))[Symbol.asyncDispose]();
  assertEquals(memory.requests.slice(before).map(({ method }) => method), ["PUT", "DELETE"]);
  assertEquals([...memory.objects.keys()], ["joe/izypop3_store"]);
});

Deno.test("s3: a lock runs out by the object store's clock, whatever ours says", async () => {
  for (const ahead of [-3_600_000, 3_600_000]) {
    const memory = new MemoryS3();
    memory.ahead = ahead;
    const store = await openS3(memory);
    await using _first = await store.lock("first");
    const other = await openS3(memory);
    await assertKind("in-use", () => other.lock("second"));
    memory.ahead += 59_000;
    await assertKind("in-use", () => other.lock("second"));
    memory.ahead += 5_000;
    const lock = await other.lock("second");
    await assertKind("in-use", async () => (await openS3(memory)).lock("third"));
    await lock[Symbol.asyncDispose]();
  }
});
