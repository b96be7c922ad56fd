/**
 * `izypop3 clientpop3` fetches the corpus and Python's messages from Dovecot 2.3.
 *
 * Dovecot's rule for the wire, found by experiment, is ours (bare LF becomes CRLF, a bare CR and
 * NUL stay, a last CRLF is added where it is missing) but for this:
 * - an empty message is sent as one CRLF, though LIST says 0;
 * - LIST leaves out the last CRLF where Dovecot adds it, so it is 2 too small for such messages;
 * - a dot that is the very first octet of a message is not stuffed (RFC 1939 §3 would have it):
 *   our corpus has two messages that thus begin with what looks like their end.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { allMessages, type CorpusMessage, onTheWire, tenMegabyteLine } from "../helpers/corpus.ts";
import { certificateFile } from "../helpers/certificates.ts";
import { type Dovecot, startDovecot } from "../helpers/dovecot.ts";
import { permitted } from "../helpers/permissions.ts";
import { type Outcome, runIzypop3 } from "../helpers/program.ts";
import { concat, latin1, text } from "../helpers/random.ts";
import { differences, fileOrNothing, listedSizes } from "../helpers/served.ts";

const TRUST = ["--tls-ca", certificateFile("ca.pem")];

/** The flags of each way to connect, but for host and port. */
const CHANNELS = {
  plain: [],
  STLS: ["--stls", ...TRUST],
  TLS: ["--tls", ...TRUST],
} as const;

/** Every combination would take long, and tell little more. */
const PIPELINES = { plain: ["off", "100", "auto"], STLS: ["auto"], TLS: ["off"] } as const;

/** How a `sync` signs in; dovecot_sign_in_test.ts has all ways in the clear. */
const SIGN_IN = { plain: "apop", STLS: "scram-sha-256", TLS: "plain" } as const;

type Channel = keyof typeof CHANNELS;

permitted(
  { net: true, write: true, programs: ["dovecot"] },
  "clientpop3 fetches every message of Dovecot octet for octet",
  async (t) => {
    const messages = [...allMessages(), tenMegabyteLine()];
    const expected = messages.map((message, index) => ({
      name: message.name,
      number: index + 1,
      wire: whatDovecotSends(message),
    }));
    const octets = messages.map((message) => message.octets);
    await using dovecot = await startDovecot({
      mailboxes: { me: octets, deleter: octets.slice(0, 5) },
      settings: "auth_mechanisms = plain login apop scram-sha-256\n",
    });
    const scratch = await Deno.makeTempDir({ prefix: "izypop3-fetched-" });
    try {
      for (const channel of ["plain", "STLS", "TLS"] as const) {
        for (const pipeline of PIPELINES[channel]) {
          await t.step(`over ${channel}, --pipeline ${pipeline}, into localfs`, async () => {
            const path = `${scratch}/${channel}-${pipeline}`;
            await Deno.mkdir(path);
            const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", path];
            const flags = ["--json", "--pipeline", pipeline, ...store];
            const outcome = await client(dovecot, channel, "me", ["retr", ...flags]);
            assertEquals(outcome.code, 0, outcome.stderr);
            const lines = new TextDecoder().decode(outcome.stdout).trim().split("\n");
            // The keys are fixed by the contract of the command line.
            const names = lines.map((line) => (JSON.parse(line) as { readonly name: string }).name);
            assertEquals(names.length, expected.length);
            const got = ({ number }: { readonly number: number }) =>
              fileOrNothing(`${path}/${names[number - 1]}`);
            assertEquals(await differences(expected, got), []);
          });
        }
        await t.step(
          `over ${channel}, sync into maildir by ${SIGN_IN[channel]}, twice`,
          async () => {
            const path = `${scratch}/${channel}-maildir`;
            const store = ["--store", "maildir", "--mimestore.path", path];
            const flags = ["--auth", SIGN_IN[channel], "--json", ...store];
            const outcome = await client(dovecot, channel, "me", ["sync", ...flags]);
            assertEquals(outcome.code, 0, outcome.stderr);
            // The keys are fixed by the contract of the command line.
            const names = text(outcome.stdout).trim().split("\n")
              .map((line) => (JSON.parse(line) as { readonly name: string }).name);
            const got = ({ number }: { readonly number: number }) =>
              fileOrNothing(`${path}/new/${names[number - 1]}`);
            assertEquals(await differences(expected, got), []);
            const again = await client(dovecot, channel, "me", ["sync", ...flags]);
            assertEquals([again.code, text(again.stdout)], [0, ""]);
            assertMatch(again.stderr, /: 0 new, /);
          },
        );
        await t.step(`over ${channel}, to standard output`, async () => {
          const outcome = await client(dovecot, channel, "me", ["retr"]);
          assertEquals(outcome.code, 0, outcome.stderr);
          const all = { name: "all", number: 1, wire: concat(expected.map(({ wire }) => wire)) };
          assertEquals(await differences([all], () => outcome.stdout), []);
        });
      }
      await t.step("list, stat and uidl agree with Dovecot's files", async () => {
        const sizes = messages.map((message) => whatDovecotLists(message));
        assertEquals(
          listedSizes(await said(dovecot, "me", "list")),
          new Map(sizes.map((size, index) => [index + 1, size])),
        );
        const sum = sizes.reduce((total, size) => total + size, 0);
        assertEquals(await said(dovecot, "me", "stat"), `${messages.length} ${sum}\n`);
        const uids = (await said(dovecot, "me", "uidl")).trim().split("\n");
        assertEquals(uids.map((line) => Number(line.split(" ")[0])), expected.map((m) => m.number));
        assertEquals(new Set(uids.map((line) => line.split(" ")[1])).size, messages.length);
      });
      await t.step("one message can be asked for by its uid", async () => {
        const uids = (await said(dovecot, "me", "uidl")).trim().split("\n");
        const [number, uid] = (uids[20] ?? "").split(" ");
        const wire = expected[Number(number) - 1]?.wire ?? new Uint8Array();
        const { stdout } = await client(dovecot, "plain", "me", ["retr", "--query", `uid:${uid}`]);
        assertEquals(text(stdout), text(wire));
      });
      await t.step("top gives the header, the blank line and the first lines", async () => {
        const number = messages.findIndex(({ name }) => name === "dot-dot-line") + 1;
        const flags = ["--query", String(number), "--lines", "2"];
        assertEquals(
          await said(dovecot, "me", "top", ...flags),
          "From: a@example.org\r\nSubject: corner\r\n\r\nbefore\r\n..\r\n",
        );
      });
      await t.step("capa shows what Dovecot announces", async () => {
        const lines = (await said(dovecot, "me", "capa")).trim().split("\n");
        for (const name of ["TOP", "UIDL", "PIPELINING", "RESP-CODES"]) {
          assert(lines.includes(name), `${name} is not in ${lines}`);
        }
      });
    } finally {
      await Deno.remove(scratch, { recursive: true });
    }

    await t.step("dele removes just the messages that were named", async () => {
      const before = await dovecot.files("deleter");
      await said(dovecot, "deleter", "dele", "--query", "2,4");
      const kept = [1, 3, 5].map((number) => whatDovecotLists(messages[number - 1] ?? nothing));
      assertEquals(
        listedSizes(await said(dovecot, "deleter", "list")),
        new Map(kept.map((size, index) => [index + 1, size])),
      );
      assertEquals((await dovecot.files("deleter")).length, before.length - 2);
    });
    await t.step("a wrong password ends with 77 and Dovecot's own words", async () => {
      const outcome = await client(dovecot, "plain", "me", ["list"], "wrong");
      assertEquals(outcome.code, 77);
      assert(outcome.stderr.includes("Authentication failed"), outcome.stderr);
    });
    await t.step("a certificate of an unknown CA ends with 77", async () => {
      for (const flag of ["--tls", "--stls"]) {
        const port = String(flag === "--tls" ? dovecot.tlsPort : dovecot.port);
        for (const ca of [[], ["--tls-ca", certificateFile("self_signed.pem")]]) {
          const where = ["--ip", dovecot.hostname, "--port", port, flag, ...ca];
          const who = ["--user", "me", "--pass", dovecot.password];
          const outcome = await runIzypop3(["clientpop3", ...where, ...who, "list"]);
          assertEquals({ code: outcome.code, stdout: text(outcome.stdout) }, {
            code: 77,
            stdout: "",
          }, outcome.stderr);
        }
      }
    });
  },
);

const nothing: CorpusMessage = { name: "nothing", octets: new Uint8Array() };

function whatDovecotSends({ octets }: CorpusMessage): Uint8Array {
  return octets.length === 0 ? latin1("\r\n") : onTheWire(octets);
}

function whatDovecotLists({ octets }: CorpusMessage): number {
  const added = octets.length > 0 && octets.at(-1) !== 10 ? 2 : 0;
  return onTheWire(octets).length - added;
}

/** What a command writes to standard output over plain TCP; it must succeed. */
async function said(dovecot: Dovecot, user: string, ...args: string[]): Promise<string> {
  const outcome = await client(dovecot, "plain", user, args);
  assertEquals(outcome.code, 0, outcome.stderr);
  return new TextDecoder().decode(outcome.stdout);
}

function client(
  dovecot: Dovecot,
  channel: Channel,
  user: string,
  args: readonly string[],
  password = dovecot.password,
): Promise<Outcome> {
  const port = String(channel === "TLS" ? dovecot.tlsPort : dovecot.port);
  const where = ["--ip", dovecot.hostname, "--port", port, ...CHANNELS[channel]];
  return runIzypop3(["clientpop3", ...where, "--user", user, "--pass", password, ...args]);
}
