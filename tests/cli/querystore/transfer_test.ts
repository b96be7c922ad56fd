import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PartialFailure } from "../../../lib/cli/errors.ts";
import { exitCodeOf } from "../../../lib/cli/exit_codes.ts";
import { exportAll } from "../../../lib/cli/querystore/export.ts";
import { exportToStore } from "../../../lib/cli/querystore/export_store.ts";
import { mark } from "../../../lib/cli/querystore/look.ts";
import { MboxFile } from "../../../lib/cli/querystore/mbox_file.ts";
import type { StoreCommandSettings } from "../../../lib/cli/querystore/task.ts";
import { QUERYSTORE_OPTIONS } from "../../../lib/config/option_table.ts";
import { resolve } from "../../../lib/config/resolve.ts";
import { StoreError } from "../../../lib/stores/errors.ts";
import { LocalFsStore } from "../../../lib/stores/localfs.ts";
import { MaildirStore } from "../../../lib/stores/maildir.ts";
import { MboxQuoter, mboxStart } from "../../../lib/stores/mbox.ts";
import type { MimeStore } from "../../../lib/stores/mime_store.ts";
import { temporaryFolder } from "../../helpers/command_line.ts";
import { corpus } from "../../helpers/corpus.ts";
import { permitted } from "../../helpers/permissions.ts";
import { latin1, text } from "../../helpers/random.ts";
import { testIo } from "../../helpers/test_io.ts";
import { addAll, message, readAll } from "../../stores/conformance.ts";
import { FILES, fill, querystore, run } from "./run.ts";

const MESSAGES = Object.fromEntries(
  Array.from(
    { length: 20 },
    (_, i) => [`m${i}`, `Subject: ${i}\n\nFrom ${i}\n${"x".repeat(i * 50)}\n`],
  ),
);

const SETTINGS: StoreCommandSettings = (await resolve({
  command: "querystore",
  table: QUERYSTORE_OPTIONS,
  args: [],
  pairs: false,
  environment: () => undefined,
  everything: [],
})).settings;

async function contents(store: MimeStore): Promise<string[]> {
  const all = await Promise.all((await store.query()).map(async (item) => {
    const octets = text(await readAll(store, item, { form: "kept" }));
    return JSON.stringify([item.sourceid, item.guid, item.tag, octets]);
  }));
  return all.sort();
}

function names(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

/** An export into `mbox` that is cut behind `count` messages, the last of which is half there. */
async function cutExport(path: string, mbox: string, count: number): Promise<void> {
  await using store = await LocalFsStore.open({ path });
  await using file = await MboxFile.open(mbox);
  const items = await store.query();
  await file.resume(items);
  for (const item of items.slice(0, count)) {
    const quoter = new MboxQuoter();
    await file.write(mboxStart(item.messageUTCTimestamp || item.created));
    for await (const chunk of store.read(item, { form: "kept" })) {
      for (const piece of quoter.push(chunk)) await file.write(piece);
    }
    for (const piece of quoter.finish()) await file.write(piece);
    await file.finishMessage(item);
  }
  await file.write(latin1("From half a mess"));
}

permitted(
  FILES,
  "an export that was cut is gone on with, and comes out as if it was not",
  async () => {
    await using folder = await temporaryFolder();
    const [path, mbox] = [`${folder.path}/store`, `${folder.path}/mbox`];
    await fill(path, MESSAGES);
    const whole = (await querystore(path, ["export"])).out;
    for (const count of [0, 1, 7, 20]) {
      await cutExport(path, mbox, count);
      assertEquals(names(folder.path), ["mbox.part", "mbox.part-log", "store"]);
      const ran = await querystore(path, ["export", mbox, "--json"]);
      assertEquals(ran.code, 0, ran.err);
      assertEquals(JSON.parse(ran.out), { file: mbox, messages: 20, octets: whole.length });
      assertEquals(ran.err.includes(`${count} of them by an earlier run`), count > 0, ran.err);
      assertEquals(await Deno.readTextFile(mbox), whole);
      assertEquals(names(folder.path), ["mbox", "store"]);
      await Deno.remove(mbox);
    }
  },
);

permitted(
  FILES,
  "what an earlier run wrote counts only as far as it is what is wanted now",
  async () => {
    await using folder = await temporaryFolder();
    const [path, mbox] = [`${folder.path}/store`, `${folder.path}/mbox`];
    await fill(path, MESSAGES);
    const other = ["--query.order", "desc", "--query.limit", "9"];
    const wanted = (await querystore(path, ["export", ...other])).out;
    const damage: readonly (() => void | Promise<void>)[] = [
      () => {},
      () => Deno.truncate(`${mbox}.part`, 100),
      () => Deno.writeTextFile(`${mbox}.part-log`, "nonsense\n1 2 3\n"),
      () => Deno.writeTextFile(`${mbox}.part-log`, '9999999999 ["x","y",1]\n', { append: true }),
      () => Deno.remove(`${mbox}.part-log`),
      () => Deno.remove(`${mbox}.part`),
    ];
    for (const harm of damage) {
      await cutExport(path, mbox, 7);
      await harm();
      assertEquals((await querystore(path, ["export", mbox, ...other])).code, 0);
      assertEquals(await Deno.readTextFile(mbox), wanted);
      await Deno.remove(mbox);
    }
  },
);

permitted(FILES, "of two exports into one mbox the second is told to come later", async () => {
  await using folder = await temporaryFolder();
  const [path, mbox] = [`${folder.path}/store`, `${folder.path}/mbox`];
  await fill(path, MESSAGES);
  await using _file = await MboxFile.open(mbox);
  const ran = await querystore(path, ["export", mbox]);
  assertEquals(ran.code, 75);
  assertStringIncludes(ran.err, "another export is at it");
});

permitted(FILES, "an export that waited for another one leaves its mbox alone", async () => {
  await using folder = await temporaryFolder();
  const mbox = `${folder.path}/mbox`;
  const first = await MboxFile.open(mbox);
  await first.resume([]);
  await first.write(latin1("From x\n\n"));
  const refused = assertRejects(() => MboxFile.open(mbox), StoreError);
  // It has opened the file; whether it looks at the lock before or after the end is the same to it.
  await new Promise<void>((resolve) => setTimeout(resolve, 200));
  await first.finish();
  await first[Symbol.asyncDispose]();
  const error = await refused;
  assertEquals([error.kind, await Deno.readTextFile(mbox)], ["in-use", "From x\n\n"]);
});

permitted(
  FILES,
  "an mbox that exists is replaced as a whole, behind a link too; a device is not",
  async () => {
    await using folder = await temporaryFolder();
    const [path, mbox, link] = [
      `${folder.path}/store`,
      `${folder.path}/mbox`,
      `${folder.path}/link`,
    ];
    await fill(path, MESSAGES);
    await Deno.writeTextFile(mbox, "old and much longer\n".repeat(1000));
    await Deno.symlink(mbox, link);
    assertEquals((await querystore(path, ["export", link])).code, 0);
    assert((await Deno.lstat(link)).isSymlink);
    assertEquals(await Deno.readTextFile(mbox), (await querystore(path, ["export", "-"])).out);
    if (Deno.build.os !== "windows") {
      assertEquals((await querystore(path, ["export", "/dev/null"])).code, 0);
      assertEquals((await Deno.lstat("/dev/null")).isFile, false);
    }
    assertEquals((await querystore(path, ["export", path])).code, 73);
  },
);

/** A store that cannot read the message with this guid. */
async function brokenAt(path: string, guid: string): Promise<LocalFsStore> {
  const store = await LocalFsStore.open({ path });
  const read = store.read.bind(store);
  store.read = async function* (item, options) {
    if (item.guid !== guid) return yield* read(item, options);
    yield latin1("Subject: it beg");
    throw new StoreError("corrupt", "Cannot read it: it is damaged");
  };
  return store;
}

permitted(FILES, "one damaged message keeps no other from being exported", async () => {
  await using folder = await temporaryFolder();
  const [path, mbox, there] = [`${folder.path}/a`, `${folder.path}/mbox`, `${folder.path}/there`];
  await fill(path, MESSAGES);
  await using store = await brokenAt(path, "m7");
  const io = testIo();
  const given = {
    settings: SETTINGS,
    target: undefined,
    files: [mbox],
    io,
    signal: new AbortController().signal,
  };
  const failed = await assertRejects(() => exportAll({ store, ...given }), PartialFailure);
  assertEquals(exitCodeOf(failed), 65);
  assertStringIncludes(io.err(), "s_m7.eml: Cannot read it: it is damaged");
  const part = (await Deno.readTextFile(mbox)).match(/^Subject: .*/gm);
  assertEquals(part?.length, 19);
  assert(!part?.includes("Subject: 7"));
  await using target = await MaildirStore.open({ path: there, create: true });
  const items = await store.query();
  await assertRejects(() => exportToStore({ store, ...given }, items, target), PartialFailure);
  assertStringIncludes(io.err(), "19 messages stored, 0 were there");
  assertEquals((await target.query()).length, 19);
});

permitted(FILES, "a message whose id another one has in the target is not lost", async () => {
  await using folder = await temporaryFolder();
  const [one, two, there] = [`${folder.path}/one`, `${folder.path}/two`, `${folder.path}/there`];
  await fill(one, { a: "Subject: one\n\n", same: "Subject: same\n\n" });
  await fill(two, { a: "Subject: two\n\n", b: "Subject: b\n\n", same: "Subject: same\n\n" });
  const to = ["export", "--to.modhandler", "localfs", "--to.path", there];
  assertEquals((await querystore(one, to)).code, 0);
  for (const [stored, known] of [[2, 1], [0, 3]]) {
    const ran = await querystore(two, to);
    assertEquals(ran.code, 0, ran.err);
    assertStringIncludes(ran.err, `${stored} messages stored, ${known} were there`);
    await using store = await LocalFsStore.open({ path: there });
    const octets = await Promise.all(
      (await store.query()).map(async (item) => text(await readAll(store, item))),
    );
    assertEquals(octets.map((each) => each.split("\r")[0]).sort(), [
      "Subject: b",
      "Subject: one",
      "Subject: same",
      "Subject: two",
    ]);
  }
});

permitted(FILES, "export into a store tells each message with --json", async () => {
  await using folder = await temporaryFolder();
  const [path, there] = [`${folder.path}/store`, `${folder.path}/there`];
  await fill(path, { a: "Subject: a\n\n", b: "Subject: b\n\n" });
  const args = ["export", "--json", "--to.modhandler", "maildir", "--to.path", there];
  const first = (await querystore(path, args)).lines.map((line) => JSON.parse(line));
  assertEquals(Object.keys(first[0]), ["id", "guid", "size", "sha256", "name"]);
  assertEquals(first.map(({ guid }) => guid), ["a", "b"]);
  const again = (await querystore(path, args)).lines.map((line) => JSON.parse(line));
  assertEquals(again.map(({ duplicate }) => duplicate), [true, true]);
  assertEquals((await querystore(path, ["export", "--json"])).code, 64);
});

permitted(
  FILES,
  "a folder of files and a Maildir are imported, hidden files and links are not",
  async () => {
    await using folder = await temporaryFolder();
    const [maildir, there] = [`${folder.path}/Maildir`, `${folder.path}/there`];
    {
      await using store = await MaildirStore.open({ path: maildir, create: true });
      await addAll(
        store,
        corpus().map((m, i) => message(m.name, m.octets, i % 2 === 0 ? "archive" : "unread")),
      );
      await Deno.writeTextFile(`${maildir}/dovecot-uidlist`, "not mail");
      await Deno.writeTextFile(`${maildir}/cur/.hidden`, "not mail");
      await Deno.symlink("/etc/hostname", `${maildir}/cur/link`);
      const ran = await querystore(there, ["import", maildir, "--json"]);
      assertEquals([ran.code, ran.lines.length], [0, corpus().length], ran.err);
      await using imported = await LocalFsStore.open({ path: there });
      const octets = (await contents(imported)).map((each) => JSON.parse(each)[3]).sort();
      assertEquals(octets, (await contents(store)).map((each) => JSON.parse(each)[3]).sort());
    }
    const again = await querystore(there, ["add", maildir, "--json"]);
    assert(again.lines.every((line) => line.includes('"duplicate":true')));
    await Deno.mkdir(`${folder.path}/empty`);
    assertEquals((await querystore(there, ["import", `${folder.path}/empty`])).code, 66);
  },
);

permitted(
  FILES,
  "a file that is no mbox is refused by name, and what was before it is kept",
  async () => {
    await using folder = await temporaryFolder();
    const [path, eml, mbox] = [
      `${folder.path}/store`,
      `${folder.path}/x.eml`,
      `${folder.path}/good.mbox`,
    ];
    await Deno.writeTextFile(eml, "Subject: x\n\nFrom me\n");
    await Deno.writeTextFile(mbox, "From a\nSubject: y\n\n");
    const ran = await querystore(path, ["import", mbox, eml, "--json"]);
    assertEquals([ran.code, ran.lines.length], [65, 1]);
    assertStringIncludes(ran.err, `Cannot read ${eml} as an mbox`);
    assertEquals((await run(["--store", "localfs", "--mimestore.path", path])).lines.length, 1);
    // All are looked for before one is read.
    const other = await querystore(`${folder.path}/other`, ["import", mbox, `${folder.path}/none`]);
    assertEquals([other.code, other.out], [66, ""]);
  },
);

permitted(FILES, "a bar tells on a terminal how far it is, and --no-progress none", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/store`;
  await fill(path, MESSAGES);
  const mbox = `${folder.path}/mbox`;
  const shown = await querystore(path, ["export", mbox], { columns: 80 });
  assertStringIncludes(shown.err, "\r\x1b[Kexport [");
  assertStringIncludes(shown.err, "20 messages written");
  const imported = await querystore(`${folder.path}/there`, ["import", mbox], { columns: 80 });
  assertStringIncludes(imported.err, "\r\x1b[Kimport [");
  for (const options of [{}, { columns: 80, env: { TERM: "dumb" } }]) {
    assert(!(await querystore(path, ["export", mbox], options)).err.includes("\x1b"));
  }
  const quiet = await querystore(path, ["export", mbox, "--no-progress"], { columns: 80 });
  assert(!quiet.err.includes("\x1b"));
});

permitted(FILES, "a store is not added to itself", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/store`;
  await fill(path, MESSAGES);
  for (const word of [path, folder.path, `${path}/s_m1.eml`]) {
    const ran = await querystore(path, ["add", word]);
    assertEquals([ran.code, ran.out], [64, ""], word);
    assertStringIncludes(ran.err, "it is in the store already");
  }
});

permitted(
  FILES,
  "a header that cannot be read keeps no other message from being marked",
  async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/store`;
    await fill(path, MESSAGES);
    await using store = await brokenAt(path, "m7");
    const io = testIo();
    const settings: StoreCommandSettings = { ...SETTINGS, subject: "1", tag: "archive" };
    const task = {
      settings,
      target: undefined,
      files: [],
      io,
      signal: new AbortController().signal,
    };
    const failed = await assertRejects(() => mark({ store, ...task }), PartialFailure);
    assertEquals(exitCodeOf(failed), 65);
    assertStringIncludes(io.err(), "s_m7.eml: Cannot read it: it is damaged");
    assertStringIncludes(io.err(), "11 messages tagged archive");
    assertEquals((await store.query({ tags: ["archive"] })).length, 11);
  },
);
