/**
 * `querystore export` and `import`, as a user runs them.
 */
import { assert, assertEquals } from "@std/assert";
import { LocalFsStore } from "../../lib/stores/localfs.ts";
import { MaildirStore } from "../../lib/stores/maildir.ts";
import type { MimeStore } from "../../lib/stores/mime_store.ts";
import { izypop3, izypop3ReadOnce, PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { corpus } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { text } from "../helpers/random.ts";
import { addAll, message, readAll } from "../stores/conformance.ts";

async function fill(path: string): Promise<void> {
  await using store = await LocalFsStore.open({ path, create: true });
  await addAll(store, corpus().map((m) => message(m.name, m.octets)));
  await store.markAs((await store.query()).slice(0, 3), "archive");
}

async function contents(store: MimeStore): Promise<string[][]> {
  return await Promise.all((await store.query()).map(async (item) => [
    item.sourceid,
    item.guid,
    item.tag,
    text(await readAll(store, item, { form: "kept" })),
  ]));
}

const from = (path: string): string[] => [
  "querystore",
  "--store",
  "localfs",
  "--mimestore.path",
  path,
];

permitted(
  PROGRAMS,
  "export into another kind of store keeps all, and a second run adds the rest",
  async () => {
    await using folder = await temporaryFolder();
    const [here, there] = [`${folder.path}/here`, `${folder.path}/there`];
    await fill(here);
    const to = ["--to.modhandler", "maildir", "--to.path", there];
    const part = await izypop3([...from(here), "export", "--query.limit", "5", ...to]);
    assertEquals([part.code, part.out], [0, ""], part.err);
    const all = await izypop3([...from(here), "export", ...to]);
    assertEquals(all.code, 0, all.err);
    assert(all.err.includes(`${corpus().length - 5} messages stored, 5 were there`), all.err);
    await using before = await LocalFsStore.open({ path: here });
    await using after = await MaildirStore.open({ path: there });
    assertEquals((await contents(after)).sort(), (await contents(before)).sort());
  },
);

permitted(PROGRAMS, "an mbox that was exported is imported once, octet for octet", async () => {
  await using folder = await temporaryFolder();
  const [here, there, mbox] = ["here", "there", "mbox"].map((name) => `${folder.path}/${name}`);
  assert(here !== undefined && there !== undefined && mbox !== undefined);
  await fill(here);
  const exported = await izypop3([...from(here), "export", mbox]);
  assertEquals([exported.code, exported.out], [0, ""], exported.err);
  assertEquals((await izypop3([...from(here), "export"])).out, text(await Deno.readFile(mbox)));
  const first = await izypop3([...from(there), "import", mbox, "--json", "--tag", "archive"]);
  assertEquals(first.code, 0, first.err);
  assert(!first.out.includes('duplicate":true'));
  const again = await izypop3([...from(there), "import", "-", "--json"], {
    stdin: await Deno.readFile(mbox),
  });
  assertEquals(again.code, 0, again.err);
  assert(again.lines.length > 0 && again.lines.every((line) => line.includes('"duplicate":true')));
  await using before = await LocalFsStore.open({ path: here });
  await using after = await LocalFsStore.open({ path: there });
  const octets = (await contents(before)).map(([, , , octets = ""]) => {
    return octets === "" || octets.endsWith("\n") ? octets : `${octets}\n`;
  });
  assertEquals((await contents(after)).map(([, , , octets]) => octets).sort(), octets.sort());
  assertEquals((await after.query({ tags: ["archive"] })).length, corpus().length);
});

permitted(
  PROGRAMS,
  "an export or import that makes no sense is refused before anything starts",
  async () => {
    await using folder = await temporaryFolder();
    const here = `${folder.path}/here`;
    await fill(here);
    const refused: [number, string[]][] = [
      [64, ["export", "--to.modhandler", "maildir"]],
      [64, ["export", "a", "b"]],
      [64, ["query", "--to.modhandler", "maildir", "--to.path", `${folder.path}/x`]],
      [64, ["import"]],
      [66, ["import", `${folder.path}/none`]],
      [73, ["export", `${folder.path}/none/mbox`]],
    ];
    for (const [code, words] of refused) {
      const said = await izypop3([...from(here), ...words]);
      assertEquals([said.code, said.out], [code, ""], said.err);
    }
    assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["here"]);
  },
);

permitted(PROGRAMS, "an import goes on when nobody reads its output any more", async () => {
  await using folder = await temporaryFolder();
  const [input, there] = [`${folder.path}/in`, `${folder.path}/there`];
  await Deno.mkdir(input);
  for (let i = 0; i < 200; i++) await Deno.writeTextFile(`${input}/${i}.eml`, `Subject: ${i}\n\n`);
  assertEquals(await izypop3ReadOnce([...from(there), "add", input]), { code: 0, err: "" });
  await using store = await LocalFsStore.open({ path: there });
  assertEquals((await store.query()).length, 200);
});

permitted(PROGRAMS, "what is looked at ends quietly when nobody reads any more", async () => {
  const fake = ["querystore", "--store", "fake", "--mimestore.count", "3000"];
  for (
    const words of [["query"], ["query", "--subject", "e"], ["cat", "--since", "2000-01-01"], [
      "export",
    ]]
  ) {
    assertEquals(await izypop3ReadOnce([...fake, ...words]), { code: 0, err: "" }, words.join(" "));
  }
});
