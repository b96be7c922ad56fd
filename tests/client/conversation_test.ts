import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError } from "../../lib/net/errors.ts";
import { ProtocolError, ServerRefusal } from "../../lib/protocol/errors.ts";
import { everyWay, scriptedServer, textOf, withServer } from "./scripted_server.ts";
import { Pop3Client } from "../../lib/client/client.ts";

everyWay(
  "a whole session: sign-in, STAT, LIST, UIDL, RETR, DELE, QUIT",
  `
  S: +OK POP3 ready
  C: USER me
  S: +OK
  C: PASS pass word
  S: +OK maildrop locked and ready
  C: STAT
  S: +OK 2 320
  C: LIST
  S: +OK 2 messages
  S: 1 120
  S: 2 200
  S: .
  C: UIDL
  S: +OK
  S: 1 whqtswO00WBw418f9t5JxYwZ
  S: 2 QhdPYR:00WBw1Ph7x7
  S: .
  C: RETR 1
  S: +OK 120 octets
  S: Subject: hello
  S:
  S: ..dotted
  S: ...
  S: ${"x".repeat(100)}
  S: .
  C: DELE 1
  S: +OK message 1 deleted
  C: QUIT
  S: +OK bye
  `,
  async (client, eol) => {
    assertEquals(client.greeting, "POP3 ready");
    await client.signIn({ user: "me", password: "pass word", method: "user" });
    assertEquals(await client.stat(), { count: 2, octets: 320 });
    assertEquals(await client.list(), [{ number: 1, size: 120 }, { number: 2, size: 200 }]);
    assertEquals(await client.uidl(), [
      { number: 1, uid: "whqtswO00WBw418f9t5JxYwZ" },
      { number: 2, uid: "QhdPYR:00WBw1Ph7x7" },
    ]);
    const lines = ["Subject: hello", "", ".dotted", "..", "x".repeat(100), ""];
    assertEquals(await textOf(client.retr(1)), lines.join(eol));
    await client.dele(1);
    await client.quit();
  },
);

everyWay(
  "a refusal carries the server's words and code, and the session goes on",
  `
  S: +OK
  C: LIST 7
  S: -ERR no such message
  C: RETR 7
  S: -ERR [SYS/TEMP] try again later
  C: DELE 8
  S: -ERR
  C: NOOP
  S: +ok
  C: QUIT
  S: +OK
  `,
  async (client) => {
    const first = await assertRejects(() => textOf(client.retr(7)), ServerRefusal);
    assertEquals([first.command, first.code, first.text], [
      "RETR 7",
      "SYS/TEMP",
      "try again later",
    ]);
    const second = await assertRejects(() => client.dele(8), ServerRefusal, "it gave no reason");
    assertEquals([second.code, second.text], [undefined, ""]);
    await client.noop();
    await client.quit();
  },
);

everyWay(
  "TOP gives the header and some lines, stuffed as any message",
  `
  S: +OK
  C: TOP 3 1
  S: +OK
  S: Subject: x
  S:
  S: ..
  S: .
  C: NOOP
  S: +OK
  `,
  async (client, eol) => {
    assertEquals(await textOf(client.top(3, 1)), ["Subject: x", "", ".", ""].join(eol));
    await client.noop();
  },
);

Deno.test("a greeting with -ERR is a refusal of the connection", async () => {
  const server = scriptedServer("S: -ERR [SYS/TEMP] too many connections");
  const error = await assertRejects(() => Pop3Client.over(server.transport), ServerRefusal);
  assertEquals([error.command, error.code], ["the connection", "SYS/TEMP"]);
});

Deno.test("a server that closes before its greeting is lost, not silent for ever", async () => {
  const server = scriptedServer("X");
  const error = await assertRejects(
    () => Pop3Client.over(server.transport, { hostname: "pop.example.org" }),
    ConnectionError,
    "Cannot get the greeting from pop.example.org:2: the server closed the connection",
  );
  assertEquals(error.kind, "lost");
});

Deno.test("what is not a status line ends the session for good, with an excerpt", async () => {
  await withServer(
    `
    S: +OK
    C: NOOP
    S: \\x1b[31mHello, this is no reply ${"x".repeat(100)}
    `,
    async (client) => {
      const error = await assertRejects(() => client.noop(), ProtocolError, "the reply to NOOP");
      assertEquals(error.message.includes("\x1b"), false);
      assertEquals(await assertRejects(() => client.stat(), ProtocolError), error);
    },
  );
});

Deno.test("the answer to QUIT may be missing, unless there was something to be deleted", async () => {
  await withServer("S: +OK\nC: QUIT\nX", (client) => client.quit());
  await withServer("S: +OK\nC: DELE 1\nS: +OK\nC: QUIT\nX", async (client) => {
    await client.dele(1);
    await assertRejects(() => client.quit(), ConnectionError);
  });
});

Deno.test("a refused QUIT says that not all was deleted", async () => {
  await withServer(
    "S: +OK\nC: DELE 1\nS: +OK\nC: QUIT\nS: -ERR some deleted messages not removed",
    async (client) => {
      await client.dele(1);
      await assertRejects(() => client.quit(), ServerRefusal, "some deleted messages not removed");
    },
  );
});

Deno.test("after close every command fails, and closing again is harmless", async () => {
  await withServer("S: +OK", async (client) => {
    client.close();
    client.close();
    await client[Symbol.asyncDispose]();
    const error = await assertRejects(() => client.noop(), ConnectionError, "closed on our side");
    assertEquals(error.kind, "lost");
  });
});
