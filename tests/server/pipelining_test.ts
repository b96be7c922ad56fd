import { assert, assertEquals } from "@std/assert";
import { octetByOctet, randomCuts, seeded } from "../helpers/random.ts";
import { latin1 } from "../helpers/random.ts";
import { type Dialogue, type Exchange, PASSWORD, withServer } from "./dialogue.ts";
import { DoubleStore } from "./double_store.ts";

const MESSAGES = ["Subject: 1\r\n\r\none\r\n", ".two\r\n", "three\r\n"];

const SESSION: readonly Exchange[] = [
  ["CAPA", "+OK", [
    "TOP",
    "UIDL",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "PIPELINING",
    "USER",
    "UTF8 USER",
    "SASL SCRAM-SHA-256 PLAIN LOGIN",
    "LANG",
    "EXPIRE NEVER",
  ]],
  ["USER me", "+OK"],
  ["PASS wrong", "-ERR [AUTH]"],
  ["USER me", "+OK"],
  [`PASS ${PASSWORD}`, "+OK"],
  ["STAT", "+OK 3 32"],
  ["LIST", "+OK", ["1 19", "2 6", "3 7"]],
  ["UIDL 2", "+OK 2 guid-2"],
  ["RETR 2", "+OK", ["..two"]],
  ["RETR 1", "+OK", ["Subject: 1", "", "one"]],
  ["TOP 1 0", "+OK", ["Subject: 1", ""]],
  ["WHAT", "-ERR"],
  ["DELE 3", "+OK"],
  ["RETR 3", "-ERR"],
  ["NOOP", "+OK"],
  ["QUIT", "+OK"],
];
const OCTETS = latin1(SESSION.map(([command]) => command + "\r\n").join(""));

async function expectAll(me: Dialogue): Promise<void> {
  await me.expect("greeting", "+OK");
  for (const [command, status, lines] of SESSION) await me.expect(command, status, lines);
  await me.closed();
}

Deno.test("a whole session in one write is answered in order, in two writes", () =>
  withServer(new DoubleStore(MESSAGES), {}, async (server) => {
    const me = server.connect();
    await me.transport.write(OCTETS);
    await expectAll(me);
    const [summary] = server.log.entries;
    assertEquals(summary?.fields.ended, "quit");
    assertEquals(me.transport.peerWrites, 2); // the greeting and all the rest
  }));

Deno.test("commands cut octet by octet get the same answers", () =>
  withServer(new DoubleStore(MESSAGES), {}, async (server) => {
    const me = server.connect();
    for (const piece of octetByOctet(OCTETS)) await me.transport.write(piece);
    await expectAll(me);
  }));

Deno.test("commands cut at random places get the same answers", async () => {
  const random = seeded(42);
  for (let round = 0; round < 50; round++) {
    await withServer(new DoubleStore(MESSAGES), {}, async (server) => {
      const me = server.connect();
      for (const piece of randomCuts(OCTETS, random)) {
        await me.transport.write(piece);
        if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await expectAll(me);
    });
  }
});

Deno.test("a small message leaves in one write with its status line and final dot", () =>
  withServer(new DoubleStore(MESSAGES), {}, async (server) => {
    const me = await server.signedIn();
    const before = me.transport.peerWrites;
    await me.talk(["RETR 1", "+OK", ["Subject: 1", "", "one"]]);
    await me.talk(["LIST", "+OK", ["1 19", "2 6", "3 7"]]);
    assertEquals(me.transport.peerWrites, before + 2);
  }));

Deno.test("many small messages share few writes", async () => {
  const text = "k".repeat(998) + "\r\n";
  const store = new DoubleStore(Array.from({ length: 1000 }, () => text));
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    const before = me.transport.peerWrites;
    const commands = Array.from({ length: 1000 }, (_, index) => `RETR ${index + 1}\r\n`).join("");
    await me.send(commands);
    for (let number = 1; number <= 1000; number++) {
      await me.expect(`RETR ${number}`, "+OK 1000 octets", [text.slice(0, -2)]);
    }
    const writes = me.transport.peerWrites - before;
    assert(writes <= 30, `${writes} writes for a megabyte`);
  });
});

Deno.test("a client that pipelines without reading is not read from either", async () => {
  const text = "k".repeat(9998) + "\r\n";
  await withServer(new DoubleStore([text]), {}, async (server) => {
    const me = await server.signedIn();
    let sent = 0;
    let done = false;
    const sending = (async () => {
      for (; sent < 300_000; sent++) await me.send("RETR 1\r\n");
      done = true;
    })().catch(() => {});
    for (let before = -1; before !== sent;) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals(done, false);
    me.transport.close();
    await sending;
    await server.ended();
  });
});

Deno.test("100,000 pipelined NOOPs are all answered", () =>
  withServer(new DoubleStore(MESSAGES), {}, async (server) => {
    const me = await server.signedIn();
    const sending = me.send("NOOP\r\n".repeat(100_000));
    for (let count = 0; count < 100_000; count++) assertEquals(await me.line(), "+OK");
    await sending;
    await me.talk(["STAT", "+OK 3 32"]);
  }));

Deno.test("a command line of 255 octets is taken, one of 256 is -ERR", () =>
  withServer(new DoubleStore(MESSAGES), {}, async (server) => {
    const me = server.connect();
    await me.line();
    await me.talk(
      [`USER ${"u".repeat(248)}`, "+OK"],
      [`USER ${"u".repeat(249)}`, "-ERR The command line is too long"],
      ["USER me", "+OK"],
      [`PASS ${PASSWORD}`, "+OK"],
      ["x".repeat(10_000), "-ERR The command line is too long"],
      ["STAT", "+OK 3 32"],
    );
  }));

Deno.test("a line of 10 MB is answered once, and what follows is not lost", () =>
  withServer(new DoubleStore(MESSAGES), {}, async (server) => {
    const me = await server.signedIn();
    const octets = new Uint8Array(64 * 1024).fill(0x41);
    for (let count = 0; count < 160; count++) await me.transport.write(octets);
    await me.send("\r\nSTAT\r\n");
    await me.expect("line", "-ERR The command line is too long");
    await me.expect("STAT", "+OK 3 32");
  }));
