/**
 * clientpop3 fetches everything that serverpop3 serves; nothing is added or changed.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { allMessages, tenMegabyteLine } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { type Outcome, runIzypop3 } from "../helpers/program.ts";
import { concat, text } from "../helpers/random.ts";
import {
  CA,
  differences,
  fileOrNothing,
  listedSizes,
  portFor,
  type ServedFolder,
  type ServedMessage,
  serveMessages,
} from "../helpers/served.ts";

permitted(
  { net: true, read: true, write: true, env: true, run: true },
  "clientpop3 fetches every message of localfs octet for octet",
  async (t) => {
    await using served = await serveMessages([...allMessages(), tenMegabyteLine()]);
    const { messages, scratch } = served;

    for (const pipeline of ["off", "auto"]) {
      await t.step(`into localfs, --pipeline ${pipeline}`, async () => {
        const path = `${scratch}/${pipeline}`;
        await Deno.mkdir(path);
        const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", path];
        const flags = ["--json", "--pipeline", pipeline, ...store];
        const { code, stdout, stderr } = await client(served, "retr", ...flags);
        assertEquals(code, 0, stderr);
        const lines = jsonLines(stdout);
        const got = ({ number }: ServedMessage) =>
          fileOrNothing(`${path}/${lines[number - 1]?.name}`);
        assertEquals(await differences(messages, got), []);
        assertEquals(lines.map((line) => line.size), messages.map(({ wire }) => wire.length));
        const sums = await Promise.all(messages.map(({ wire }) => sha256(wire)));
        assertEquals(lines.map((line) => line.sha256), sums);
      });
    }

    for (
      const [channel, auth, kind] of [
        ["STLS", "scram-sha-256", "localfs"],
        ["TLS", "login", "maildir"],
      ] as const
    ) {
      await t.step(`sync into ${kind} over ${channel}, by ${auth}, twice`, async () => {
        const path = `${scratch}/${channel}`;
        const store = ["--store", kind, "--mimestore.path", path];
        const tls = [channel === "TLS" ? "--tls" : "--stls", "--tls-ca", CA];
        const flags = ["sync", "--json", ...tls, "--auth", auth, ...store];
        const port = portFor(served, channel);
        const { code, stdout, stderr } = await clientAt(port, served, ...flags);
        assertEquals(code, 0, stderr);
        const lines = jsonLines(stdout);
        const folder = kind === "maildir" ? `${path}/new` : path;
        const got = ({ number }: ServedMessage) =>
          fileOrNothing(`${folder}/${lines[number - 1]?.name}`);
        assertEquals(await differences(messages, got), []);
        const again = await clientAt(port, served, ...flags);
        assertEquals([again.code, text(again.stdout)], [0, ""]);
        assertMatch(again.stderr, /: 0 new, /);
      });
    }

    await t.step("to standard output, one behind the other", async () => {
      const { code, stdout, stderr } = await client(served, "retr");
      assertEquals(code, 0, stderr);
      const all = { name: "all", number: 1, wire: concat(messages.map(({ wire }) => wire)) };
      assertEquals(await differences([all], () => stdout), []);
    });

    await t.step("list and stat count the octets as they arrive", async () => {
      const { stdout } = await client(served, "list");
      const sizes = new Map(messages.map((message) => [message.number, message.wire.length]));
      assertEquals(listedSizes(text(stdout)), sizes);
      const sum = messages.reduce((total, { wire }) => total + wire.length, 0);
      assertEquals(text((await client(served, "stat")).stdout), `${messages.length} ${sum}\n`);
    });

    await t.step("top of every message is how the message begins", async () => {
      const { code, stdout, stderr } = await client(served, "top", "--lines", "3");
      assertEquals(code, 0, stderr);
      const tops = messages.map(({ wire }) => topOf(wire, 3));
      const all = { name: "all", number: 1, wire: concat(tops) };
      assertEquals(await differences([all], () => stdout), []);
    });

    await t.step("a second retr into the same store finds only duplicates", async () => {
      const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", `${scratch}/auto`];
      const { code, stdout, stderr } = await client(served, "retr", "--json", ...store);
      assertEquals(code, 0, stderr);
      assertEquals(jsonLines(stdout).map((line) => line.duplicate), messages.map(() => true));
    });
  },
);

function client(served: ServedFolder, ...args: string[]): Promise<Outcome> {
  return clientAt(portFor(served, "plain"), served, ...args);
}

function clientAt(
  port: string,
  { server, user, password }: ServedFolder,
  ...args: string[]
): Promise<Outcome> {
  const where = ["--ip", server.hostname, "--port", port];
  return runIzypop3(["clientpop3", ...where, "--user", user, "--pass", password, ...args]);
}

interface Fetched {
  readonly size: number;
  readonly sha256: string;
  readonly name: string;
  readonly duplicate?: boolean;
}

/** The lines of `retr --json`, whose keys are fixed by the contract of the command line. */
function jsonLines(stdout: Uint8Array): Fetched[] {
  return text(stdout).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

async function sha256(octets: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", octets.slice());
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** RFC 1939 §7: the header, the blank line, and so many lines of the body. */
function topOf(wire: Uint8Array, bodyLines: number): Uint8Array {
  let left = Infinity;
  let start = 0;
  while (start < wire.length && left > 0) {
    const end = wire.indexOf(10, start) + 1;
    left = left === Infinity && end - start === 2 ? bodyLines : left - 1;
    start = end;
  }
  return wire.subarray(0, start);
}
