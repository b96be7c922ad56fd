import { assert, assertEquals } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { concat, latin1, octetByOctet, randomCuts, seeded, text } from "../helpers/random.ts";
import { mailboxServer } from "./mailbox_server.ts";
import type { Habits } from "./mailbox_server.ts";
import { everyWay, textOf } from "./scripted_server.ts";

/** All messages of a server, by number. */
async function fetchAll(habits: Habits, pipeline: "off" | number): Promise<string[]> {
  const { transport } = mailboxServer(habits);
  await using client = await Pop3Client.over(transport, { pipeline, timeoutSeconds: 20 });
  const numbers = (await client.list()).map(({ number }) => number);
  const messages: string[] = [];
  for await (const { octets } of client.retrieve(numbers)) {
    messages.push(octets === undefined ? "refused" : await textOf(octets));
  }
  await client.quit();
  return messages;
}

/** Messages made of the lines that are hardest to tell apart. */
function hardMessages(random: () => number, pool: readonly string[]): Uint8Array[] {
  return Array.from({ length: 6 }, () => {
    const count = Math.floor(random() * 8);
    const pick = () => pool[Math.floor(random() * pool.length)] ?? "";
    return latin1(Array.from({ length: count }, () => `${pick()}\r\n`).join(""));
  });
}

const PORTIONS: Record<string, (random: () => number) => Habits["portions"]> = {
  whole: () => undefined,
  "octet by octet": () => octetByOctet,
  "cut at random": (random) => (octets) =>
    randomCuts(octets, random).filter((part) => part.length > 0),
};

const ANY_LINES = [".", "..", "...", ".x", "", "x", "+OK", "-ERR no", "\0", "a\n.\nb", "\r", ".\r"];

for (const [way, portions] of Object.entries(PORTIONS)) {
  for (const pipeline of ["off", 3, 100] as const) {
    const how = `${way}, ${pipeline === "off" ? "lock-step" : `window of ${pipeline}`}`;

    Deno.test(`whatever LIST says, a server that stuffs is read exactly (${how})`, async () => {
      const random = seeded(11);
      const lies: Habits["listedSize"][] = [
        undefined,
        (size) => size + 1,
        (size) => size + 1024 - (size % 1024),
        () => 3_000_000_000,
        (size) => Math.max(0, size - 1),
        () => 0,
      ];
      for (let round = 0; round < 24; round++) {
        const listedSize = lies[round % lies.length];
        const messages = hardMessages(random, ANY_LINES);
        const habits: Habits = {
          messages,
          ...(listedSize === undefined ? {} : { listedSize }),
          noopReply: round % 2 === 0 ? "+OK" : "-ERR what?",
          portions: portions(random) ?? ((octets) => [octets]),
        };
        assertEquals(await fetchAll(habits, pipeline), messages.map(text));
      }
    });

    Deno.test(`lone dots that a server does not stuff are content (${how})`, async () => {
      const random = seeded(12);
      // ".." cannot be told from a stuffed dot, and a line "+OK" behind "." not from a reply.
      const lines = [".", ".", "", "x", ".x", "\0", "a\n.\nb", "+OKAY", "-", "+"];
      for (let round = 0; round < 24; round++) {
        const messages = hardMessages(random, lines);
        const habits: Habits = {
          messages,
          stuffs: false,
          noopReply: round % 2 === 0 ? "+OK" : "-ERR what?",
          portions: portions(random) ?? ((octets) => [octets]),
        };
        assertEquals(await fetchAll(habits, pipeline), messages.map(text));
      }
    });
  }
}

everyWay(
  "a lone dot before the announced size is content if the probe is not answered at once",
  `
  S: +OK
  C: LIST 1
  S: +OK 1 38
  C: RETR 1
  S: +OK
  S: Subject: x
  S:
  S: a
  S: .
  C: NOOP
  S: b
  S: .
  S: c, the last line
  S: .
  S: +OK the probe
  C: STAT
  S: +OK 1 38
  `,
  async (client, eol) => {
    const lines = ["Subject: x", "", "a", ".", "b", ".", "c, the last line", ""];
    const message = await textOf(client.retr(1));
    // With bare LF the announced size (in CRLF) is never reached, and the last dot is the end.
    assertEquals(message, lines.join(eol));
    assertEquals((await client.stat()).count, 1);
  },
);

everyWay(
  "a lone dot is the end if the reply to the probe follows",
  `
  S: +OK
  C: LIST 1
  S: +OK 1 4000
  C: RETR 1
  S: +OK
  S: Subject: x
  S: .
  C: NOOP
  S: -err I know no NOOP
  C: STAT
  S: +OK 1 38
  `,
  async (client, eol) => {
    assertEquals(await textOf(client.retr(1)), `Subject: x${eol}`);
    assertEquals((await client.stat()).count, 1);
  },
);

Deno.test("no probe is sent while another reply is due: that one tells", async () => {
  const messages = ["a\r\n.\r\nb\r\n", "c\r\n", ".\r\n"].map(latin1);
  const server = mailboxServer({ messages, stuffs: false, portions: octetByOctet });
  await using client = await Pop3Client.over(server.transport, { pipeline: 10 });
  await client.list();
  const got: string[] = [];
  for await (const { octets } of client.retrieve([1, 2, 3])) {
    got.push(octets === undefined ? "refused" : await textOf(octets));
  }
  assertEquals(got, messages.map(text));
  // Only behind the last message nothing else was due.
  assertEquals(server.commands.slice(1), ["RETR 1", "RETR 2", "RETR 3", "NOOP"]);
});

Deno.test("octets of every kind come through, in one piece and in single octets", async () => {
  const random = seeded(13);
  const anything = Uint8Array.from({ length: 5000 }, () => Math.floor(random() * 256));
  const messages = [
    latin1(""),
    latin1("\r\n"),
    latin1("Subject: x\r\n\r\nbare\nlf, bare\rcr, NUL\0, 8-bit \xe9\xff\r\n"),
    latin1(".first octet a dot\r\n"),
    concat([anything, latin1("\r\n")]),
  ];
  const large = [latin1(`${"x".repeat(100_000)}\r\n`), latin1(`${"y".repeat(1_000_000)}\r\n`)];
  for (const habits of [{ messages, portions: octetByOctet }, { messages: large }]) {
    const got = await fetchAll(habits, 10);
    assertEquals(got.length, habits.messages.length);
    got.forEach((message, i) => {
      assert(message === text(habits.messages[i] ?? latin1("?")), `message ${i} differs`);
    });
  }
});
