import { assert, assertEquals, assertThrows } from "@std/assert";
import { StoreError } from "../../lib/stores/errors.ts";
import { openStore } from "../../lib/stores/registry.ts";
import {
  commonPrefix,
  userGroup,
  userPath,
  userPrefix,
  userTable,
} from "../../lib/stores/user_places.ts";
import { permitted } from "../helpers/permissions.ts";
import { addAll, assertKind, message } from "./conformance.ts";

const FILES = { read: true, write: true } as const;

Deno.test("the fake store is opened with its settings", async () => {
  await using store = await openStore({ modhandler: "fake", count: 3, seed: 5 });
  assertEquals((await store.query()).map((item) => item.guid)[2], "fake-5-00003");
});

Deno.test("an unknown store is refused, and the known ones are named", async () => {
  const error = await assertKind("config", () => openStore({ modhandler: "pigeon" }));
  assert(error.message.includes('"pigeon"') && error.message.includes("localfs"), error.message);
});

Deno.test("localfs without a folder is refused", async () => {
  await assertKind("config", () => openStore({ modhandler: "localfs" }));
  await assertKind("config", () => openStore({ modhandler: "localfs", path: "" }));
});

Deno.test("the user's name is made safe before it becomes a part of a path", () => {
  assertEquals(userPath("/mail/{user}", "joe@x.example"), "/mail/joe@x.example");
  assertEquals(userPath("/mail/{user}/{user}", "../x"), "/mail/%2E.%2Fx/%2E.%2Fx");
  assertEquals(userPath("/mail/{user}", ".."), "/mail/%2E%2E");
  assertEquals(userPath("/mail/{user}", "$&"), "/mail/%24%26");
  assertEquals(userPath("/mail/joe", undefined), "/mail/joe");
  for (const user of [undefined, ""]) {
    assertEquals(assertThrows(() => userPath("/mail/{user}", user), StoreError).kind, "config");
  }
});

Deno.test("what a store cannot do without is named", async () => {
  const s3 = { modhandler: "s3", endpoint: "http://h", bucket: "mail", accesskeyid: "a" };
  const cases = [
    [{ modhandler: "cloud", tablename: "t" }, "--mimestore.dataservice"],
    [{ modhandler: "cloud", dataservice: "http://h/" }, "--mimestore.tablename"],
    [{ ...s3, endpoint: "" }, "--mimestore.endpoint"],
    [{ ...s3, bucket: "" }, "--mimestore.bucket"],
    [{ ...s3, accesskeyid: "" }, "--mimestore.accesskeyid"],
    [s3, "--mimestore.secretaccesskey"],
  ] as const;
  for (const [settings, flag] of cases) {
    const error = await assertKind("config", () => openStore(settings));
    assert(error.message.endsWith(flag), error.message);
  }
});

Deno.test("a user's name is made safe for a bucket, a table and a number", () => {
  const prefix = (user: string) => userPrefix("users/{user}/", user);
  assertEquals(prefix("joe@x.example"), "users/joe@x.example/");
  assertEquals(prefix("../x"), "users/%2E.%2Fx/");
  const long = prefix("x".repeat(300));
  assert(/^users\/x{30}~[0-9a-f]{64}\/$/.test(long), long);
  assert(long !== prefix("x".repeat(301)));
  assertEquals(commonPrefix("a/b/c{user}/d/"), "a/b/");
  assertEquals(commonPrefix("{user}/"), "");
  assertEquals(commonPrefix("a/b"), "a/b");

  const table = (user: string) => userTable("mail.t_{user}", user);
  assertEquals(table("joe1"), "mail.t_joe1");
  assertEquals(table("Joe_x; drop"), "mail.t__4aoe_5fx_3b_20drop");
  assert(/^mail\.t___[0-9a-f]{30}$/.test(table("J".repeat(30))), table("J".repeat(30)));

  const group = (user: string) => userGroup("{user}", user);
  assertEquals(group("42"), "42");
  for (const user of ["042", "4.2", "-1", "", "1000000000000000", "joe"].filter(Boolean)) {
    assert(/^[1-9]\d{17}$/.test(group(user)), group(user));
  }
  const names = Array.from({ length: 1000 }, (_, i) => `user${i}`);
  assertEquals(new Set(names.map(group)).size, 1000);
  assertEquals(userGroup("7", undefined), "7");
  assertEquals(assertThrows(() => userGroup("{user}", undefined), StoreError).kind, "config");
});

permitted(FILES, "a folder that is missing is an error, unless it is to be created", async () => {
  const root = await Deno.makeTempDir();
  const settings = { modhandler: "localfs", path: `${root}/new/mail` };
  const error = await assertKind("missing", () => openStore(settings));
  assert(error.message.includes(settings.path));
  await using store = await openStore(settings, { create: true });
  assertEquals(await store.query(), []);
  assert(Deno.statSync(settings.path).isDirectory);
  await Deno.remove(root, { recursive: true });
});

permitted(
  FILES,
  "a user's folder that is missing is empty, and made with the first message",
  async () => {
    const root = await Deno.makeTempDir();
    const settings = { modhandler: "localfs", path: `${root}/{user}` };
    await using store = await openStore(settings, { user: "joe" });
    assertEquals(await store.query(), []);
    assertEquals((await store.status()).unread, { count: 0, octets: 0 });
    const lock = await store.lock("joe");
    await assertKind("in-use", () => store.lock("joe"));
    await lock[Symbol.asyncDispose]();
    assertEquals([...Deno.readDirSync(root)], []);
    await addAll(store, [message("1", "one")]);
    assert(Deno.statSync(`${root}/joe`).isDirectory);
    await using again = await openStore(settings, { user: "joe" });
    assertEquals(await again.query(), await store.query());
    await Deno.remove(root, { recursive: true });
    assertEquals(await store.query(), []);
  },
);
