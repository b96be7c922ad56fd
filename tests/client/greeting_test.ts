import { assertEquals, assertRejects } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { TimeoutError } from "../../lib/net/errors.ts";
import { memoryPair } from "../../lib/net/memory_transport.ts";
import { ProtocolError } from "../../lib/protocol/errors.ts";
import { everyWay, PLAIN, scriptedServer } from "./scripted_server.ts";

for (
  const [name, line, greeting] of [
    ["Gmail's", "+OK Gpop ready for requests from 192.0.2.1 x12mb1", "Gpop ready for requests"],
    ["Exchange's", "+OK Microsoft Exchange Server POP3 ready. [TABPADkAVwA=]", "Microsoft"],
    ["one without text", "+OK", ""],
    ["one in lower case", "+ok ready", "ready"],
  ] as const
) {
  everyWay(`a greeting is understood: ${name}`, `S: ${line}`, (client) => {
    assertEquals(client.greeting.startsWith(greeting), true, client.greeting);
    return Promise.resolve();
  });
}

for (
  const [protocol, banner] of [
    ["an SMTP server", "S: 220 mail.example.org ESMTP Postfix"],
    ["an IMAP server", "S: * OK [CAPABILITY IMAP4rev1] ready"],
    ["an HTTP server", "S: HTTP/1.1 400 Bad Request"],
    ["an SSH server", "S: SSH-2.0-OpenSSH_9.2p1"],
    ["an FTP server", "S: 220 (vsFTPd 3.0.3)"],
    ["a server that speaks TLS from the first octet on", "S- \\x15\\x03\\x03\\x00\\x02\\x02\\x0a"],
  ] as const
) {
  for (const portions of ["whole", "octets"] as const) {
    Deno.test(`a banner tells that this is ${protocol} (${portions})`, async () => {
      const server = scriptedServer(banner, { ...PLAIN, portions });
      await assertRejects(
        () => Pop3Client.over(server.transport, { hostname: "mail.example.org" }),
        ProtocolError,
        `Cannot talk POP3 to mail.example.org:2: it looks like ${protocol}`,
      );
    });
  }
}

Deno.test("a first line of megabytes is refused, not kept", async () => {
  const server = scriptedServer(`S: +OK ${"x".repeat(3_000_000)}`);
  await assertRejects(() => Pop3Client.over(server.transport), ProtocolError, "longer than 8192");
});

Deno.test("a server that says nothing may want TLS: the time-out says so", async () => {
  const [transport, end] = memoryPair();
  await assertRejects(
    () => Pop3Client.over(transport, { timeoutSeconds: 0.02 }),
    TimeoutError,
    "try --tls",
  );
  end.close();
});
