import { assert, assertEquals, assertThrows } from "@std/assert";
import { StoreError } from "../../lib/stores/errors.ts";
import { openStore, userPath } from "../../lib/stores/registry.ts";
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
  assertEquals(userPath("/mail/{user}", ".."), "/mail/%2E.");
  assertEquals(userPath("/mail/{user}", "$&"), "/mail/%24%26");
  assertEquals(userPath("/mail/joe", undefined), "/mail/joe");
  for (const user of [undefined, ""]) {
    assertEquals(assertThrows(() => userPath("/mail/{user}", user), StoreError).kind, "config");
  }
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
