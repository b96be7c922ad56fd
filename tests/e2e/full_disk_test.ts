/** A disk that is full, or takes nothing: no half message counts, and the server loses none. */
import { assertEquals, assertMatch } from "@std/assert";
import { client, izypop3, PASSWORD, PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { izypop3Command, serveIzypop3, type ServerProgram } from "../helpers/program.ts";
import { smallDisk, whyNoSmallDisk } from "../helpers/small_disk.ts";

const COUNT = 40;
const STORES = ["localfs", "maildir"] as const;

/** Registers a test that mounts, or says why it cannot. */
function mounting(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  permitted({ ...PROGRAMS, besides: whyNoSmallDisk }, name, fn);
}

/** A server with messages of its own on the usual disk, which can be deleted. */
async function serveFolder(): Promise<ServerProgram & AsyncDisposable> {
  const folder = await temporaryFolder();
  const store = ["--store", "localfs", "--mimestore.path", folder.path];
  for (let i = 0; i < COUNT; i++) {
    const mail = `Subject: ${i}\r\n\r\n${"0123456789 of the message\r\n".repeat(400)}`;
    await Deno.writeTextFile(`${folder.path}/${i}.eml`, mail);
  }
  const server = await serveIzypop3([...store, "--password", PASSWORD]);
  const stop = server.stop;
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** What the store holds, when all of it is whole. */
async function held(store: readonly string[]): Promise<number> {
  const { code, out, err } = await izypop3(["querystore", ...store, "verify"]);
  assertEquals([code, out], [0, ""], err);
  return (await izypop3(["querystore", ...store])).lines.length;
}

async function atServer(server: ServerProgram): Promise<number> {
  return Number((await client(server, ["stat"])).out.split(" ")[0]);
}

for (const name of STORES) {
  mounting(`a full disk ends sync with 74, and the next run completes it (${name})`, async (t) => {
    // From no room at all over none for the index to room for half of the messages.
    for (const size of ["4k", "16k", "60k", "250k"]) {
      await t.step(`a disk of ${size}`, async () => {
        await using server = await serveFolder();
        await using disk = await smallDisk(size);
        const store = ["--store", name, "--mimestore.path", `${disk.path}/mail`];
        const full = await client(server, ["sync", "--delete", "--json", ...store]);
        assertEquals(full.code, 74, full.err);
        assertMatch(full.err, /the disk is full; free some space/);
        assertMatch(full.err, new RegExp(`^izypop3: ${full.lines.length} new, `, "m"));
        assertEquals(await atServer(server), COUNT);
        // What was counted is there, and whatever is there is whole.
        assertEquals(await held(store) >= full.lines.length, true);

        await disk.remount("size=8m");
        const again = await client(server, ["sync", "--delete", ...store]);
        assertEquals([again.code, await held(store)], [0, COUNT], again.err);
        assertEquals(await atServer(server), 0);
      });
    }
  });

  mounting(`a read-only folder ends it with 73, and nothing is deleted (${name})`, async () => {
    await using server = await serveFolder();
    await using disk = await smallDisk("8m");
    const store = ["--store", name, "--mimestore.path", `${disk.path}/mail`];
    const few = ["sync", "--query", "1-3", ...store];
    assertEquals((await client(server, few)).code, 0);

    await disk.remount("ro");
    const elsewhere = ["--store", name, "--mimestore.path", `${disk.path}/other`];
    for (const words of [["sync", ...store], ["retr", ...store], ["sync", ...elsewhere]]) {
      const { code, out, err } = await client(server, [...words, "--delete"]);
      assertEquals([code, out], [73, ""], err);
      assertMatch(err, /read-only/);
    }
    assertEquals(await atServer(server), COUNT);
    // What lies there already is not written again, so it may be deleted.
    assertEquals((await client(server, [...few, "--delete"])).code, 0);
    assertEquals(await atServer(server), COUNT - 3);

    await disk.remount("rw");
    assertEquals((await client(server, ["sync", ...store])).code, 0);
    assertEquals(await held(store), COUNT);
  });
}

mounting("a full disk under standard output ends retr with 74", async () => {
  await using server = await serveFolder();
  await using disk = await smallDisk("40k");
  const { code, out, err } = await client(server, ["stat"]);
  assertEquals([code, err, out.split(" ")[0]], [0, "", `${COUNT}`]);
  const child = new Deno.Command("sh", {
    args: ["-c", `"$@" > ${disk.path}/out`, "sh", ...command(server)],
    env: { IZYPOP3_PASS: PASSWORD },
    stdin: "null",
    stderr: "piped",
  });
  const ended = await child.output();
  assertEquals(ended.code, 74);
  assertMatch(new TextDecoder().decode(ended.stderr), /full|No space/i);
  assertEquals(await atServer(server), COUNT);
});

function command({ hostname, port }: ServerProgram): readonly string[] {
  const where = ["--ip", hostname, "--port", `${port}`, "--user", "me"];
  return [...izypop3Command(), "clientpop3", ...where, "retr"];
}
