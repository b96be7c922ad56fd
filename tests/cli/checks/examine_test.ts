import { assertEquals } from "@std/assert";
import { singlePassword } from "../../../lib/auth/single_password.ts";
import { examine } from "../../../lib/cli/checks/remote/examine.ts";
import type { Finding } from "../../../lib/cli/checks/remote/finding.ts";
import { Recorder } from "../../../lib/cli/checks/remote/recorder.ts";
import { Pop3Client } from "../../../lib/client/client.ts";
import { MemoryListener } from "../../../lib/net/memory_listener.ts";
import type { Transport } from "../../../lib/net/transport.ts";
import { Pop3Server } from "../../../lib/server/server.ts";
import { FakeStore } from "../../../lib/stores/fake.ts";
import { scriptedServer } from "../../client/scripted_server.ts";

/** A server that greets in lower case, counts wrong, shares ids, does not stuff, and refuses TOP. */
const STRAYING = `
  S: +ok ready
  C: CAPA
  S: +OK
  S: TOP
  S: EXPIRENEVER
  S: LOGIN-DELAY soon
  S: .
  C: USER me
  S: +OK
  C: PASS secret
  S: +OK
  C: CAPA
  S: +OK
  S: TOP
  S: .
  C: LIST
  S: +OK
  S: 1 7
  S: 3  5
  S: .
  C: STAT
  S: +OK 3 12
  C: LIST 1
  S: +OK 1 8
  C: LIST 4
  S: +OK 4 0
  C: UIDL
  S: +OK
  S: 1 same
  S: 3 same
  S: .
  C: UIDL 1
  S: +OK 1 other
  C: RETR 3
  S: +OK
  S: Subject: longer
  S: .
  C: RETR 1
  S: +OK
  S: .dot!
  S: .
  C: TOP 3 0
  S: -ERR no
  C: NOOP
  S: +OK
  C: NOOP
  S: +OK
  C: NOOP
  S: +OK
  C: NOOP
  S: +OK
  C: NOOP
  S: +OK
  C: RSET
  S: +OK
  C: QUIT
  S: -ERR not now
`;

/** A server without CAPA and TOP that gives two messages of one size one id. */
const COPIES = `
  S: +OK
  C: CAPA
  S: -ERR
  C: USER me
  S: +OK
  C: PASS secret
  S: +OK
  C: CAPA
  S: -ERR
  C: LIST
  S: +OK
  S: 1 12
  S: 2 12
  S: .
  C: STAT
  S: +OK 2 24
  C: LIST 1
  S: +OK 1 12
  C: LIST 3
  S: -ERR
  C: UIDL
  S: +OK
  S: 1 same
  S: 2 same
  S: .
  C: UIDL 1
  S: +OK 1 same
  C: RETR 1
  S: +OK
  S: Subject: a
  S: .
  C: RETR 2
  S: +OK
  S: Subject: a
  S: .
  C: TOP 1 0
  S: -ERR
  ${"C: NOOP\n  S: +OK\n  ".repeat(5)}
  C: RSET
  S: +OK
  C: QUIT
  S: +OK
`;

async function findings(transport: Transport): Promise<readonly Finding[]> {
  const recorder = new Recorder();
  const { dialogue } = recorder;
  await using client = await Pop3Client.over(transport, { dialogue, timeoutSeconds: 20 });
  const signIn = () => client.signIn({ user: "me", password: "secret", method: "user" });
  const found: Finding[] = [];
  for await (const finding of examine({ client, recorder, signIn })) found.push(finding);
  return found;
}

Deno.test("a server that strays is told where", async () => {
  const { transport, finished } = scriptedServer(STRAYING);
  const found = await findings(transport);
  transport.close();
  await finished;
  const strays = found.filter(({ passed }) => !passed).map(({ name, text }) => `${name}: ${text}`);
  assertEquals(strays, [
    'capabilities are well-formed: "EXPIRENEVER" lacks the space behind EXPIRE; ' +
    '"LOGIN-DELAY soon" has not the parameters of LOGIN-DELAY',
    'LIST: the line "3  5" is not "NUMBER SIZE" CRLF; ' +
    "line 2 is of message 3: a new session counts from 1",
    "STAT agrees with LIST: 3 messages of 12 octets, where LIST has 2 of 12",
    "LIST 1 agrees with LIST: 8 octets, where LIST says 7",
    "a message that is not there is refused: LIST 4 gets +OK (RFC 1939 §5)",
    "UIDL: messages 1 and 3 share an id, and are no copies",
    "UIDL 1 agrees with UIDL: it gives another id than the listing",
    "LIST sizes are those of RETR: message 3 has 17 octets, where LIST says 5",
    "lines that begin with a dot are stuffed (RFC 1939 §3): message 1 is not",
    "TOP: announced in CAPA, and refused",
    'status lines: "+ok ready" does not begin with an upper-case +OK or -ERR (RFC 1939 §3)',
    "RSET and QUIT: The server refused QUIT: not now",
  ]);
});

Deno.test("copies of one message may share an id", async () => {
  const { transport, finished } = scriptedServer(COPIES);
  const found = await findings(transport);
  transport.close();
  await finished;
  assertEquals(found.filter(({ passed }) => !passed), []);
  const [uidl] = found.filter(({ name }) => name === "UIDL");
  assertEquals(uidl?.text, "2 ids, 1 of them given to a copy");
});

Deno.test("our own server strays nowhere, and loses nothing by it", async () => {
  const store = new FakeStore({ count: 12 });
  const listener = new MemoryListener();
  await using _server = Pop3Server.start({
    listener,
    authenticator: singlePassword("secret"),
    openStore: () => Promise.resolve(store),
  });
  const found = await findings(listener.connect());
  assertEquals(found.filter(({ passed }) => !passed), []);
  assertEquals(
    found.find(({ name }) => name === "PIPELINING")?.text.slice(0, 20),
    "announced, and real:",
  );
  assertEquals((await store.query({ tags: ["unread"] })).length, 12);
});
