import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MaildirStore } from "../../../lib/stores/maildir.ts";
import { temporaryFolder } from "../../helpers/command_line.ts";
import { allMessages } from "../../helpers/corpus.ts";
import { permitted } from "../../helpers/permissions.ts";
import { addAll, message } from "../../stores/conformance.ts";
import { FILES, fill, guids, querystore, run } from "./run.ts";

const HOUR = 3_600_000;

function ago(hours: number): string {
  return new Date(Date.now() - hours * HOUR).toUTCString();
}

function mails(): Record<string, string> {
  return {
    a: "From: =?UTF-8?Q?J=C3=B6rg?= <joerg@one.example>\r\nSubject: Invoice 1\r\n" +
      "Date: Tue, 01 Mar 2022 10:00:00 +0100\r\n\r\nfrom ada\r\n",
    b: `From: Ada <ada@two.example>\r\nSubject: =?utf-8?B?UmVjaG51bmcgw7xiZXI=?=\r\nDate: ${
      ago(30)
    }\r\n\r\n`,
    c: `From: ada@one.example\nSubject: re:\n invoice 2\nDate: ${ago(1)}\n\n`,
    d: "no header here\n",
  };
}

permitted(
  FILES,
  "--from and --subject find decoded words, names and addresses, in any case",
  async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/store`;
    await fill(path, mails());
    const cases: readonly [string[], string][] = [
      [["--from", "jörg"], "a"],
      [["--from", "JO\u0308RG"], "a"],
      [["--from", "one.example"], "a c"],
      [["--from", "Ada <ada@"], "b"],
      [["--subject", "invoice"], "a c"],
      [["--subject", "RE: INVOICE"], "c"],
      [["--subject", "ÜBER"], "b"],
      [["--from", "ada", "--subject", "invoice"], "c"],
      [["--from", "nobody"], ""],
      [["--from", "ada", "--query.order", "desc"], "c b"],
      [["--subject", "invoice", "--query.limit", "1"], "a"],
      [["--subject", "invoice", "--query.limit", "1", "--query.order", "desc"], "c"],
      [["--subject", "invoice", "--query.tags", "archive"], ""],
      [["--subject", "invoice", "--query.limit", "0"], ""],
    ];
    for (const [args, found] of cases) {
      const ran = await querystore(path, args);
      assertEquals([ran.code, guids(ran).join(" "), ran.err], [0, found, ""], args.join(" "));
    }
  },
);

permitted(FILES, "--since goes by the message's date, or by that of its arrival", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/store`;
  await fill(path, mails());
  const cases: readonly [string[], string][] = [
    [["--since", "2022-03-01T09:00"], "a b c d"],
    [["--since", "2022-03-01T09:00:00.001Z"], "b c d"],
    [["--since", "2d"], "b c d"],
    [["--since", "12h"], "c d"],
    [["--since", "30m"], "d"],
    [["--since", "2999-01-01"], ""],
    [["--since", "2d", "--from", "one.example"], "c"],
  ];
  for (const [args, found] of cases) {
    const ran = await querystore(path, args);
    assertEquals([ran.code, guids(ran).join(" ")], [0, found], args.join(" "));
  }
});

permitted(FILES, "what is no date is a usage error, before anything is opened", async () => {
  const ran = await querystore("/there/is/no/such/folder", ["--since", "yesterday"]);
  assertEquals([ran.code, ran.out], [64, ""]);
  assertStringIncludes(ran.err, '"yesterday" for --since');
});

permitted(FILES, "status, cat, mark, verify and export take the same filters", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/store`;
  await fill(path, mails());
  assertEquals(
    (await querystore(path, ["status", "--from", "one.example"])).lines[0]?.split(" ")[1],
    "2",
  );
  assertEquals((await querystore(path, ["cat", "--since", "30m"])).out, "no header here\n");
  const mbox = `${folder.path}/mbox`;
  assertEquals((await querystore(path, ["export", mbox, "--subject", "invoice"])).code, 0);
  assertEquals((await Deno.readTextFile(mbox)).match(/^From /gm)?.length, 2);
  const marked = await querystore(path, ["mark", "--tag", "archive", "--from", "ada"]);
  assertEquals([marked.code, marked.out], [0, ""]);
  assertEquals(guids(await querystore(path, ["--query.tags", "archive"])), ["b", "c"]);
  const { name } = JSON.parse((await querystore(path, ["--from", "jörg", "--json"])).out);
  await Deno.writeTextFile(`${path}/${name}`, mails()["a"]?.replace("from ada", "from bob") ?? "");
  assertEquals((await querystore(path, ["verify", "--from", "ada"])).code, 0);
});

permitted(FILES, "a filter from the environment neither marks nor stops an add", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/store`;
  await fill(path, mails());
  const env = { IZYPOP3_QUERY_TAGS: "unread" };
  assertEquals((await querystore(path, ["mark", "--tag", "archive"], { env })).code, 64);
  assertEquals((await querystore(path, ["cat"], { env })).code, 64);
  await Deno.writeTextFile(`${folder.path}/x.eml`, "Subject: x\n\n");
  assertEquals((await querystore(path, ["add", `${folder.path}/x.eml`], { env })).code, 0);
  for (const flag of [["--from", "x"], ["--query.limit", "1"]]) {
    const ran = await querystore(path, ["add", `${folder.path}/x.eml`, ...flag]);
    assertEquals([ran.code, ran.out], [64, ""]);
    assertStringIncludes(ran.err, `${flag[0]} with add`);
  }
});

permitted(FILES, "the second search reads no message", async () => {
  await using folder = await temporaryFolder();
  for (const store of ["localfs", "maildir"]) {
    const path = `${folder.path}/${store}`;
    const args = ["--store", store, "--mimestore.path", path];
    await Deno.mkdir(`${folder.path}/in`, { recursive: true });
    for (const [name, octets] of Object.entries(mails())) {
      await Deno.writeTextFile(`${folder.path}/in/${name}.eml`, octets);
    }
    assertEquals((await run([...args, "add", `${folder.path}/in`])).code, 0);
    const index = `${path}/${store === "localfs" ? ".izypop3" : "izypop3-index"}/headers`;
    const first = await run([...args, "--from", "ada", "--json"]);
    assertEquals(first.lines.length, 2);
    const kept = await Deno.readFile(index);
    const again = await run([...args, "--from", "ada", "--json"]);
    assertEquals([again.out, again.err], [first.out, ""]);
    assertEquals(await Deno.readFile(index), kept);
    // Lost or damaged, it is made anew.
    await Deno.writeFile(index, kept.subarray(0, kept.length - 5));
    const damaged = await run([...args, "--from", "ada", "--json"]);
    assertEquals([damaged.code, damaged.out], [0, first.out]);
    assertStringIncludes(damaged.err, "index of headers was damaged");
    await Deno.remove(index);
    assertEquals((await run([...args, "--from", "ada", "--json"])).out, first.out);
    assertEquals((await Deno.readFile(index)).length, kept.length);
  }
});

permitted(
  FILES,
  "a file that somebody changed where it lies is found by what it says now",
  async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/store`;
    await fill(path, mails());
    await Deno.writeTextFile(`${path}/foreign.eml`, "Subject: invoice of someone\r\n\r\n");
    const find = async (text: string) =>
      guids(await querystore(path, ["--subject", text])).toSorted();
    assertEquals(await find("invoice"), ["a", "c", "foreign"]);
    await Deno.writeTextFile(`${path}/foreign.eml`, "Subject: changed\r\n\r\n");
    assertEquals([await find("invoice"), await find("changed")], [["a", "c"], ["foreign"]]);
  },
);

permitted(
  FILES,
  "--query.index keeps the headers of a store that has no place for them",
  async () => {
    await using folder = await temporaryFolder();
    const index = `${folder.path}/index`;
    const fake = ["--store", "fake", "--mimestore.count", "50", "--from", "ada"];
    const without = await run(fake);
    const first = await run([...fake, "--query.index", index]);
    assertEquals([first.code, first.out], [0, without.out]);
    assert(first.lines.length > 0);
    const size = (await Deno.stat(index)).size;
    assertEquals((await run([...fake, "--query.index", index])).out, without.out);
    assertEquals((await Deno.stat(index)).size, size);
  },
);

permitted(FILES, "a store that cannot be written is searched all the same", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/store`;
  await fill(path, mails());
  await Deno.mkdir(`${path}/.izypop3/headers`);
  const ran = await querystore(path, ["--from", "jörg"]);
  assertEquals([ran.code, guids(ran)], [0, ["a"]]);
  assertStringIncludes(ran.err, "it is no file");
});

permitted(
  FILES,
  "a message of any kind is stored, listed, and tagged where that is asked for",
  async () => {
    await using folder = await temporaryFolder();
    const corpus = allMessages();
    const input = `${folder.path}/in`;
    await Deno.mkdir(input);
    for (const { name, octets } of corpus) await Deno.writeFile(`${input}/${name}.eml`, octets);
    const [plain, tagged] = [`${folder.path}/plain`, `${folder.path}/tagged`];
    const added = await querystore(tagged, ["add", input, "--tag-unparsable", "--tag", "archive"]);
    assertEquals([added.code, added.lines.length, added.err], [0, corpus.length, ""]);
    const bad = await querystore(tagged, ["--query.tags", "conversionerror"]);
    const good = await querystore(tagged, ["--query.tags", "archive"]);
    assert(bad.lines.length > 5);
    assertEquals(bad.lines.length + good.lines.length, corpus.length);
    assertEquals((await querystore(tagged, ["verify"])).code, 0);

    assertEquals((await querystore(plain, ["add", input])).code, 0);
    assertEquals((await querystore(plain, ["--query.tags", "conversionerror"])).out, "");
    const listed = await querystore(plain, ["--tag-unparsable"]);
    assertEquals([listed.code, listed.lines.length], [0, corpus.length]);
    assertEquals(
      guids(await querystore(plain, ["--query.tags", "conversionerror"])).toSorted(),
      guids(bad).toSorted(),
    );
    // What was listed bears the tag that it has now.
    assertEquals(
      listed.lines.filter((line) => line.includes(" conversionerror ")).length,
      bad.lines.length,
    );
    assertEquals((await querystore(plain, ["verify", "--tag-unparsable"])).code, 64);
  },
);

permitted(FILES, "a message that cannot be read is told, and the others are found", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/Maildir`;
  {
    await using store = await MaildirStore.open({ path, create: true });
    await addAll(
      store,
      ["1", "2", "3"].map((n) => message(n, `Subject: s${n}\r\n\r\n${n.repeat(200_000)}`)),
    );
  }
  const args = ["--store", "maildir", "--mimestore.path", path];
  const [, second = ""] = (await run(args)).lines;
  const name = second.split(" ").at(-1) ?? "";
  await Deno.remove(`${path}/new/${name}`);
  const ran = await run([...args, "--subject", "s"]);
  assertEquals([ran.code, guids(ran)], [0, ["1", "3"]]);
});
