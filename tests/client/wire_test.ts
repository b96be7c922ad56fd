import { assertEquals, assertRejects } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { TimeoutError } from "../../lib/net/errors.ts";
import { memoryPair } from "../../lib/net/memory_transport.ts";
import { ProtocolError } from "../../lib/protocol/errors.ts";
import { latin1 } from "../helpers/random.ts";
import { textOf, withServer } from "./scripted_server.ts";

Deno.test("a reply that does not come ends the session, and says what was waited for", async () => {
  const [transport, end] = memoryPair();
  await end.write(latin1("+OK\r\n"));
  const options = { hostname: "pop.example.org", timeoutSeconds: 0.03 };
  await using client = await Pop3Client.over(transport, options);
  const error = await assertRejects(
    () => client.stat(),
    TimeoutError,
    "Cannot get the reply to STAT from pop.example.org:2: no progress for 0.03 seconds",
  );
  assertEquals(await assertRejects(() => client.noop()), error);
  end.close();
});

Deno.test("a message that stops in the middle ends the session", async () => {
  const [transport, end] = memoryPair();
  await end.write(latin1("+OK\r\n"));
  await using client = await Pop3Client.over(transport, { timeoutSeconds: 0.03 });
  await end.write(latin1("+OK\r\nSubject: x\r\n"));
  const read = () => textOf(client.top(1, 0));
  await assertRejects(read, TimeoutError, "Cannot get the top of message 1 from");
  end.close();
});

Deno.test("slow is not stuck: every octet starts the time-out anew", async () => {
  const [transport, end] = memoryPair();
  await end.write(latin1("+OK\r\n"));
  await using client = await Pop3Client.over(transport, { timeoutSeconds: 0.4 });
  const answer = (async () => {
    for (const octet of latin1("+OK 12 3456789\r\n")) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      await end.write(Uint8Array.of(octet));
    }
  })();
  assertEquals(await client.stat(), { count: 12, octets: 3_456_789 });
  await answer;
  end.close();
});

Deno.test("time that the caller takes is nobody's fault", async () => {
  const [transport, end] = memoryPair();
  await end.write(latin1("+OK\r\n"));
  await using client = await Pop3Client.over(transport, { timeoutSeconds: 0.02 });
  await new Promise((resolve) => setTimeout(resolve, 80));
  await end.write(latin1("+OK\r\n"));
  await client.noop();
  end.close();
});

Deno.test("an abort ends every wait with its reason, and later calls too", async () => {
  const [transport, end] = memoryPair();
  await end.write(latin1("+OK\r\n"));
  const controller = new AbortController();
  await using client = await Pop3Client.over(transport, { signal: controller.signal });
  const waiting = assertRejects(() => client.stat(), Error, "enough");
  controller.abort(new Error("enough"));
  await waiting;
  await assertRejects(() => client.noop(), Error, "enough");
  end.close();
});

Deno.test("a session that was aborted before it began does not begin", async () => {
  const [transport, end] = memoryPair();
  const signal = AbortSignal.abort(new Error("never mind"));
  await assertRejects(() => Pop3Client.over(transport, { signal }), Error, "never mind");
  end.close();
});

Deno.test("what a server said before it closed is read, though nobody takes the next command", async () => {
  const [transport, end] = memoryPair();
  await end.write(latin1("+OK\r\n-ERR [SYS/TEMP] shutting down\r\n"));
  end.close();
  await using client = await Pop3Client.over(transport);
  await assertRejects(() => client.noop(), Error, "The server refused NOOP: shutting down");
});

Deno.test("plain text behind the answer to STLS is an error, never input", async () => {
  for (const behind of ["+OK injected\\r\\n", "+"]) {
    await assertRejects(
      () =>
        withServer(
          `S: +OK\nC: STLS\nS- +OK begin\\r\\n${behind}`,
          () => Promise.reject(new Error("this went on")),
          { security: "stls" },
        ),
      ProtocolError,
      "plain text follows its answer to STLS",
    );
  }
});

Deno.test("a refused STLS ends it: there is no way back to plain text", async () => {
  await assertRejects(
    () =>
      withServer(
        "S: +OK\nC: STLS\nS: -ERR not here",
        () => Promise.reject(new Error("this went on")),
        { security: "stls" },
      ),
    Error,
    "The server refused STLS: not here",
  );
});

Deno.test("capabilities are forgotten with the sign-in and asked for again", async () => {
  await withServer(
    `
    S: +OK
    C: CAPA
    S: +OK
    S: USER
    S: .
    C: USER me
    S: +OK
    C: PASS secret
    S: +OK
    C: CAPA
    S: +OK
    S: PIPELINING
    S: .
    `,
    async (client) => {
      assertEquals((await client.capabilities()).lines, ["USER"]);
      assertEquals((await client.capabilities()).lines, ["USER"]);
      await client.signIn({ user: "me", password: "secret", method: "user" });
      assertEquals((await client.capabilities()).lines, ["PIPELINING"]);
    },
  );
});

Deno.test("an endless listing is cut off", async () => {
  const lines = Array.from({ length: 1001 }, (_, i) => `S: CAPABILITY-${i}`).join("\n");
  await withServer(`S: +OK\nC: CAPA\nS: +OK\n${lines}`, async (client) => {
    await assertRejects(() => client.capa(), ProtocolError, "does not end after 1000 lines");
  });
});

Deno.test("an endless line in a listing is cut off before it fills the memory", async () => {
  const long = "x".repeat(100_000);
  await withServer(`S: +OK\nC: LIST\nS: +OK\nS- 1 ${long}\nS- ${long}`, async (client) => {
    await assertRejects(() => client.list(), ProtocolError, "longer than 8192 octets");
  });
});

Deno.test("a dialogue is told with its waits and without contents", async () => {
  const told: string[] = [];
  let waits = 0;
  await withServer(
    "S: +OK hi\nC: LIST\nS: +OK\nS: 1 3\nS: .\nC: RETR 1\nS: +OK 3\nS: abc\nS: .",
    async (client) => {
      await client.list();
      await textOf(client.retr(1));
    },
    {
      dialogue: {
        onSend: (text) => told.push(`C: ${text}`),
        onReceive: (text) => told.push(`S: ${text}`),
        onWait: () => waits++,
      },
    },
  );
  const receipts = ["S: +OK", "S: (1 lines)", "C: RETR 1", "S: +OK 3", "S: (5 octets)"];
  assertEquals(told, ["S: +OK hi", "C: LIST", ...receipts]);
  assertEquals(waits, 3);
});
