import { assert, assertEquals, assertRejects } from "@std/assert";
import { S3Store, type S3StoreOptions } from "../../../lib/stores/s3.ts";
import type { StoreErrorKind } from "../../../lib/stores/errors.ts";
import { MemoryS3, type S3Fault } from "../../helpers/memory_s3.ts";
import { permitted } from "../../helpers/permissions.ts";
import { latin1, text } from "../../helpers/random.ts";
import { ACCESS_KEY, openS3 } from "../../helpers/s3_places.ts";
import { addAll, assertKind, message, readAll } from "../conformance.ts";

const GOOD: S3StoreOptions = {
  endpoint: "https://s3.example",
  bucket: "mail",
  ...ACCESS_KEY,
  fetch: () => {
    throw new Error("something was sent");
  },
};

Deno.test("s3: options that make no sense are refused before anything is sent", async () => {
  const bad: readonly Partial<S3StoreOptions>[] = [
    { endpoint: "" },
    { endpoint: "s3.example" },
    { endpoint: "ftp://s3.example" },
    { endpoint: "https://me:pass@s3.example" },
    { endpoint: "https://s3.example/?x" },
    { bucket: "" },
    { bucket: "a/b" },
    { bucket: ".." },
    { prefix: "/x" },
    { prefix: "a//b" },
    { prefix: "a/../b" },
    { prefix: "./" },
    { prefix: "a\nb" },
    { prefix: "x".repeat(201) },
    { region: "" },
    { accesskeyid: "" },
    { secretaccesskey: "" },
    { secretaccesskey: "with a blank" },
    { timeoutSeconds: 0 },
    { leaseSeconds: NaN },
    { partOctets: 0 },
  ];
  for (const options of bad) {
    const error = await assertKind("config", () => S3Store.open({ ...GOOD, ...options }));
    assert(!error.message.includes("with a blank"), error.message);
  }
});

Deno.test("s3: a store that does not keep what is needed is refused, and left as it was", async () => {
  const lacking = [
    [{ keepsConditions: false }, "If-None-Match"],
    [{ keepsThemAtomically: false }, "when many ask at once"],
    [{ keepsMetadata: false }, "metadata"],
  ] as const;
  for (const [what, words] of lacking) {
    const memory = Object.assign(new MemoryS3(), what);
    const error = await assertKind("config", () => openS3(memory));
    assert(error.message.includes(words), error.message);
    assertEquals([...memory.objects.keys()], []);
  }
});

Deno.test("s3: once it was found to keep conditions, opening costs one request", async () => {
  const memory = new MemoryS3();
  await openS3(memory);
  const before = memory.requests.length;
  await openS3(memory);
  assertEquals(memory.requests.slice(before).map(({ method }) => method), ["GET"]);
});

Deno.test("s3: a bucket that is not there is told as such", async () => {
  await assertKind("missing", () => openS3(new MemoryS3(), { bucket: "nothing" }));
});

Deno.test("s3: what it refuses is told apart by its code, and no key is shown", async () => {
  const refusals: readonly (readonly [number, string, StoreErrorKind])[] = [
    [403, "AccessDenied", "denied"],
    [403, "InvalidAccessKeyId", "denied"],
    [403, "SignatureDoesNotMatch", "denied"],
    [403, "RequestTimeTooSkewed", "denied"],
    [400, "AuthorizationHeaderMalformed", "config"],
    [301, "PermanentRedirect", "config"],
    [500, "InternalError", "temporary"],
    [503, "SlowDown", "temporary"],
    [409, "ConditionalRequestConflict", "temporary"],
    [429, "TooManyRequests", "temporary"],
    [400, "Nonsense", "protocol"],
  ];
  for (const [status, code, kind] of refusals) {
    const memory = new MemoryS3();
    const store = await openS3(memory);
    const before = memory.requests.length;
    memory.fault = () => ({ kind: "status", status, code });
    const error = await assertKind(kind, () => store.query());
    assert(error.message.includes(code), error.message);
    assertEquals(memory.requests.length - before, kind === "temporary" ? 5 : 1, code);
    for (const secret of Object.values(ACCESS_KEY)) {
      assert(!`${error.message}${error.stack}${error.cause}`.includes(secret));
    }
  }
});

Deno.test("s3: what fails in passing is asked for again", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory);
  let count = 0;
  const faults: readonly S3Fault[] = [
    { kind: "status", status: 503, code: "SlowDown" },
    { kind: "lost" },
    { kind: "status", status: 500 },
  ];
  memory.fault = () => faults[count++ % 4];
  assertEquals((await addAll(store, [message("1", "one")]))[0]?.outcome, "stored");
  assertEquals((await store.query()).length, 1);
  await store.markAs(await store.query(), "archive");
  await store.remove(await store.query());
  assertEquals(await store.query(), []);
});

Deno.test("s3: one that hangs is given up after the time-out", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory, { timeoutSeconds: 0.1 });
  memory.fault = () => ({ kind: "hang" });
  const error = await assertKind("temporary", () => store.query());
  assert(error.message.includes("no answer"), error.message);
});

Deno.test("s3: a listing that is cut is not taken for one", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory, {
    fetch: async (url, init) => {
      const answer = await memory.fetch(url, init);
      if (!url.includes("list-type")) return answer;
      return new Response((await answer.text()).slice(0, -10));
    },
  });
  await assertKind("protocol", () => store.query());
});

Deno.test("s3: a listing of many pages is read to its end, one with a limit no further", async () => {
  const memory = new MemoryS3();
  memory.pageSize = 7;
  const store = await openS3(memory);
  await addAll(store, Array.from({ length: 50 }, (_, i) => message(`${i}`, "x")));
  const before = memory.requests.length;
  assertEquals((await store.query({ tags: ["unread"] })).length, 50);
  assertEquals(memory.requests.length - before, 8);
  const guids = (await store.query({ tags: ["unread"], limit: 9 })).map((item) => item.guid);
  assertEquals(guids, Array.from({ length: 9 }, (_, i) => `${i}`));
  assertEquals(memory.requests.length - before, 10);
});

Deno.test("s3: reading goes on where the stream broke off", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory);
  const octets = latin1("0123456789\n".repeat(50_000));
  await addAll(store, [{ sourceid: "s", guid: "1", octets: [octets] }]);
  const [item] = await store.query();
  assert(item !== undefined);
  let cuts = 0;
  memory.fault = ({ method }) => method === "GET" && cuts++ < 6 ? { kind: "cut" } : undefined;
  assert(text(await readAll(store, item, { form: "kept" })) === text(octets));
  assertEquals(cuts, 7);
  memory.fault = ({ method }) => method === "GET" ? { kind: "status", status: 503 } : undefined;
  await assertKind("temporary", () => readAll(store, item));
});

Deno.test("s3: a signal ends a request that is under way", async () => {
  const memory = new MemoryS3();
  const store = await openS3(memory);
  const [added] = await addAll(store, [message("1", "one")]);
  assert(added !== undefined);
  memory.fault = () => ({ kind: "hang" });
  const controller = new AbortController();
  const reading = readAll(store, added.item, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 5);
  await assertRejects(() => reading, Error, "enough");
});

permitted({ net: true }, "s3: one that is not there is told as such", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const endpoint = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  await assertKind(
    "unavailable",
    () => openS3(new MemoryS3(), { endpoint, fetch: (url, init) => fetch(url, init) }),
  );
});

Deno.test("s3: what is signed is checked, whatever the region, the key and the prefix", async () => {
  const memory = new MemoryS3();
  const prefixes = ["", "a b/", "100%/%41/", "ünï 雪 📬/", "+&=?#;:@,$/", "~!*'()/"];
  for (const prefix of prefixes) {
    for (const region of ["us-east-1", "auto", "eu-central-1"]) {
      const store = await openS3(memory, { prefix, region });
      await addAll(store, [message(region, region)]);
      const items = await store.query();
      await store.markAs(items, "archive");
      assertEquals((await readAll(store, items[0] ?? never())).length > 0, true);
    }
  }
  await assertKind("denied", () => openS3(memory, { secretaccesskey: "wrong" }));
  await assertKind("denied", () => openS3(memory, { accesskeyid: "nobody" }));
  const forged = openS3(memory, {
    fetch: (url, init) => memory.fetch(url.replace("mail/joe", "mail/jim"), init),
  });
  await assertKind("denied", () => forged);
});

function never(): never {
  throw new Error("there is none");
}
