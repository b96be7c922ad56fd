import { assert, assertEquals } from "@std/assert";
import { Bucket } from "../../../lib/stores/s3/bucket.ts";
import { S3Client } from "../../../lib/stores/s3/client.ts";
import { PATIENT } from "../../../lib/stores/retry.ts";
import { S3Store, type S3StoreOptions } from "../../../lib/stores/s3.ts";
import { permitted } from "../../helpers/permissions.ts";
import { latin1, text } from "../../helpers/random.ts";
import { S3RVER, startSharedS3rver } from "../../helpers/s3rver.ts";
import { addAll, assertKind, conformance, message } from "../conformance.ts";

const server = await startSharedS3rver();
let places = 0;

function open(options: Partial<S3StoreOptions>): Promise<S3Store> {
  return S3Store.open({
    endpoint: server?.endpoint ?? "",
    bucket: "mail",
    accesskeyid: "S3RVER",
    secretaccesskey: "S3RVER",
    ...options,
  });
}

conformance({
  name: "s3 on s3rver",
  needs: S3RVER,
  isShared: true,
  isSlow: true,
  make: () => {
    const prefix = `users/joe%40example + (ü) ${places++}`;
    return Promise.resolve({
      open: () => open({ prefix }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
});

permitted(S3RVER, "s3rver tells a wrong key and a missing bucket", async () => {
  const store = await open({ prefix: `${places++}` });
  await addAll(store, [message("1", "one")]);
  assertEquals((await store.query()).length, 1);
  await assertKind("denied", () => open({ accesskeyid: "nobody" }));
  await assertKind("missing", () => open({ bucket: "nothing" }));
});

permitted(S3RVER, "s3rver takes a message of 20 MB in parts, octet for octet", async () => {
  const store = await open({ prefix: `${places++}` });
  const line = latin1(`${"0123456789".repeat(7)}\r\n`);
  const block = new Uint8Array(line.length * 1000);
  for (let at = 0; at < block.length; at += line.length) block.set(line, at);
  const [added] = await addAll(store, [{
    sourceid: "s",
    guid: "1",
    octets: Array(280).fill(block),
  }]);
  assert(added !== undefined);
  assertEquals(added.item.size, block.length * 280);
  let octets = 0;
  for await (const chunk of store.read(added.item)) {
    const start = octets % line.length;
    assertEquals(
      text(chunk.subarray(0, 30)),
      text(block.subarray(start, start + 30)).slice(0, chunk.length),
    );
    octets += chunk.length;
  }
  assertEquals(octets, added.item.size);
  assertEquals((await addAll(store, [message("2", "x")]))[0]?.outcome, "stored");
});

permitted(S3RVER, "s3rver's listing of more than a page is read to its end", async () => {
  const client = new S3Client({
    endpoint: server?.endpoint ?? "",
    bucket: "mail",
    region: "us-east-1",
    accessKeyId: "S3RVER",
    secretAccessKey: "S3RVER",
    sessionToken: undefined,
    fetch: (url, init) => fetch(url, init),
    timeoutSeconds: 60,
    retry: PATIENT,
  });
  const bucket = new Bucket(client, `pages & <${places++}>/`);
  const keys = Array.from({ length: 130 }, (_, i) => `a/${String(i).padStart(4, "0")}`);
  const waiting = [...keys];
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      await bucket.put("put", key, new Uint8Array(0));
    }
  }));
  for (const [wanted, pages] of [[Infinity, 1], [60, 3]] as const) {
    const listed = await Array.fromAsync(bucket.list("list", "a/", wanted));
    assertEquals(listed.length, pages);
    assertEquals(listed.flat().map(({ key }) => `a/${key}`), keys);
  }
});
