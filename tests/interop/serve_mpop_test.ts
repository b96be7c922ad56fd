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
import { runIzypop3, runProgram, serveIzypop3, type ServerProgram } from "../helpers/program.ts";
import { differences, type ServedFolder, serveMessages, unixLines } from "../helpers/served.ts";

permitted(
  { net: true, write: true, programs: ["mpop"] },
  "mpop fetches every message of localfs octet for octet, CRLF as LF",
  async (t) => {
    await using served = await serveMessages([...allMessages(), tenMegabyteLine()]);

    const kept = await makeMaildir(served);

    await t.step("lock-step, keeping the mail", async () => {
      await mpop(served.server, served, kept, { pipelining: "off", keep: "on" });
      assertEquals(await differencesIn(served, await messagesIn(kept)), []);
    });

    await t.step("nothing again, even from a server that was started anew", async () => {
      await using again = await serveIzypop3([...served.store, "--password", served.password]);
      await mpop(again, served, kept, { pipelining: "off", keep: "on" });
      assertEquals((await messagesIn(kept)).length, served.messages.length);
    });

    await t.step("pipelined, deleting the mail", async () => {
      const fetched = await makeMaildir(served);
      await mpop(served.server, served, fetched, { pipelining: "on", keep: "off" });
      assertEquals(await differencesIn(served, await messagesIn(fetched)), []);
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

async function makeMaildir({ scratch }: ServedFolder): Promise<string> {
  const maildir = await Deno.makeTempDir({ dir: scratch });
  for (const part of ["cur", "new", "tmp"]) await Deno.mkdir(`${maildir}/${part}`);
  return maildir;
}

/** Runs mpop, which remembers in the Maildir's folder what it has fetched into it. */
async function mpop(
  { hostname, port }: ServerProgram,
  { user, password }: ServedFolder,
  maildir: string,
  { pipelining, keep }: { readonly pipelining: "on" | "off"; readonly keep: "on" | "off" },
): Promise<void> {
  const config = `${maildir}/config`;
  await Deno.writeTextFile(
    config,
    `account test
host ${hostname}
port ${port}
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
}

/** The messages of a Maildir in the order in which mpop delivered them. */
async function messagesIn(maildir: string): Promise<Uint8Array[]> {
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
