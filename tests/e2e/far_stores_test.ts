/** The real program with stores that are services: fetched into, served from, looked into. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { client, izypop3, PASSWORD, temporaryFolder } from "../helpers/command_line.ts";
import { farEnv, farFlags, farKinds, type FarPlace } from "../helpers/far_places.ts";
import { NOBODYS_PORT } from "../helpers/ports.ts";
import { permitted } from "../helpers/permissions.ts";
import { izypop3Command, serveIzypop3 } from "../helpers/program.ts";
import { kill } from "../helpers/kill.ts";

const COUNT = 12;
const WRONG = "wr0ng+s3cret";

interface Listed {
  readonly id: string;
  readonly guid: string;
  readonly tag: string;
}

function listed(out: string): Listed[] {
  // The item's keys are fixed by the contract of the command line.
  return out.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Listed);
}

const source = (...flags: string[]) =>
  serveIzypop3(["--mimestore.count", `${COUNT}`, "--password", PASSWORD, ...flags]);

for (const kind of await farKinds()) {
  permitted(kind.needs, `${kind.name}: sync fills it, querystore shows all of it`, async () => {
    await using place = await kind.make();
    await using server = await source();
    const options = { env: farEnv(place) };
    const store = farFlags(place);
    const first = await client(server, [...store, "sync"], options);
    assertEquals([first.code, first.lines.length], [0, COUNT], first.err);
    const second = await client(server, [...store, "sync"], options);
    assertEquals([second.code, second.out], [0, ""], second.err);
    const query = (...words: string[]) => izypop3(["querystore", ...store, ...words], options);
    const items = listed((await query("--json")).out);
    assertEquals(items.length, COUNT);
    const [one] = items;
    assert(one !== undefined);
    const sent = await client(server, ["retr", "--query", "1"]);
    const kept = await query("cat", "--query.id", one.id);
    assertEquals([kept.code, kept.out], [0, sent.out], kept.err);
    assertEquals((await query("mark", "--query.id", one.id, "--tag", "dup")).code, 0);
    const status = await query("status");
    assertMatch(status.out, /^unread 11 \d+\narchive 0 0\nstaged 0 0\ndup 1 \d+\n/);
    assertEquals((await query("verify")).code, 0);
    const test = ["test", "--testtype", "mimestore", ...store, "--query.tags", "dup"];
    assertEquals((await izypop3(test, options)).lines.length, 1);
  });

  permitted(kind.needs, `${kind.name}: the server serves it, with hand-off`, async () => {
    await using folder = await temporaryFolder();
    await using place = await kind.make();
    const env = farEnv(place);
    const store = farFlags(place);
    const file = `${folder.path}/a.eml`;
    await Deno.writeTextFile(file, "Subject: a\n\n.one\nlast");
    const added = await izypop3(["querystore", ...store, "add", file], { env });
    assertEquals([added.code, added.lines.length], [0, 1], added.err);
    const again = await izypop3(["querystore", ...store, "add", file, "--json"], { env });
    assertEquals(JSON.parse(again.out)["duplicate"], true);
    await using server = await serveIzypop3(
      [...store, "--password", PASSWORD, "--mimestore.commitmode"],
      { env },
    );
    const got = await client(server, ["retr"]);
    assertEquals([got.code, got.out], [0, "Subject: a\r\n\r\n.one\r\nlast\r\n"], got.err);
    const tags = await izypop3(["querystore", "--json", ...store], { env });
    assertEquals(listed(tags.out).map(({ tag }) => tag), ["archive"]);
    assertEquals((await client(server, ["stat"])).out, "0 0\n");
    assertEquals(await server.stop(), 0);
    assert(!server.log().includes(place.secret), server.log());
  });

  permitted(kind.needs, `${kind.name}: each user has a maildrop of their own`, async () => {
    await using place = await kind.make();
    const env = farEnv(place);
    const store = farFlags(place, "mimestore", {
      [place.forEach]: `${place.forEach === "prefix" ? place.flags["prefix"] : ""}{user}`,
    });
    await using server = await serveIzypop3([...store, "--password", PASSWORD], { env });
    const users = ["joe", "../joe", "Joe", "joe' or '1'='1", "joe@x.example"];
    for (const [index, user] of users.entries()) {
      await using origin = await source("--mimestore.count", `${index + 1}`);
      const to = { env: { ...env, IZYPOP3_PASS: PASSWORD } };
      const where = ["--ip", origin.hostname, "--port", `${origin.port}`, "--user", user];
      const synced = await izypop3(["clientpop3", ...where, ...store, "sync"], to);
      assertEquals([synced.code, synced.lines.length], [0, index + 1], synced.err);
    }
    for (const [index, user] of users.entries()) {
      const where = ["--ip", server.hostname, "--port", `${server.port}`, "--user", user];
      const stat = await izypop3(["clientpop3", ...where, "stat"], {
        env: { IZYPOP3_PASS: PASSWORD },
      });
      assertMatch(stat.out, new RegExp(`^${index + 1} `), stat.err);
    }
  });

  permitted(kind.needs, `${kind.name}: messages are chosen by their headers`, async () => {
    await using folder = await temporaryFolder();
    await using place = await kind.make();
    const options = { env: farEnv(place) };
    const query = (...words: string[]) =>
      izypop3(["querystore", ...farFlags(place), ...words], options);
    const mails = [
      "From: =?utf-8?q?J=C3=B6rg?= <j@one.example>\nSubject: invoice\nDate: 1 Mar 2022 10:00 +0000\n\n",
      "From: ada@two.example\nSubject: Invoice 2\nDate: 1 Mar 2023 10:00 +0000\n\n",
      "no header\n",
    ];
    for (const [i, octets] of mails.entries()) {
      await Deno.writeTextFile(`${folder.path}/${i}.eml`, octets);
    }
    const added = await query("add", folder.path, "--tag-unparsable");
    assertEquals([added.code, added.lines.length], [0, 3], added.err);
    const index = ["--query.index", `${folder.path}/index`];
    for (let round = 0; round < 2; round++) {
      const found = listed((await query("--subject", "INVOICE", "--json", ...index)).out);
      assertEquals(found.map(({ tag }) => tag), ["unread", "unread"]);
      const kept = (await query("cat", "--from", "jörg", ...index)).out;
      assertEquals(kept, mails[0]);
      const newer = await query("status", "--since", "2023-01-01", "--query.tags", "unread");
      assertMatch(newer.out, /^unread 1 /);
    }
    const bad = await query("--query.tags", "conversionerror", "--json");
    assertEquals(listed(bad.out).length, 1);
    const marked = await query("mark", "--tag", "archive", "--from", "ada");
    assertEquals(marked.code, 0, marked.err);
    assertMatch((await query("status")).out, /^unread 1 \d+\narchive 1 /);
    const mbox = `${folder.path}/mbox`;
    assertEquals((await query("export", mbox, "--subject", "invoice")).code, 0);
    assertEquals((await Deno.readTextFile(mbox)).match(/^From /gm)?.length, 2);
  });

  permitted(kind.needs, `${kind.name}: export goes there, and from there to a folder`, async () => {
    await using folder = await temporaryFolder();
    await using place = await kind.make();
    const fake = ["querystore", "--store", "fake", "--mimestore.count", `${COUNT}`];
    const to = farFlags(place, "to");
    const options = { env: { ...farEnv(place, "TO"), ...farEnv(place) } };
    const part = await izypop3([...fake, "export", ...to, "--query.limit", "5"], options);
    assertEquals(part.code, 0, part.err);
    const all = await izypop3([...fake, "export", ...to], options);
    assertStringIncludes(all.err, `${COUNT - 5} messages stored, 5 were there`);
    const back = ["--to.modhandler", "localfs", "--to.path", `${folder.path}/back`];
    const local = await izypop3(["querystore", ...farFlags(place), "export", ...back], options);
    assertEquals(local.code, 0, local.err);
    const here = ["querystore", "--store", "localfs", "--mimestore.path", `${folder.path}/back`];
    const facts = async (args: string[]) =>
      (await izypop3([...args, "--json"], options)).out.split("\n").filter(Boolean)
        .map((line) => JSON.parse(line)).map(({ guid, size, sha256 }) => [guid, size, sha256]);
    assertEquals((await facts(here)).sort(), (await facts(fake)).sort());
  });

  permitted(
    kind.needs,
    `${kind.name}: a client killed at work is completed by the next`,
    async () => {
      await using place = await kind.make();
      await using server = await source("--mimestore.count", "60");
      const env = { ...farEnv(place), IZYPOP3_PASS: PASSWORD };
      const where = ["--ip", server.hostname, "--port", `${server.port}`, "--user", "me"];
      const args = ["clientpop3", ...where, ...farFlags(place), "sync", "--delete"];
      const [program, ...before] = izypop3Command();
      for (const lines of [1, 20]) {
        const child = new Deno.Command(program, {
          args: [...before, ...args],
          ...{ env, stdin: "null", stdout: "piped", stderr: "null" },
        }).spawn();
        const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
        for (let seen = 0; seen < lines;) {
          const { done, value } = await reader.read();
          if (done) break;
          seen += value.split("\n").length - 1;
        }
        kill(child);
        await reader.cancel();
        await child.status;
      }
      const last = await izypop3(args, { env });
      assertEquals(last.code, 0, last.err);
      const items = listed(
        (await izypop3(["querystore", ...farFlags(place), "--json"], { env })).out,
      );
      assertEquals([items.length, new Set(items.map(({ guid }) => guid)).size], [60, 60]);
      assertEquals((await client(server, ["stat"])).out, "0 0\n");
      assertEquals((await izypop3(["querystore", ...farFlags(place), "verify"], { env })).code, 0);
    },
  );

  permitted(kind.needs, `${kind.name}: what is missing or wrong is named`, async () => {
    await using place = await kind.make();
    const url = place.forEach === "prefix" ? "endpoint" : "dataservice";
    const container = place.forEach === "prefix" ? "bucket" : "tablename";
    const without = (name: string): string[] => {
      const flags = Object.entries(place.flags).filter(([known]) => known !== name);
      return farFlags({ flags: Object.fromEntries(flags) });
    };
    const nobody = { [url]: `http://127.0.0.1:${NOBODYS_PORT}/` };
    const store = (changes: Record<string, string>) => farFlags(place, "mimestore", changes);
    const nowhere = store({ [container]: "nothing" });
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [["querystore", ...without(url)], 64, `--mimestore.${url}`],
      [["querystore", ...without(container)], 64, `--mimestore.${container}`],
      [["querystore", ...without("modhandler")], 64, "add --mimestore.modhandler"],
      [["querystore", ...store({ [url]: "nonsense" })], 78, url],
      [["querystore", ...store(nobody)], 69, "nothing answers"],
      [["querystore", ...nowhere], 66, kind.container],
      [["querystore", ...nowhere, "add", "README.md"], 73, kind.container],
      [["serverpop3", "--port", "0", ...nowhere], 66, kind.container],
      [["serverpop3", "--port", "0", ...store(nobody)], 69, "nothing answers"],
      [["test", "--testtype", "mimestore", ...nowhere], 66, kind.container],
    ];
    for (const [args, code, words] of cases) await refused(place, args, farEnv(place), code, words);
  });

  if (!kind.checksSecret) continue;
  permitted(kind.needs, `${kind.name}: a wrong secret is refused, and never shown`, async () => {
    await using folder = await temporaryFolder();
    await using place = await kind.make();
    const file = `${folder.path}/secret`;
    await Deno.writeTextFile(file, `${WRONG}\n`);
    const flag = `--mimestore.${place.secretFlag}`;
    const store = [...farFlags(place), `${flag}-file`, file];
    const forEach = farFlags(place, "mimestore", { [place.forEach]: "{user}" });
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [["querystore", ...store], 77, place.secretFlag],
      [["querystore", ...farFlags(place), `${flag}-command`, `cat ${file}`], 77, place.secretFlag],
      [["querystore", ...farFlags(place), flag, WRONG], 77, place.secretFlag],
      [["querystore", ...store, "add", file], 77, place.secretFlag],
      [["serverpop3", "--port", "0", ...store], 77, place.secretFlag],
      [["serverpop3", "--port", "0", ...forEach, flag, WRONG], 77, place.secretFlag],
      [["querystore", ...farFlags(place), `${flag}-file`, `${file}2`], 66, `${flag}-file`],
      [["querystore", ...farFlags(place), `${flag}-command`, "exit 3"], 66, `${flag}-command`],
      [["querystore", ...store, flag, WRONG], 64, `${flag}-file`],
    ];
    for (const [args, code, words] of cases) await refused(place, args, {}, code, words);
  });
}

async function refused(
  place: FarPlace,
  args: readonly string[],
  env: Record<string, string>,
  code: number,
  words: string,
): Promise<void> {
  const said = await izypop3(args, { env });
  const what = `${args.join(" ")}: ${said.err}`;
  assertEquals([said.code, said.out], [code, ""], what);
  assertStringIncludes(said.err, words);
  assertMatch(said.err, /^izypop3: Cannot [^\n]*\n$/, what);
  assert(!said.err.includes(WRONG) && !said.err.includes(place.secret), said.err);
}
