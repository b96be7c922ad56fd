import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { BusyError } from "../../lib/client/errors.ts";
import { ConnectionError } from "../../lib/net/errors.ts";
import { ProtocolError } from "../../lib/protocol/errors.ts";
import { latin1, text } from "../helpers/random.ts";
import { mailboxServer } from "./mailbox_server.ts";
import { textOf, withServer } from "./scripted_server.ts";

Deno.test("a window of commands is sent ahead, filled again at half of it", async () => {
  await withServer(
    `
    S: +OK
    C: DELE 1
    C: DELE 2
    C: DELE 3
    C: DELE 4
    S: +OK
    S: +OK
    C: DELE 5
    C: DELE 6
    S: -ERR already deleted
    S: +OK
    S: +OK
    S: +OK
    C: NOOP
    S: +OK
    `,
    async (client) => {
      const refused: number[] = [];
      for await (const { number, refusal } of client.deleteAll([1, 2, 3, 4, 5, 6])) {
        if (refusal !== undefined) refused.push(number);
      }
      assertEquals(refused, [3]);
      await client.noop();
    },
    { pipeline: 4 },
  );
});

Deno.test("the window is bounded by the announced octets too, but one message always goes", async () => {
  const big = 3 * 1024 * 1024;
  await withServer(
    `
    S: +OK
    C: LIST
    S: +OK
    S: 1 ${big}
    S: 2 ${big}
    S: 3 100
    S: .
    C: RETR 1
    S: -ERR
    C: RETR 2
    C: RETR 3
    S: -ERR
    S: -ERR
    `,
    async (client) => {
      await client.list();
      for await (const { refusal } of client.retrieve([1, 2, 3])) assertEquals(!refusal, false);
    },
    { pipeline: 100 },
  );
});

Deno.test("nothing is sent ahead unless CAPA announces it, asked after the sign-in", async () => {
  const dialogue = (capability: string, before: string, after: string): string => `
    S: +OK
    C: CAPA
    S: +OK
    S: PIPELINING
    S: .
    C: USER me
    S: +OK
    C: PASS secret
    S: +OK
    C: CAPA
    S: +OK
    S: ${capability}
    S: .
    C: DELE 1
    ${before}
    C: DELE 2
    ${after}
    S: +OK
    `;
  const work = async (client: Pop3Client): Promise<void> => {
    await client.signIn({ user: "me", password: "secret", method: "user" });
    for await (const { refusal } of client.deleteAll([1, 2])) assertEquals(refusal, undefined);
  };
  await withServer(dialogue("PIPELINING", "", "S: +OK"), work, { pipeline: "auto" });
  await withServer(dialogue("TOP", "S: +OK", ""), work, { pipeline: "auto" });
});

Deno.test("full buffers on both sides lock nobody", async () => {
  // The commands alone are larger than what the transport holds unread.
  const count = 24_000;
  const messages = Array.from({ length: count }, () => latin1("a message of some octets\r\n"));
  const { transport } = mailboxServer({ messages });
  await using client = await Pop3Client.over(transport, { pipeline: count });
  let fetched = 0;
  for await (const { octets } of client.retrieve(messages.keys().map((i) => i + 1))) {
    await octets?.finish();
    fetched++;
  }
  assertEquals(fetched, count);
});

Deno.test("a refused message does not end the others", async () => {
  const messages = ["one\r\n", "two\r\n", "three\r\n"].map(latin1);
  for (const pipeline of ["off", 10] as const) {
    const { transport } = mailboxServer({ messages, refused: [2] });
    await using client = await Pop3Client.over(transport, { pipeline });
    const got: string[] = [];
    for await (const { octets, refusal } of client.retrieve([1, 2, 3])) {
      got.push(refusal === undefined ? await textOf(octets) : refusal.message);
    }
    assertEquals(got, ["one\r\n", "The server refused RETR 2: no such message", "three\r\n"]);
  }
});

Deno.test("messages that are sent into each other are none", async () => {
  const interleaved = `
    S: +OK
    C: LIST
    S: +OK
    S: 1 10
    S: 2 10
    S: .
    C: RETR 1
    C: RETR 2
    S: +OK
    S: one
    S: +OK
    S: TWO
    S: one
    S: .
    `;
  for (const rest of ["S: TWO\n S: .", "S: +OKAY is no status\n S: ."]) {
    await withServer(interleaved + rest, async (client) => {
      await client.list();
      const error = await assertRejects(async () => {
        for await (const { octets } of client.retrieve([1, 2])) await octets?.finish();
      }, ProtocolError);
      assertStringIncludes(error.message, "message 1");
      assertEquals(client.commandsAhead > 0, true);
    }, { pipeline: 2 });
  }
});

Deno.test("sizes that are wrong do no harm to messages that follow each other", async () => {
  const messages = ["one\r\n", "two\r\n", "three\r\n"].map(latin1);
  const portions = (octets: Uint8Array) => Array.from(octets, (octet) => Uint8Array.of(octet));
  const { transport } = mailboxServer({ messages, listedSize: (size) => size + 7, portions });
  await using client = await Pop3Client.over(transport, { pipeline: 10 });
  await client.list();
  const got: string[] = [];
  for await (const { octets } of client.retrieve([1, 2, 3])) {
    if (octets !== undefined) got.push(await textOf(octets));
  }
  assertEquals(got, ["one\r\n", "two\r\n", "three\r\n"]);
});

Deno.test("what is not read is dropped, and the session goes on", async () => {
  const messages = Array.from({ length: 20 }, (_, i) => latin1(`${"x".repeat(50_000)}${i}\r\n`));
  const { transport } = mailboxServer({ messages });
  await using client = await Pop3Client.over(transport, { pipeline: 10 });
  for await (const { number, octets } of client.retrieve(messages.keys().map((i) => i + 1))) {
    if (number === 2) { for await (const _ of octets ?? []) break; }
    if (number === 5) break;
  }
  for await (const _ of client.retr(7)) break;
  assertEquals(await textOf(client.retr(9)), text(messages[8] ?? latin1("")));
  await client.quit();
});

Deno.test("a command between two messages fails at once instead of waiting for ever", async () => {
  const messages = ["one\r\n", "two\r\n"].map(latin1);
  const { transport } = mailboxServer({ messages });
  await using client = await Pop3Client.over(transport, { pipeline: 10 });
  for await (const { number } of client.retrieve([1, 2])) {
    await assertRejects(() => client.dele(number), BusyError, "Cannot send DELE");
  }
  await client.dele(1);
});

Deno.test("commands given at once take turns", async () => {
  const messages = ["one\r\n"].map(latin1);
  const { transport, commands } = mailboxServer({ messages });
  await using client = await Pop3Client.over(transport, { pipeline: 10 });
  const [list] = await Promise.all([client.list(), client.noop(), client.list()]);
  assertEquals(list, [{ number: 1, size: 5 }]);
  assertEquals(commands, ["LIST", "NOOP", "LIST"]);
});

Deno.test("a connection cut within a message is never the end of a message", async () => {
  const messages = ["one\r\n", "two\r\n.\r\nthree\r\n"].map(latin1);
  for (const stuffs of [true, false]) {
    for (const pipeline of ["off", 10] as const) {
      // The two replies without their texts: status line, message, stuffing, end.
      const whole = 14 + 5 + 3 + 15 + 15 + (stuffs ? 1 : 0) + 3;
      for (let closesAfter = 0; closesAfter < whole; closesAfter++) {
        const { transport } = mailboxServer({ messages, closesAfter, stuffs });
        await using client = await Pop3Client.over(transport, { pipeline });
        await client.list();
        const complete: string[] = [];
        const error = await assertRejects(async () => {
          for await (const { octets } of client.retrieve([1, 2])) {
            if (octets !== undefined) complete.push(await textOf(octets));
          }
          throw new Error(`closed after ${closesAfter} octets, and nobody noticed`);
        }, ConnectionError);
        assertEquals(error.kind, "lost");
        assertEquals(["one\r\n"].slice(0, complete.length), complete);
        await assertRejects(() => client.noop(), ConnectionError);
      }
    }
  }
});
