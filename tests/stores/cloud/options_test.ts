import { assert, assertEquals } from "@std/assert";
import { CloudStore, type CloudStoreOptions } from "../../../lib/stores/cloud.ts";
import { memoryTable } from "../../helpers/cloud_tables.ts";
import { assertKind } from "../conformance.ts";

const GOOD: CloudStoreOptions = {
  dataservice: "https://data.example/service/",
  tablename: "mail.messages",
  accesstoken: "hush",
  fetch: () => {
    throw new Error("something was sent");
  },
};

/** Refused as `config`, before anything is sent, without the token in the words. */
async function assertRefused(options: Partial<CloudStoreOptions>, words: string): Promise<void> {
  const error = await assertKind("config", () => CloudStore.open({ ...GOOD, ...options }));
  assert(error.message.includes(words), error.message);
  assert(!error.message.includes("hush"), error.message);
}

Deno.test("a data service is an absolute http(s) URL that ends in a slash", async () => {
  const bad = [
    "",
    "data.example/",
    "/service/",
    "https://data.example",
    "https://data.example/index.php",
    "ftp://data.example/",
    "file:///etc/",
    "https://data.example/?x=/",
    "https://data.example/#/",
    "https://me:hush@data.example/",
    "https:///",
  ];
  for (const dataservice of bad) await assertRefused({ dataservice }, "dataservice");
});

Deno.test("a table's name is table or schema.table, and nothing that SQL could take amiss", async () => {
  const bad = [
    "",
    ".",
    "a.",
    ".a",
    "a.b.c",
    "a b",
    "a;b",
    "a`b",
    "a-b",
    "ä",
    "1",
    "1.a",
    "a'--",
    "a\n",
  ];
  for (const tablename of bad) await assertRefused({ tablename }, "tablename");
  await assertRefused({ tablename: "x".repeat(60) }, "tablename");
});

Deno.test("a group is a whole number", async () => {
  for (const groupid of ["", "a", "1.5", "1e3", "0x10", "1 or 1=1", 1.5, NaN, Infinity, 1e21]) {
    await assertRefused({ groupid }, "groupid");
  }
});

Deno.test("an unknown encoding and numbers without sense are refused", async () => {
  await assertRefused({ encoding: "rot13" }, "encoding");
  await assertRefused({ batchoctets: 0 }, "batchoctets");
  await assertRefused({ leaseSeconds: 0 }, "leaseSeconds");
  await assertRefused({ timeoutSeconds: NaN }, "timeoutSeconds");
});

Deno.test("a token does not go to another host in the clear, unless one insists", async () => {
  await assertRefused({ dataservice: "http://data.example/" }, "http:");
  await assertRefused({ dataservice: "http://127.0.0.1.data.example/" }, "http:");
  await using table = memoryTable();
  const open = [
    { dataservice: "http://127.0.0.1/" },
    { dataservice: "http://[::1]:8080/x/" },
    { dataservice: "http://localhost/" },
    { dataservice: "https://data.example/" },
    { dataservice: "http://data.example/", insecure: true },
  ];
  for (const options of open) await (await table.open(options))[Symbol.asyncDispose]();
  assertEquals(table.gateway.requests.length, open.length);
});

Deno.test("a token that would break the wire is refused without being shown", async () => {
  await assertRefused({ accesstoken: "hush_=_:)a" }, "accesstoken");
  await assertRefused({ accesstoken: "hush\udbff\udfff" }, "accesstoken");
});

Deno.test("shift is the encoding where none is given, 0 the group, and no token sends none", async () => {
  await using table = memoryTable();
  const store = await table.open();
  await store.query();
  const [first, second] = table.gateway.requests;
  assertEquals(first?.encoding, "shift");
  assert(second?.statements[0]?.includes("groupid = 0"));
  await assertKind("denied", () => table.open({ accesstoken: "" }));
  assertEquals(table.gateway.requests.at(-1)?.token, undefined);
});
