/**
 * fetchmail fetches everything that serverpop3 serves and hands it to a program: in the clear,
 * after STLS and over TLS.
 *
 * What fetchmail changes (with `no rewrite`, `no mimedecode`, `no stripcr`, `invisible` and
 * `bad-header accept`, which switch off what can be switched off):
 * - a first line `From …` is dropped: in mbox files it is no part of the message;
 * - a message without a header gets one ("Headerless mail from …");
 * - a header that no blank line ends gets that blank line;
 * - lines are cut after 8,191 octets, and four octets are put in, the last two of them CRLF.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { allMessages } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { runProgram } from "../helpers/program.ts";
import { concat, latin1, text } from "../helpers/random.ts";
import {
  type Account,
  CA,
  type Channel,
  CHANNELS,
  differences,
  fileOrNothing,
  portFor,
  type ServedMessage,
  serveMessages,
} from "../helpers/served.ts";

permitted(
  { net: true, write: true, programs: ["fetchmail", "sh"] },
  "fetchmail fetches every message of localfs octet for octet, but for what it repairs",
  async (t) => {
    await using served = await serveMessages(allMessages());
    const nextSession = sessionsOf(served);
    for (const channel of CHANNELS) {
      await t.step(channel, async () => {
        const folder = await Deno.makeTempDir({ dir: served.scratch });
        assertEquals(await fetchmail(served, channel, folder), { code: 0, stderr: "" });
        const got = async ({ number, wire }: ServedMessage) => {
          const octets = await fileOrNothing(`${folder}/delivered/${number}`);
          return octets && withoutInsertions(withoutMadeUpHeader(octets), wire);
        };
        assertEquals(await differences(served.messages, got, whatFetchmailWrites), []);
        // Left to itself, fetchmail takes what it gets: this tells what it got.
        assertEquals(await nextSession(), channel === "plain" ? "no TLS" : "TLS");
      });
    }
    await t.step("a wrong password ends it with 3", async () => {
      const folder = await Deno.makeTempDir({ dir: served.scratch });
      const { code, stderr } = await fetchmail({ ...served, password: "no" }, "plain", folder);
      assertEquals(code, 3, stderr); // PS_AUTHFAIL of its manual
    });
  },
);

/** Tells of each session that ended whether it had TLS; the server's log may lag a little. */
function sessionsOf({ server }: Account): () => Promise<string | undefined> {
  let seen = 0;
  return async () => {
    const ended = () => server.log().match(/session ended.*/g) ?? [];
    for (let waited = 0; ended().length === seen && waited < 5000; waited += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const line = ended()[seen++];
    return line && (line.includes(" tls=true ") ? "TLS" : "no TLS");
  };
}

/** How fetchmail is told which way to go; without a word it would try STLS and take what comes. */
const WAYS: Readonly<Record<Channel, string>> = {
  plain: 'sslproto ""',
  STLS: `sslproto "TLS1.2+" sslcertck sslcertfile "${CA}"`,
  TLS: `ssl sslproto "TLS1.2+" sslcertck sslcertfile "${CA}"`,
};

/** Runs fetchmail, which makes a file in `delivered` for each message, named by its number. */
async function fetchmail(
  served: Account,
  channel: Channel,
  folder: string,
): Promise<{ readonly code: number; readonly stderr: string }> {
  await Deno.mkdir(`${folder}/delivered`);
  // fetchmail runs this once for each message, one after the other.
  await Deno.writeTextFile(
    `${folder}/deliver`,
    `n=$(ls '${folder}/delivered' | wc -l)\nexec cat >'${folder}/delivered/'$((n + 1))\n`,
  );
  const config = `${folder}/config`;
  await Deno.writeTextFile(
    config,
    `set invisible
set no bouncemail
poll localhost service ${portFor(served, channel)} protocol POP3 auth password
  no envelope no dns bad-header accept timeout 20
  user "${served.user}" password "${served.password}" is nobody here
  ${WAYS[channel]} fetchall keep no rewrite no mimedecode no stripcr pass8bits
  mda "sh ${folder}/deliver"
`,
    { mode: 0o600 },
  );
  const { code, stderr } = await runProgram("fetchmail", [
    ...["--silent", "--fetchmailrc", config],
    ...["--idfile", `${folder}/ids`, "--pidfile", `${folder}/pid`],
  ], { env: { FETCHMAILHOME: folder } });
  return { code, stderr: stderr.replace(/^fetchmail: WARNING: Running as root.*\n/, "") };
}

function whatFetchmailWrites({ wire }: ServedMessage): Uint8Array {
  const whole = text(wire).replace(/^From .*\r\n/, "");
  // A first line of nothing but CRs is an end of the header to fetchmail.
  if (/^\r*\n/.test(whole)) return latin1(whole.replace(/^\r*\n/, "\r\n"));
  return latin1(/\n\r*\n/.test(whole) ? whole : `${whole}\r\n`);
}

function withoutMadeUpHeader(octets: Uint8Array): Uint8Array {
  const madeUp = /^From: FETCHMAIL-DAEMON\r\nTo: .*\r\nSubject: Headerless mail from .*\r\n/;
  const [header = ""] = madeUp.exec(text(octets.subarray(0, 1000))) ?? [];
  return octets.subarray(header.length);
}

const LONGEST = 8191;

/** Takes out the four octets that fetchmail puts into each long line, wherever `wire` has one. */
function withoutInsertions(octets: Uint8Array, wire: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let start = 0; start < wire.length;) {
    const end = wire.indexOf(10, start) + 1;
    for (let left = end - start; left > LONGEST; left -= LONGEST) {
      parts.push(octets.subarray(at, at + LONGEST));
      at += LONGEST + 4;
      start += LONGEST;
    }
    parts.push(octets.subarray(at, at + end - start));
    at += end - start;
    start = end;
  }
  return concat([...parts, octets.subarray(at)]);
}
