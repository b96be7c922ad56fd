/** STLS (RFC 2595), UTF8 and LANG (RFC 6856) in memory; over sockets: tls_test.ts. */
import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { ConnectionError } from "../../lib/net/errors.ts";
import { MemoryListener } from "../../lib/net/memory_listener.ts";
import { Pop3Server, type Pop3ServerOptions } from "../../lib/server/server.ts";
import { PRETENDED_TLS } from "../helpers/pretended_tls.ts";
import { Dialogue, PASSWORD, type TestServer, withServer } from "./dialogue.ts";
import { DoubleStore } from "./double_store.ts";

async function talking(
  options: Partial<Pop3ServerOptions>,
  run: (me: Dialogue, server: TestServer) => Promise<void>,
): Promise<void> {
  await withServer(new DoubleStore(["one\r\n"]), options, async (server) => {
    await run(server.connect(), server);
  });
}

async function capa(me: Dialogue): Promise<string[]> {
  await me.talk(["CAPA", "+OK"]);
  return await me.lines();
}

Deno.test("STLS is neither offered nor taken without a certificate", () =>
  talking({}, async (me) => {
    await me.line();
    assertFalse((await capa(me)).includes("STLS"));
    await me.talk(["STLS", "-ERR"]);
  }));

Deno.test("CAPA has STLS before it, not after it, and not after sign-in", () =>
  talking({ tls: PRETENDED_TLS }, async (me, server) => {
    await me.line();
    assert((await capa(me)).includes("STLS"));
    await me.talk(["STLS", "+OK"]);
    assertFalse((await capa(me)).includes("STLS"));
    const other = await server.signedIn();
    assertFalse((await capa(other)).includes("STLS"));
  }));

Deno.test("a second STLS is refused, and one after sign-in", () =>
  talking({ tls: PRETENDED_TLS }, async (me, server) => {
    await me.line();
    await me.talk(["STLS", "+OK"], ["STLS", "-ERR TLS is in use already"]);
    const other = await server.signedIn();
    await other.talk(["STLS", "-ERR STLS works only before sign-in"], ["STAT", "+OK 1"]);
  }));

Deno.test("STLS takes no arguments, and there is no greeting after it", () =>
  talking({ tls: PRETENDED_TLS }, async (me) => {
    await me.line();
    await me.talk(["STLS now", "-ERR"], ["STLS", "+OK Begin TLS"], ["NOOP", "-ERR"]);
  }));

Deno.test("what came in the clear behind STLS is dropped, never run", () =>
  talking({ tls: PRETENDED_TLS }, async (me) => {
    await me.line();
    await me.send(`STLS\r\nUSER me\r\nPASS ${PASSWORD}\r\nSTAT\r\nNO`);
    await me.expect("STLS", "+OK Begin TLS");
    // Had any of it been run, its reply would come first.
    await me.talk(["USER you", "+OK Send PASS"], [`PASS ${PASSWORD}`, "+OK 1 messages"]);
  }));

Deno.test("the name of a USER in the clear is forgotten", () =>
  talking({ tls: PRETENDED_TLS }, async (me) => {
    await me.line();
    await me.talk(["USER me", "+OK"], ["STLS", "+OK"]);
    await me.talk([`PASS ${PASSWORD}`, "-ERR Send USER first"]);
  }));

Deno.test("a handshake that fails ends the session, and the log says so", () =>
  talking(
    { tls: { upgrade: () => Promise.reject(new ConnectionError("tls", "Cannot start TLS: no.")) } },
    async (me, server) => {
      await me.line();
      await me.talk(["STLS", "+OK"]);
      await me.closed();
      assertEquals((await server.ended()).ended, "TLS handshake failed");
    },
  ));

Deno.test("the log tells whether a session was over TLS", () =>
  talking({ tls: PRETENDED_TLS }, async (me, server) => {
    await me.line();
    await me.talk(["STLS", "+OK"], ["QUIT", "+OK"]);
    assertEquals((await server.ended()).tls, true);
  }));

const WHY = "-ERR Signing in needs TLS here: say STLS first";

Deno.test("where TLS is required no way to sign in is offered or taken before it, and why", () =>
  talking({ tls: PRETENDED_TLS, requireTls: true }, async (me) => {
    assertEquals(await me.line(), "+OK localhost POP3 server ready");
    assertFalse((await capa(me)).some((line) => /USER|SASL|APOP/.test(line)));
    await me.talk(
      ["USER me", WHY],
      [`PASS ${PASSWORD}`, WHY],
      [`APOP me ${"0".repeat(32)}`, WHY],
      ["AUTH", WHY],
      ["AUTH PLAIN", WHY],
      [`AUTH PLAIN ${btoa(`\0me\0${PASSWORD}`)}`, WHY],
      ["AUTH SCRAM-SHA-256", WHY],
      ["STLS", "+OK"],
    );
    const after = await capa(me);
    assert(after.includes("USER") && after.includes("UTF8 USER"));
    assert(after.includes("SASL SCRAM-SHA-256 PLAIN LOGIN"));
    await me.talk([`AUTH PLAIN ${btoa(`\0me\0${PASSWORD}`)}`, "+OK"]);
  }));

Deno.test("implicit TLS comes before the greeting, and APOP is there where TLS is required", async () => {
  const tlsListener = new MemoryListener();
  await talking({ tls: PRETENDED_TLS, requireTls: true, tlsListener }, async () => {
    const me = new Dialogue(tlsListener.connect());
    await me.expect("greeting", /<.*@localhost>$/);
    assertFalse((await capa(me)).includes("STLS"));
    await me.talk(["STLS", "-ERR TLS is in use"], ["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
  });
});

Deno.test("a server that requires TLS without a certificate does not start", () => {
  assertThrows(
    () =>
      Pop3Server.start({
        listener: new MemoryListener(),
        requireTls: true,
        authenticator: singlePassword(PASSWORD),
        openStore: () => Promise.resolve(new DoubleStore([])),
      }),
    TypeError,
    "need tls",
  );
});

Deno.test("UTF8 works before sign-in only, and STLS not after it", () =>
  talking({ tls: PRETENDED_TLS }, async (me) => {
    await me.line();
    assert((await capa(me)).includes("UTF8 USER"));
    await me.talk(["UTF8", "+OK"], ["UTF8", "+OK"], ["UTF8 x", "-ERR"]);
    await me.talk(["STLS", "-ERR STLS must come before UTF8"]);
    assertFalse((await capa(me)).includes("STLS"));
    await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
    await me.talk(["UTF8", "-ERR UTF8 works only before sign-in"]);
  }));

const HEADER = "To: you\r\nSubject: Gr\xc3\xbc\xc3\x9fe\r\n\r\n";
const IN_ASCII = "To: you\r\nSubject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n\r\n";
const BODY = ".\xff\xe4\r\n";

/** In one piece, in some, and larger than what is held of a message. */
const SHAPES: readonly [string, boolean, number, string][] = [
  ["at once", true, 64 * 1024, BODY],
  ["in one piece", false, 64 * 1024, BODY],
  ["octet by octet", false, 1, BODY],
  ["large", false, 64 * 1024, BODY.repeat(50_000)],
  ["large, in small pieces", false, 1000, BODY.repeat(50_000)],
];

for (const [shape, quick, chunkSize, body] of SHAPES) {
  Deno.test(`a header that is not ASCII comes in ASCII without UTF8, and as it is with it: ${shape}`, async () => {
    const store = new DoubleStore([HEADER + body]);
    Object.assign(store, { quick, chunkSize });
    await withServer(store, {}, async (server) => {
      const me = await server.signedIn();
      await me.talk(["RETR 1", "+OK With the header in ASCII"]);
      assert(await me.message() === IN_ASCII + body);
      await me.talk(["TOP 1 0", "+OK"]);
      assertEquals(await me.message(), IN_ASCII);
      await me.talk(["LIST 1", `+OK 1 ${HEADER.length + body.length}`], ["QUIT", "+OK"]);
      const you = server.connect();
      await you.line();
      await you.talk(["UTF8", "+OK"], ["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
      await you.talk(["RETR 1", `+OK ${HEADER.length + body.length} octets`]);
      assert(await you.message() === HEADER + body);
      await you.talk(["TOP 1 0", "+OK"]);
      assertEquals(await you.message(), HEADER);
      assertEquals(store.openReads, 0);
    });
  });
}

const MULTIPART = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
const PART = "Content-Description: Gr\xc3\xbc\xc3\x9fe\r\n";
const PART_IN_ASCII = "Content-Description: =?UTF-8?B?R3LDvMOfZQ==?=\r\n";

for (const [shape, quick, chunkSize, body] of SHAPES) {
  Deno.test(`a part's header comes in ASCII without UTF8, and as it is with it: ${shape}`, async () => {
    const store = new DoubleStore([`${MULTIPART}${PART}\r\n${body}`]);
    Object.assign(store, { quick, chunkSize });
    await withServer(store, {}, async (server) => {
      const me = await server.signedIn();
      await me.talk(["RETR 1", "+OK "]);
      assert(await me.message() === `${MULTIPART}${PART_IN_ASCII}\r\n${body}`);
      await me.talk(["TOP 1 2", "+OK"]);
      assertEquals(await me.message(), MULTIPART + PART_IN_ASCII);
      await me.talk(["QUIT", "+OK"]);
      const you = server.connect();
      await you.line();
      await you.talk(["UTF8", "+OK"], ["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
      await you.talk(["RETR 1", "+OK "]);
      assert(await you.message() === `${MULTIPART}${PART}\r\n${body}`);
      assertEquals(store.openReads, 0);
    });
  });
}

Deno.test("a body of 8-bit octets needs no UTF8", () =>
  withServer(new DoubleStore([`To: you\r\n\r\n${BODY}`]), {}, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 1", `+OK ${11 + BODY.length} octets`]);
    assertEquals(await me.message(), `To: you\r\n\r\n${BODY}`);
  }));

Deno.test("where it is asked for every client gets messages as they are", () =>
  withServer(new DoubleStore([HEADER + BODY]), { asciiHeaders: false }, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 1", `+OK ${HEADER.length + BODY.length} octets`]);
    assertEquals(await me.message(), HEADER + BODY);
  }));

Deno.test("LANG lists, chooses and refuses, before sign-in and after", () =>
  talking({}, async (me) => {
    await me.line();
    for (const state of ["before", "after"]) {
      await me.talk(
        ["LANG", "+OK", ["en English", "i-default Default, in English"]],
        ["LANG *", "+OK i-default "],
        ["LANG en", "+OK en "],
        ["LANG EN", "+OK en "],
        ["LANG en-GB-oed", "+OK en "],
        ["LANG i-default", "+OK i-default "],
        ["LANG fr", "-ERR "],
        ["LANG e", "-ERR "],
        ["LANG en us", "-ERR "],
      );
      if (state === "before") await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
    }
  }));
