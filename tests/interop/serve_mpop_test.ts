/**
 * mpop fetches everything that serverpop3 serves into a Maildir: lock-step in the clear, pipelined
 * in the clear, after STLS and over TLS.
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
import {
  CA,
  type Channel,
  differences,
  portFor,
  type Ports,
  serve,
  type ServedFolder,
  serveMessages,
  unixLines,
} from "../helpers/served.ts";

permitted(
  { net: true, write: true, programs: ["mpop"] },
  "mpop fetches every message of localfs octet for octet, CRLF as LF",
  async (t) => {
    await using served = await serveMessages([...allMessages(), tenMegabyteLine()]);

    const kept = await makeMaildir(served);

    await t.step("lock-step, keeping the mail", async () => {
      await mpop(served, served, kept, { pipelining: "off", keep: "on" });
      assertEquals(await differencesIn(served, await messagesIn(kept)), []);
    });

    await t.step("nothing again, even from a server that was started anew", async () => {
      await using again = await serve(...served.store, "--password", served.password);
      await mpop(again, served, kept, { pipelining: "off", keep: "on" });
      assertEquals((await messagesIn(kept)).length, served.messages.length);
    });

    for (const channel of ["STLS", "TLS"] as const) {
      await t.step(`pipelined, ${channel}, SCRAM-SHA-256, keeping the mail`, async () => {
        const fetched = await makeMaildir(served);
        await mpop(served, served, fetched, {
          channel,
          auth: "scram-sha-256",
          pipelining: "on",
          keep: "on",
        });
        assertEquals(await differencesIn(served, await messagesIn(fetched)), []);
      });
    }

    await t.step("pipelined, deleting the mail", async () => {
      const fetched = await makeMaildir(served);
      await mpop(served, served, fetched, { pipelining: "on", keep: "off" });
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

interface MpopOptions {
  readonly channel?: Channel;
  readonly auth?: string;
  readonly pipelining: "on" | "off";
  readonly keep: "on" | "off";
}

/** Runs mpop, which remembers in the Maildir's folder what it has fetched into it. */
async function mpop(
  where: Ports,
  { user, password }: ServedFolder,
  maildir: string,
  { channel = "plain", auth = "user", pipelining, keep }: MpopOptions,
): Promise<void> {
  const config = `${maildir}/config`;
  await Deno.writeTextFile(
    config,
    `account test
host localhost
port ${portFor(where, channel)}
tls ${channel === "plain" ? "off" : "on"}
tls_starttls ${channel === "STLS" ? "on" : "off"}
tls_trust_file ${CA}
auth ${auth}
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
