/**
 * mpop fetches everything that serverpop3 serves, lock-step and pipelined, into a Maildir.
 *
 * What mpop changes: CRLF becomes LF, as Maildir wants it. It would add a Received header; its
 * `received_header off` leaves that out.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { allMessages, tenMegabyteLine } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { runIzypop3, runProgram } from "../helpers/program.ts";
import { differences, type ServedFolder, serveMessages, unixLines } from "../helpers/served.ts";

permitted(
  { net: true, write: true, programs: ["mpop"] },
  "mpop fetches every message of localfs octet for octet, CRLF as LF",
  async (t) => {
    await using served = await serveMessages([...allMessages(), tenMegabyteLine()]);

    await t.step("lock-step, keeping the mail", async () => {
      const got = await mpop(served, { pipelining: "off", keep: "on" });
      assertEquals(await differencesIn(served, got), []);
    });

    await t.step("pipelined, deleting the mail", async () => {
      const got = await mpop(served, { pipelining: "on", keep: "off" });
      assertEquals(await differencesIn(served, got), []);
    });

    await t.step("what mpop deleted is archived", async () => {
      const { stdout } = await runIzypop3([
        ...["querystore", "--json", "--query.tags", "archive", ...served.store],
      ]);
      const archived = new TextDecoder().decode(stdout).trim().split("\n");
      assertEquals(archived.length, served.messages.length);
    });
  },
);

/** Runs mpop with an empty memory of what it has fetched before; the messages, in order. */
async function mpop(
  { server, user, password, scratch }: ServedFolder,
  { pipelining, keep }: { readonly pipelining: "on" | "off"; readonly keep: "on" | "off" },
): Promise<Uint8Array[]> {
  const maildir = await Deno.makeTempDir({ dir: scratch });
  for (const part of ["cur", "new", "tmp"]) await Deno.mkdir(`${maildir}/${part}`);
  const config = `${maildir}/config`;
  await Deno.writeTextFile(
    config,
    `account test
host ${server.hostname}
port ${server.port}
tls off
auth user
user ${user}
password ${password}
delivery maildir ${maildir}
received_header off
uidls_file ${maildir}/uidls
pipelining ${pipelining}
keep ${keep}
`,
    { mode: 0o600 },
  );
  const { code, stderr } = await runProgram("mpop", ["-q", "-C", config, "test"]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const names = [...Deno.readDirSync(`${maildir}/new`)].map((entry) => entry.name);
  // …Q1.host, …Q2.host: the number of the delivery.
  const order = (name: string) => Number(/Q(\d+)\./.exec(name)?.[1]);
  names.sort((a, b) => order(a) - order(b));
  return await Promise.all(names.map((name) => Deno.readFile(`${maildir}/new/${name}`)));
}

function differencesIn(
  { messages }: ServedFolder,
  got: readonly Uint8Array[],
): Promise<string[]> {
  return differences(messages, ({ number }) => got[number - 1], ({ wire }) => unixLines(wire));
}
