/**
 * getmail6 fetches everything that serverpop3 serves and hands it to a program, in the clear and over
 * TLS, by USER and by APOP; it has no STLS.
 *
 * What getmail6 changes: it takes messages apart and puts them together anew. So a bare CR becomes
 * a line end, a message without a header, or one that is not ended, gets a blank line, and a
 * Return-Path comes first. Those that Python's parser would change beyond that are left out.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { corpus } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { runProgram } from "../helpers/program.ts";
import { latin1, text } from "../helpers/random.ts";
import {
  type Account,
  CA,
  differences,
  fileOrNothing,
  portFor,
  type ServedMessage,
  serveMessages,
  unixLines,
} from "../helpers/served.ts";

/** The one that has getmail6's modules. */
const DEBIAN_PYTHON = "/usr/bin/python3";

permitted(
  { net: true, write: true, programs: ["getmail", "python3", "sh"] },
  "getmail6 fetches every message of localfs octet for octet",
  async (t) => {
    await using served = await serveMessages(corpus());
    const alike = served.messages.filter(({ wire }) => isPlain(text(wire)));
    assert(alike.length > 30, `only ${alike.length} messages`);
    for (const [channel, auth] of [["plain", "user"], ["TLS", "apop"]] as const) {
      await t.step(`${channel}, ${auth}`, async () => {
        const folder = await Deno.makeTempDir({ dir: served.scratch });
        assertEquals(await getmail(served, channel, folder, auth), { code: 0, stderr: "" });
        const got = async ({ number }: ServedMessage) => {
          const octets = await fileOrNothing(`${folder}/delivered/${number}`);
          return octets && latin1(text(octets).replace(/^Return-Path: .*\n/, ""));
        };
        assertEquals(await differences(alike, got, ({ wire }) => unixLines(wire)), []);
      });
    }
    await t.step("a wrong password ends it with an error, and nothing is delivered", async () => {
      const folder = await Deno.makeTempDir({ dir: served.scratch });
      const { code, stderr } = await getmail({ ...served, password: "no" }, "plain", folder);
      assertEquals(code, 127);
      assertMatch(stderr, /\[AUTH\]/);
      assertEquals([...Deno.readDirSync(`${folder}/delivered`)], []);
    });
  },
);

/** Whether a message has a header that is ended, and no bare CR. */
function isPlain(wire: string): boolean {
  return /^[!-9;-~]+:/.test(wire) && /\r\n\r\n/.test(wire) && !/\r(?!\n)/.test(wire);
}

/** Runs getmail6, which makes a file in `folder` for each message, named by its number. */
async function getmail(
  account: Account,
  channel: "plain" | "TLS",
  folder: string,
  auth: "user" | "apop" = "user",
): Promise<{ readonly code: number; readonly stderr: string }> {
  await Deno.mkdir(`${folder}/delivered`);
  await Deno.writeTextFile(
    `${folder}/deliver`,
    `n=$(ls '${folder}/delivered' | wc -l)\nexec cat >'${folder}/delivered/'$((n + 1))\n`,
  );
  await Deno.writeTextFile(
    `${folder}/getmailrc`,
    `[retriever]
type = ${channel === "TLS" ? "SimplePOP3SSLRetriever" : "SimplePOP3Retriever"}
server = localhost
port = ${portFor(account, channel)}
username = ${account.user}
password = ${account.password}
use_apop = ${auth === "apop"}
${channel === "TLS" ? `ca_certs = ${CA}` : ""}
[destination]
type = MDA_external
path = /bin/sh
arguments = ("${folder}/deliver",)
allow_root_commands = true
[options]
read_all = false
delete = false
received = false
delivered_to = false
verbose = 0
`,
    { mode: 0o600 },
  );
  const script = decodeURIComponent(new URL("../helpers/getmail.py", import.meta.url).pathname);
  const { code, stdout, stderr } = await runProgram(DEBIAN_PYTHON, [
    script,
    "--getmaildir",
    folder,
  ]);
  return { code, stderr: stderr + text(stdout) };
}
