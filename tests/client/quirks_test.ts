/** The rows of the table of measured client behaviour (docs/quirks.md), by name. */

import { assertEquals, assertRejects } from "@std/assert";
import type { Pop3Client } from "../../lib/client/client.ts";
import { selectMessages } from "../../lib/client/select.ts";
import { ConnectionError } from "../../lib/net/errors.ts";
import { ServerRefusal } from "../../lib/protocol/errors.ts";
import { everyWay, PLAIN, textOf, withServer } from "./scripted_server.ts";

/** A server with one message that is sent as `body` says; `size` is what LIST tells. */
function oneMessage(size: number, body: string): string {
  return `
    S: +OK
    C: LIST
    S: +OK
    S: 1 ${size}
    S: .
    C: RETR 1
    S: +OK
    ${body}
    C: QUIT
    S: +OK
  `;
}

function fetchOne(expected: (eol: string) => string) {
  return async (client: Pop3Client, eol: string): Promise<void> => {
    await client.list();
    assertEquals(await textOf(client.retr(1)), expected(eol));
    await client.quit();
  };
}

const ROWS: readonly { name: string; body: string; expected: string }[] = [
  {
    name: "stuffed lines and a stuffed first octet lose the dot",
    body: "S: ..first\nS: a\nS: ...\nS: ..two\nS: .",
    expected: ".first|a|..|.two|",
  },
  {
    name: "a line that was not stuffed keeps its dot",
    body: "S: .foo\nS: a\nS: .",
    expected: ".foo|a|",
  },
  {
    name: "a dot and a NUL are content",
    body: "S: .\\x00more\nS: a\nS: .",
    expected: ".\0more|a|",
  },
  { name: "NUL stays", body: "S: a\\x00b\nS: .", expected: "a\0b|" },
  {
    name: "8-bit octets that are no UTF-8 stay",
    body: "S: \\xe9\\xff\\xc3\\x28\\xfe\\x80\nS: .",
    expected: "\xe9\xff\xc3\x28\xfe\x80|",
  },
  {
    name: "a line of 5,000 octets is one line",
    body: `S: ${"x".repeat(5000)}\nS: .`,
    expected: `${"x".repeat(5000)}|`,
  },
  {
    name: "a line of 100,000 octets is one line",
    body: `S: ${"x".repeat(100_000)}\nS: .`,
    expected: `${"x".repeat(100_000)}|`,
  },
  {
    name: "a bare CR within a line stays",
    body: "S: a\\rb\\r\\rc\nS: .",
    expected: "a\rb\r\rc|",
  },
  { name: "an empty message is empty", body: "S: .", expected: "" },
];

for (const { name, body, expected } of ROWS) {
  const work = fetchOne((eol) => expected.replaceAll("|", eol));
  everyWay(name, oneMessage(0, body), work);
}

everyWay(
  "a size in LIST that is too small does no harm",
  oneMessage(1, "S: abc\nS: ..\nS: ."),
  fetchOne((eol) => `abc${eol}.${eol}`),
);

everyWay(
  "a size in LIST that is far too large does no harm",
  oneMessage(3_000_000_000, "S: abc\nS: .\nC: NOOP\nS: +OK"),
  fetchOne((eol) => `abc${eol}`),
);

Deno.test("a dot between bare LFs is content where the session has CRLF", async () => {
  for (const portions of ["whole", "octets"] as const) {
    await withServer(
      oneMessage(12, "S- a\\n.\\nb\\n.\\n\\r\\n\nS: c\nS: ."),
      fetchOne(() => "a\n.\nb\n.\n\r\nc\r\n"),
      { replay: { ...PLAIN, portions } },
    );
  }
});

Deno.test("a server that closes before the final dot is lost, never done", async () => {
  for (const portions of ["whole", "octets"] as const) {
    await withServer(
      "S: +OK\nC: LIST 1\nS: +OK 1 90\nC: RETR 1\nS: +OK\nS: Subject: x\nS:\nS- the beginn\nX",
      async (client) => {
        const error = await assertRejects(
          () => textOf(client.retr(1)),
          ConnectionError,
          "Cannot get message 1 from pop.example.org:2: the server closed the connection",
        );
        assertEquals(error.kind, "lost");
      },
      { replay: { ...PLAIN, portions } },
    );
  }
});

everyWay(
  "a server without CAPA, UIDL and TOP is good enough",
  `
  S: +OK
  C: CAPA
  S: -ERR
  C: USER me
  S: +OK
  C: PASS secret
  S: +OK
  C: LIST
  S: +OK
  S: 1 3
  S: .
  C: UIDL
  S: -ERR unknown command
  C: CAPA
  S: -ERR
  C: RETR 1
  S: +OK
  S: abc
  S: .
  C: TOP 1 0
  S: -ERR unknown command
  C: QUIT
  S: +OK
  `,
  async (client, eol) => {
    assertEquals((await client.capabilities()).lines, []);
    assertEquals((await client.capabilities()).lines, []);
    await client.signIn({ user: "me", password: "secret" });
    assertEquals(await selectMessages(client, { uids: true }), [{ number: 1, size: 3 }]);
    for await (const { octets } of client.retrieve([1])) {
      assertEquals(octets === undefined ? "" : await textOf(octets), `abc${eol}`);
    }
    await assertRejects(() => textOf(client.top(1, 0)), ServerRefusal);
    await client.quit();
  },
  { pipeline: "auto" },
);

everyWay(
  "UIDL with several spaces, a blank id, a long one, an extra +OK and gaps is read as it is",
  `
  S: +OK
  C: UIDL
  S: +OK
  S: 1   three-spaces
  S: 2
  S: 5 ${"u".repeat(80)}
  S: +OK 7 prefixed
  S: 9 prefixed
  S:
  S: .
  `,
  async (client) => {
    assertEquals(await client.uidl(), [
      { number: 1, uid: "three-spaces" },
      { number: 2, uid: "" },
      { number: 5, uid: "u".repeat(80) },
      { number: 7, uid: "prefixed" },
      { number: 9, uid: "prefixed" },
    ]);
  },
);

everyWay(
  "where STAT says two and LIST gives one, LIST counts",
  `
  S: +OK
  C: STAT
  S: +OK 2 320
  C: LIST
  S: +OK
  S: 2 200
  S: .
  `,
  async (client) => {
    assertEquals((await client.stat()).count, 2);
    assertEquals(await selectMessages(client), [{ number: 2, size: 200 }]);
  },
);

everyWay(
  "an empty mailbox lists nothing",
  "S: +OK\nC: LIST\nS: +OK 0 messages\nS: .\nC: UIDL\nS: +OK\nS: .\nC: STAT\nS: +OK 0 0",
  async (client) => {
    assertEquals(await client.list(), []);
    assertEquals(await client.uidl(), []);
    assertEquals(await client.stat(), { count: 0, octets: 0 });
  },
);
