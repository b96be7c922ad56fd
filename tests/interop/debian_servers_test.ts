/**
 * `izypop3 clientpop3` at Debian's other POP3 servers: Courier, popa3d, GNU Mailutils. What they
 * do to messages, found by experiment, stands with each of them below.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { allMessages, type CorpusMessage, onTheWire } from "../helpers/corpus.ts";
import { COURIER, type DebianServer, MAILUTILS, POPA3D } from "../helpers/debian_servers.ts";
import { certificateFile } from "../helpers/certificates.ts";
import type { LayeredServer } from "../helpers/layered_server.ts";
import { permitted } from "../helpers/permissions.ts";
import { type Outcome, runIzypop3 } from "../helpers/program.ts";
import { concat, latin1, text } from "../helpers/random.ts";
import { differences, fileOrNothing, listedSizes, type ServedMessage } from "../helpers/served.ts";

type Channel = DebianServer["channels"][number];

interface Peer {
  readonly server: DebianServer;
  /** Whether the server keeps such a message as it is. */
  readonly keeps: (wire: string) => boolean;
  /** What the server makes of a message, one character an octet. */
  readonly sends: (wire: string) => string;
  /** Takes out what differs from one session to the next. */
  readonly without: (got: string) => string;
  /** What `izypop3 test --testtype server` finds wrong with it. */
  readonly strays: string[];
}

/** Into which stores a `sync` goes over each channel; the same twice would tell nothing new. */
const STORES = { plain: ["localfs", "maildir"], STLS: ["localfs"], TLS: ["maildir"] } as const;

/** Those with dots. All would take long where each small write waits for an acknowledgement. */
const FIRST = ["--query", "1-20"] as const;

/** Messages that no server has trouble with. */
const PLAIN: readonly string[] = ["plain-lf", "dot-line", "utf8-text", "attachment-of-1-mb"];

const PEERS: readonly Peer[] = [
  {
    server: COURIER,
    // A header with other octets than ASCII is wrapped for a client that has not said UTF8.
    keeps: (wire) => !/^[^\r]*[\x80-\xff].*\r\n(.*\r\n)*\r\n/.test(wire),
    sends: (wire) => wire === "" ? "\r\n" : wire,
    without: (got) => got,
    strays: [],
  },
  {
    server: POPA3D,
    keeps: () => true,
    // In an mbox `From ` cannot begin a line, and a blank line ends the message, whether or not it
    // has ended the header.
    sends: (wire) => {
      const quoted = wire.replace(/(?<=^|\n)From /g, ">From ");
      return /^\r\n|\n\r\n/.test(quoted) ? quoted : `${quoted}\r\n`;
    },
    without: (got) => got,
    // All messages without Message-ID and Received share one.
    strays: ["UIDL"],
  },
  {
    server: MAILUTILS,
    // It loses part of a message whose header is none, or is not ended.
    keeps: (wire) => /^([!-9;-~]+:[^\r\n]*\r\n([ \t][^\r\n]*\r\n)*)+\r\n/.test(wire),
    sends: (wire) => wire,
    // It puts this in when it is asked for ids, and lists the size without it.
    without: (got) => got.replace(/^X-UIDL: [0-9a-f]{32}\.\d+\.\d+\r\n/gm, ""),
    strays: ["capabilities are well-formed", "LIST sizes are those of RETR"],
  },
];

for (const peer of PEERS) {
  const { server: { name, needs, channels } } = peer;
  permitted(needs, `clientpop3 fetches every message of ${name} octet for octet`, async (t) => {
    const messages = allMessages().filter(({ octets }) => peer.keeps(text(onTheWire(octets))));
    assert(messages.length > 70, `only ${messages.length} messages`);
    const expected = messages.map((message, index) => served(message, index, peer));
    await using server = await peer.server.start(messages.map(({ octets }) => octets));
    // They let everybody wait who guesses, up to 5 s: that goes on beside the rest.
    const guessed = client(server, "plain", ["--pass", "wrong", "--retries", "0", "list"]);
    for (const channel of channels) {
      for (const store of STORES[channel]) {
        await t.step(`over ${channel}, sync into ${store}, and a second time nothing`, async () => {
          await using folder = await temporary();
          const flags = ["--store", store, "--mimestore.path", folder.path, "--json"];
          const first = await done(server, channel, ...flags, "sync");
          const files = storedFiles(folder.path, store, first);
          const got = ({ number }: ServedMessage) => readMessage(files.get(number), peer);
          assertEquals(await differences(expected, got), []);
          const second = await done(server, channel, ...flags, "sync");
          assertMatch(second.stderr, /: 0 new, /);
        });
      }
    }
    await t.step("retr to standard output, lock-step", async () => {
      const { stdout } = await done(server, "plain", ...FIRST, "--pipeline", "off", "retr");
      const wire = concat(expected.slice(0, 20).map((message) => message.wire));
      const got = latin1(peer.without(text(stdout)));
      assertEquals(await differences([{ name: "all", number: 1, wire }], () => got), []);
    });
    await t.step("dele removes just the messages that were named", async () => {
      const before = listedSizes(text((await done(server, "plain", "list")).stdout));
      await done(server, "plain", "dele", "--query", "2,4");
      const after = listedSizes(text((await done(server, "plain", "list")).stdout));
      const kept = [...before].filter(([number]) => number !== 2 && number !== 4);
      assertEquals([...after.values()], kept.map(([, size]) => size));
    });
    await t.step("test --testtype server tells where it strays", async () => {
      const plain = messages.filter(({ name }) => PLAIN.includes(name));
      await using another = await peer.server.start(plain.map(({ octets }) => octets));
      const said = await examine(another);
      assertEquals(said.filter(({ passed }) => !passed).map(({ check }) => check), peer.strays);
    });
    await t.step("a wrong password ends with 77", async () => {
      assertEquals((await guessed).code, 77);
    });
  });
}

function served(message: CorpusMessage, index: number, { sends }: Peer): ServedMessage {
  const wire = latin1(sends(text(onTheWire(message.octets))));
  return { name: message.name, number: index + 1, wire };
}

async function readMessage(
  path: string | undefined,
  { without }: Peer,
): Promise<Uint8Array | undefined> {
  const octets = path === undefined ? undefined : await fileOrNothing(path);
  return octets && latin1(without(text(octets)));
}

/** Where each message of a `sync --json` lies. */
function storedFiles(path: string, store: string, { stdout }: Outcome): Map<number, string> {
  const folder = store === "maildir" ? `${path}/new` : path;
  return new Map(
    jsonLines<{ id: number; name: string }>(stdout).map(
      ({ id, name }) => [id, `${folder}/${name}`],
    ),
  );
}

interface Check {
  readonly check?: string;
  readonly passed: boolean | number;
}

async function examine(server: LayeredServer): Promise<readonly Check[]> {
  const outcome = await run(server, "plain", ["test", "--testtype", "server", "--json"]);
  assertEquals(outcome.code, 0, outcome.stderr);
  return jsonLines<Check>(outcome.stdout).filter(({ check }) => check !== undefined);
}

/** The keys are fixed by the contract of the command line. */
function jsonLines<T>(stdout: Uint8Array): T[] {
  return text(stdout).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** What a command does that must succeed. */
async function done(server: LayeredServer, channel: Channel, ...args: string[]): Promise<Outcome> {
  const outcome = await client(server, channel, ["--pass", "secret", ...args]);
  assertEquals(outcome.code, 0, `${outcome.stderr}\n${await server.log()}`);
  return outcome;
}

function client(
  server: LayeredServer,
  channel: Channel,
  args: readonly string[],
): Promise<Outcome> {
  return run(server, channel, ["clientpop3", ...args], []);
}

function run(
  { hostname, port, tlsPort }: LayeredServer,
  channel: Channel,
  [command = "", ...args]: readonly string[],
  password: readonly string[] = ["--pass", "secret"],
): Promise<Outcome> {
  const flags = { plain: [], STLS: ["--stls"], TLS: ["--tls"] }[channel];
  const trust = channel === "plain" ? [] : ["--tls-ca", certificateFile("ca.pem")];
  const where = ["--ip", hostname, "--port", `${channel === "TLS" ? tlsPort : port}`];
  return runIzypop3([command, ...where, ...flags, ...trust, "--user", "me", ...password, ...args]);
}

async function temporary(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "izypop3-synced-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
