/**
 * Our mbox files read by others, and theirs by us: Python's `mailbox` and Dovecot.
 */
import { assertEquals } from "@std/assert";
import { FILES, querystore } from "../cli/querystore/run.ts";
import { temporaryFolder } from "../helpers/command_line.ts";
import { corpus, type CorpusMessage } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { runProgram } from "../helpers/program.ts";
import { text } from "../helpers/random.ts";
import { LocalFsStore } from "../../lib/stores/localfs.ts";
import { addAll, message, readAll } from "../stores/conformance.ts";

/** Writes each message of an mbox to a file of its own, as Python reads it: `>From` stays. */
const READ_WITH_PYTHON = `
import mailbox, sys
for number, key in enumerate((box := mailbox.mbox(sys.argv[1], create=False)).iterkeys()):
    open("%s/%04d.eml" % (sys.argv[2], number), "wb").write(box.get_bytes(key))
`;

/** Makes an mbox of files, as Python writes it. */
const WRITE_WITH_PYTHON = `
import mailbox, sys
box = mailbox.mbox(sys.argv[1])
for name in sys.argv[2:]:
    box.add(open(name, "rb").read())
box.flush()
`;

const UNQUOTED = /^(>+From )/gm;

/** As an mbox keeps it: with a last line end, its lines From quoted. */
function inMbox({ octets }: CorpusMessage): string {
  const plain = text(octets);
  const ended = plain === "" || plain.endsWith("\n") ? plain : `${plain}\n`;
  return ended.replace(/(^|\n)(>*From )/g, "$1>$2");
}

async function exported(folder: string, messages: readonly CorpusMessage[]): Promise<string> {
  const path = `${folder}/store`;
  await using store = await LocalFsStore.open({ path, create: true });
  await addAll(store, messages.map((m) => message(m.name, m.octets)));
  assertEquals((await querystore(path, ["export", `${folder}/mbox`])).code, 0);
  return `${folder}/mbox`;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return await Promise.all(
    names.map(async (name) => text(await Deno.readFile(`${folder}/${name}`))),
  );
}

permitted(
  { ...FILES, programs: ["python3"] },
  "Python's mailbox reads our mbox octet for octet",
  async () => {
    await using folder = await temporaryFolder();
    const mbox = await exported(folder.path, corpus());
    await Deno.mkdir(`${folder.path}/out`);
    const python = await runProgram("python3", [
      "-c",
      READ_WITH_PYTHON,
      mbox,
      `${folder.path}/out`,
    ]);
    assertEquals(python.code, 0, python.stderr);
    assertEquals(await filesIn(`${folder.path}/out`), corpus().map(inMbox));
  },
);

permitted(
  { ...FILES, programs: ["python3"] },
  "an mbox that Python wrote is imported octet for octet",
  async () => {
    await using folder = await temporaryFolder();
    // Python leaves lines ">From" as they are, so that nobody can tell them from "From" any more.
    const messages = corpus().filter(({ octets }) =>
      octets.length > 0 && !/^>+From /m.test(text(octets))
    );
    const files = await Promise.all(messages.map(async ({ name, octets }) => {
      const file = `${folder.path}/${name}`;
      await Deno.writeFile(file, octets);
      return file;
    }));
    const mbox = `${folder.path}/mbox`;
    const python = await runProgram("python3", ["-c", WRITE_WITH_PYTHON, mbox, ...files]);
    assertEquals(python.code, 0, python.stderr);
    const path = `${folder.path}/store`;
    const ran = await querystore(path, ["import", mbox]);
    assertEquals(ran.code, 0, ran.err);
    await using store = await LocalFsStore.open({ path });
    const found = await Promise.all((await store.query()).map(async (item) => {
      return text(await readAll(store, item, { form: "kept" }));
    }));
    assertEquals(
      found,
      messages.map((each) => inMbox(each).replace(UNQUOTED, (line) => line.slice(1))),
    );
  },
);

permitted(
  { ...FILES, programs: ["doveadm"] },
  "Dovecot imports our mbox; what it changes are line ends",
  async () => {
    await using folder = await temporaryFolder();
    const mbox = await exported(folder.path, corpus());
    await Deno.chmod(folder.path, 0o777);
    await Deno.chmod(mbox, 0o666);
    const asRoot = (await Deno.stat(folder.path)).uid === 0;
    await Deno.writeTextFile(
      `${folder.path}/dovecot.conf`,
      [
        "protocols =",
        `base_dir = ${folder.path}/run`,
        `log_path = ${folder.path}/log`,
        `mail_location = maildir:${folder.path}/Maildir`,
        "first_valid_uid = 0",
        ...(asRoot ? ["mail_uid = nobody", "mail_gid = nogroup"] : []),
        "ssl = no",
        "",
      ].join("\n"),
    );
    const from = `mbox:${folder.path}/mb:INBOX=${mbox}`;
    const words = ["-c", `${folder.path}/dovecot.conf`, "import", from, "", "all"];
    const env = { USER: asRoot ? "nobody" : Deno.env.get("USER") ?? "nobody", HOME: folder.path };
    const imported = await runProgram("doveadm", words, { env });
    assertEquals(imported.code, 0, imported.stderr);
    const maildir = `${folder.path}/Maildir`;
    const found = [...await filesIn(`${maildir}/new`), ...await filesIn(`${maildir}/cur`)];
    const expected = corpus().map((each) => inMbox(each).replaceAll("\r\n", "\n"));
    assertEquals(found.toSorted(), expected.toSorted());
  },
);
