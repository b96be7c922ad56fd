/** A final dot that is no line of its own (Exchange 2000), and content that looks like it. */
import { assertEquals, assertRejects } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { withRetries } from "../../lib/client/retry.ts";
import { TimeoutError } from "../../lib/net/errors.ts";
import { ProtocolError } from "../../lib/protocol/errors.ts";
import { latin1, octetByOctet, seeded, text } from "../helpers/random.ts";
import { mailboxServer } from "./mailbox_server.ts";
import { PLAIN, type Replay, textOf, withServer } from "./scripted_server.ts";

const REPLAYS: readonly Replay[] = [PLAIN, { ...PLAIN, portions: "octets" }];

for (const replay of REPLAYS) {
  // Half of it without an octet makes the client ask.
  const options = { replay, timeoutSeconds: 0.4 };
  const beginning = (size: number) => `S: +OK\nC: LIST 1\nS: +OK 1 ${size}\nC: RETR 1\nS: +OK\n`;
  const how = replay.portions;

  Deno.test(`a dot glued to the last octet is the end if LIST is answered then (${how})`, async () => {
    for (const size of [12, 5000, 3]) {
      const dialogue = `${beginning(size)}S: Subject: x\nS: \nS- abc\nS: .\nC: LIST 1\n` +
        `S: +OK 1 ${size} octets\nC: STAT\nS: +OK 1 12`;
      await withServer(dialogue, async (client) => {
        assertEquals(await textOf(client.retr(1)), "Subject: x\r\n\r\nabc");
        assertEquals((await client.stat()).octets, 12);
      }, options);
    }
  });

  Deno.test(`what comes after a pause behind a dot is content (${how})`, async () => {
    // The last one is what an attacker would write who knows the reply, but not the number.
    for (
      const line of ["more", "+OK", "-ERR", "+OKAY", "+", "", ".. x", "+OK 2 5000", "+OK 1 4999"]
    ) {
      const dialogue = `${beginning(5000)}S: Goodbye.\nC: LIST 1\nS: ${line}\nS: end\nS: .\n` +
        "S: +OK 1 5000\nC: STAT\nS: +OK 1 5000";
      await withServer(dialogue, async (client) => {
        const plain = line.startsWith("..") ? line.slice(1) : line;
        assertEquals(await textOf(client.retr(1)), `Goodbye.\r\n${plain}\r\nend\r\n`);
        assertEquals((await client.stat()).count, 1);
      }, options);
    }
  });

  Deno.test(`a glued dot whose message LIST refuses ends with the time-out (${how})`, async () => {
    const dialogue = `${beginning(12)}S- abc\nS: .\nC: LIST 1\nS: -ERR no\nW`;
    await withServer(dialogue, async (client) => {
      await assertRejects(() => textOf(client.retr(1)), TimeoutError, "Cannot get message 1");
    }, options);
  });

  Deno.test(`a reply behind a glued dot ends a pipelined session, never a message (${how})`, async () => {
    const list = "S: +OK\nC: LIST\nS: +OK\nS: 1 3\nS: 2 3\nS: .\n";
    const dialogue = `${list}C: RETR 1\nC: RETR 2\nS: +OK\nS- abc\nS: .\nS: +OK\nS- def\nS: .\nW`;
    await withServer(dialogue, async (client) => {
      await client.list();
      await assertRejects(
        async () => {
          for await (const { octets } of client.retrieve([1, 2])) {
            if (octets !== undefined) await textOf(octets);
          }
        },
        ProtocolError,
        "Send one command at a time",
      );
      assertEquals(client.commandsAhead > 0, true);
    }, { ...options, pipeline: 10 });
  });
}

Deno.test("a server that glues its dots is read exactly, in lock-step once pipelining broke", async () => {
  const random = seeded(46);
  const lines = ["a.", ".", "..", "x", "", "+OK", "-ERR no.", ".\r", "b"];
  const pick = () => lines[Math.floor(random() * lines.length)] ?? "";
  for (let round = 0; round < 8; round++) {
    const messages = Array.from({ length: 4 }, () => {
      const count = 1 + Math.floor(random() * 5);
      // Its last line has no end.
      return latin1(`${Array.from({ length: count }, pick).join("\r\n")}\r\nlast`);
    });
    const got = new Map<number, string>();
    let sessions = 0;
    const session = async (
      { lockStep, watch }: Parameters<Parameters<typeof withRetries>[0]>[0],
    ) => {
      sessions++;
      const { transport } = mailboxServer({
        messages,
        gluesDot: true,
        ...(round % 2 === 0 ? {} : { portions: octetByOctet }),
      });
      const pipeline = lockStep ? "off" : 10;
      await using client = await Pop3Client.over(transport, { pipeline, timeoutSeconds: 0.2 });
      watch(client);
      const numbers = (await client.list()).map(({ number }) => number);
      const missing = numbers.filter((number) => !got.has(number));
      for await (const { number, octets } of client.retrieve(missing)) {
        if (octets !== undefined) got.set(number, await textOf(octets));
      }
    };
    await withRetries(session, { retries: 3, wait: () => Promise.resolve() });
    assertEquals([...got.values()], messages.map(text));
    assertEquals(sessions, 2);
  }
});
