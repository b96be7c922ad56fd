import { assert, assertEquals } from "@std/assert";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { permitted } from "../../helpers/permissions.ts";
import { addAll, assertKind, message } from "../conformance.ts";
import { FILES, Folder } from "./folder.ts";

const PROGRAMS = { read: true, write: true, run: true } as const;

/**
 * Deno 2.4 leaves names that are not UTF-8 out of listings, and denies a folder as a whole where
 * one of its files is denied.
 */
const IS_OLD = Deno.version.deno.startsWith("2.4.");

permitted(FILES, "a folder that is missing, or a file, is said to be", async () => {
  await using folder = await Folder.make();
  await folder.write("file", "x");
  const missing = await assertKind(
    "missing",
    () => LocalFsStore.open({ path: `${folder.path}/no` }),
  );
  assert(missing.message.includes(`${folder.path}/no`) && missing.message.includes("not there"));
  const file = await assertKind(
    "missing",
    () => LocalFsStore.open({ path: `${folder.path}/file` }),
  );
  assert(file.message.includes("file"), file.message);
  await assertKind("missing", () => LocalFsStore.open({ path: `${folder.path}/file/below` }));
  await assertKind(
    "missing",
    () => LocalFsStore.open({ path: `${folder.path}/file`, create: true }),
  );
  await assertKind("config", () => LocalFsStore.open({ path: "" }));
});

permitted(
  FILES,
  "a folder that goes away is missing, and does not come back by itself",
  async () => {
    const folder = await Folder.make();
    await using store = await folder.open();
    await addAll(store, [message("1", "one")]);
    const items = await store.query();
    await folder[Symbol.asyncDispose]();
    await assertKind("missing", () => store.query());
    await assertKind("missing", () => store.status());
    await assertKind("missing", () => addAll(store, [message("2", "two")]));
    await assertKind("missing", () => store.markAs(items, "archive"));
  },
);

permitted(FILES, "the errors of the input are passed on as they are", async () => {
  await using folder = await Folder.make();
  await using store = await folder.open();
  const error = new Deno.errors.NotFound("of the input");
  function* failing(): Generator<Uint8Array> {
    yield new Uint8Array(3);
    throw error;
  }
  const thrown = await addAll(store, [{ sourceid: "s", guid: "1", octets: failing() }])
    .catch((thrown) => thrown);
  assert(thrown === error);
});

/** What the reader program finds in the folder with these permissions. */
async function find(folder: Folder, permissions: readonly string[]): Promise<unknown> {
  const program = new URL("./reader_program.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, program, folder.path],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

permitted(PROGRAMS, "a folder that may only be read is served from memory", async () => {
  await using folder = await Folder.make();
  await folder.write("a.eml", "one\n");
  const permissions = [`--allow-read=${folder.path}`];
  const expected = {
    guids: ["a"],
    octets: ["one\r\n"],
    warnings: [],
    adding: "denied",
    marking: "denied",
  };
  assertEquals(await find(folder, permissions), expected);
  assertEquals(folder.names(), ["a.eml"]);
  // With an index that somebody else made it is the same.
  await using _store = await folder.open();
  assertEquals(await find(folder, permissions), expected);
  assertEquals(folder.names(), [".izypop3", "a.eml"]);
});

permitted(
  PROGRAMS,
  "a message that cannot be read is named, and the others are served",
  async () => {
    if (IS_OLD) return;
    await using folder = await Folder.make();
    await folder.write("a.eml", "one\n");
    await folder.write("b.eml", "two\n");
    const { path } = folder;
    const found = await find(folder, [
      `--allow-read=${path}`,
      `--allow-write=${path}`,
      `--deny-read=${path}/a.eml`,
    ]);
    assertEquals(found, {
      guids: ["b"],
      octets: ["two\r\n"],
      warnings: [`Cannot read a message; it is not served: ${path}/a.eml`],
      adding: "no error",
      marking: "no error",
    });
    await using store = await folder.open();
    assertEquals((await store.query()).map((item) => item.name).sort(), [
      "a.eml",
      "b.eml",
      "s_1.eml",
    ]);
  },
);

permitted(
  { ...FILES, programs: ["sh"] },
  "a message whose name is not UTF-8 is named, and the others are served",
  async () => {
    if (Deno.build.os !== "linux") return;
    await using folder = await Folder.make();
    await new Deno.Command("sh", {
      args: ["-c", "echo one > a.eml; echo two > \"$(printf 'b\\377.eml')\""],
      cwd: folder.path,
    }).output();
    await using store = await folder.open();
    assertEquals((await store.query()).map((item) => item.name), ["a.eml"]);
    assertEquals(folder.warnings.length, IS_OLD ? 0 : 1);
    await folder.settle(store);
    assertEquals(folder.warnings.length, IS_OLD ? 0 : 1);
  },
);
