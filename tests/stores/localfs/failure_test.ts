import { assert, assertEquals } from "@std/assert";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { permitted } from "../../helpers/permissions.ts";
import { addAll, assertKind, message } from "../conformance.ts";
import { FILES, Folder } from "./folder.ts";

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

permitted(
  { read: true, write: true, run: true },
  "a folder that may only be read is served from memory",
  async () => {
    await using folder = await Folder.make();
    await folder.write("a.eml", "one\n");
    const program = new URL("./reader_program.ts", import.meta.url).pathname;
    const run = async (): Promise<unknown> => {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-prompt",
          `--allow-read=${folder.path}`,
          program,
          folder.path,
        ],
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      return JSON.parse(new TextDecoder().decode(stdout));
    };
    const expected = { guids: ["a"], octets: ["one\r\n"], adding: "denied", marking: "denied" };
    assertEquals(await run(), expected);
    assertEquals(folder.names(), ["a.eml"]);
    await using _store = await folder.open();
    assertEquals(await run(), expected);
    assertEquals(folder.names(), [".izypop3", "a.eml"]);
  },
);
