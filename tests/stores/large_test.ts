/** Messages of 50 and 100 MB, octet for octet, and the memory that takes. */
import { assert, assertEquals } from "@std/assert";
import { memoryTable } from "../helpers/cloud_tables.ts";
import { ACCESS_KEY, MemoryS3 } from "../helpers/memory_s3.ts";
import { permitted } from "../helpers/permissions.ts";
import { checkLargeInTable, memoryFor } from "./large_message.ts";

const OCTETS = 100_000_000;

/** What two parts of 8 MiB take, one in hand and one on its way, and garbage; KB. */
const BOUND = 90_000;

const NEEDS = { net: true, read: true, write: true, run: true, env: true } as const;

for (const modhandler of ["localfs", "maildir"]) {
  permitted(NEEDS, `${modhandler}: 100 MB are streamed`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "izypop3-large-" });
    try {
      const memory = await memoryFor({ modhandler, path: `${folder}/mail` }, OCTETS);
      assert(memory < BOUND, `${memory} KB`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

for (const naming of ["by hand", "by content"] as const) {
  permitted(NEEDS, `s3: 100 MB, named ${naming}, are streamed, in parts`, async () => {
    const bucket = new MemoryS3();
    await using served = bucket.serve();
    const settings = { modhandler: "s3", endpoint: served.url, bucket: "mail", ...ACCESS_KEY };
    const memory = await memoryFor(settings, OCTETS, naming);
    assert(memory < BOUND, `${memory} KB`);
    assertEquals(bucket.uploads.size, 0);
    const parts = bucket.requests.filter(({ query }) => query.has("partNumber"));
    assert(parts.every(({ octets }) => octets < 8.1 * 1024 * 1024));
    assertEquals(parts.length, 12);
  });
}

permitted(NEEDS, "cloud: 50 MB are streamed, in one statement", async () => {
  await using table = memoryTable();
  await checkLargeInTable(table);
  const large = table.gateway.requests.filter(({ octets }) => octets > 2 * 1024 * 1024);
  assertEquals(large.length, 1);
});
