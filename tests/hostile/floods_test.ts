/** Clients that send too much, too little or nonsense; each costs its own connection only. */
import { assert, assertEquals } from "@std/assert";
import { COMMAND_LINE_LIMIT } from "../../lib/protocol/limits.ts";
import { permitted } from "../helpers/permissions.ts";
import { latin1, seeded } from "../helpers/random.ts";
import { PASSWORD, TestServer, withServer } from "../server/dialogue.ts";
import { DoubleStore } from "../server/double_store.ts";
import { MemoryWatch, Site, until } from "./site.ts";

const NET = { net: true } as const;

permitted(NET, "ten megabytes without a line feed are one bad command", async () => {
  await using site = new Site();
  const me = await site.connect();
  await me.signIn();
  const part = latin1("z".repeat(64 * 1024));
  using memory = new MemoryWatch();
  let sent = 0;
  for (; sent < 10 * 1024 * 1024; sent += part.length) await me.transport.write(part);
  await site.serves();
  await me.send("\r\nNOOP\r\n");
  await me.expect("the long line", "-ERR");
  await me.expect("NOOP", "+OK");
  memory.staysBelow(48, `${sent} octets without a line feed`);
});

permitted(NET, "100,000 NOOPs at once are answered, while others are served", async () => {
  await using site = new Site();
  const me = await site.connect();
  await me.signIn();
  const count = 100_000;
  using memory = new MemoryWatch();
  const sending = me.send("NOOP\r\n".repeat(count));
  await site.serves();
  for (let i = 0; i < count; i++) await me.expect("NOOP", "+OK");
  await sending;
  await me.talk(["QUIT", "+OK"]);
  memory.staysBelow(64, `${count} NOOPs`);
});

Deno.test("who sends commands and reads no replies is not read any further", async () => {
  await withServer(new DoubleStore(["x\r\n"]), {}, async (server: TestServer) => {
    const me = await server.signedIn();
    let sent = 0;
    const block = latin1("LIST\r\n".repeat(10_000));
    const sending = (async () => {
      for (;; sent += block.length) await me.transport.write(block);
    })().catch(() => {});
    for (let before = -1; before !== sent;) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // What both directions hold, a buffer, and no more: a LIST costs six octets, its reply more.
    assert(sent < 1024 * 1024, `${sent} octets were taken`);
    me.transport.close();
    await sending;
  });
});

permitted(NET, "500 silent connections leave room for those who speak", async () => {
  await using site = new Site();
  // In turn: an old Deno listens with a backlog of 128, and the system drops what is beyond it.
  using memory = new MemoryWatch();
  for (let i = 0; i < 500; i++) await (await site.connect()).expect("greeting", "+OK");
  await site.serves();
  memory.staysBelow(48, "500 silent connections");
});

permitted(
  NET,
  "silent connections over the limit are turned away and cost no session",
  async () => {
    await using site = new Site({ maxConnections: 50 });
    const all = await Promise.all(Array.from({ length: 80 }, () => site.connect()));
    const greetings = await Promise.all(all.map((each) => each.line()));
    assertEquals(greetings.filter((line) => line.startsWith("+OK")).length, 50);
    assertEquals(greetings.filter((line) => line.startsWith("-ERR [SYS/TEMP]")).length, 30);
  },
);

permitted(NET, "1,000 bad commands after sign-in are answered one by one", async () => {
  await using site = new Site();
  const me = await site.connect();
  await me.signIn();
  await me.send("BOGUS\r\n".repeat(1000));
  await site.serves();
  for (let i = 0; i < 1000; i++) await me.expect("BOGUS", "-ERR");
  await me.talk(["STAT", "+OK 3 "]);
});

permitted(
  NET,
  "1,000 bad commands before sign-in end the connection after 25, all read",
  async () => {
    await using site = new Site();
    const me = await site.connect();
    await me.expect("greeting", "+OK");
    await me.send("BOGUS\r\n".repeat(1000));
    for (let i = 0; i < 25; i++) await me.expect("BOGUS", "-ERR");
    await me.closed();
  },
);

Deno.test("a command that comes octet by octet is understood", async () => {
  await withServer(new DoubleStore(["x\r\n"]), {}, async (server) => {
    const me = server.connect();
    await me.expect("greeting", "+OK");
    for (const octet of `USER me\r\nPASS ${PASSWORD}\r\nSTAT\r\n`) await me.send(octet);
    for (const reply of ["+OK", "+OK", "+OK 1 3"]) await me.expect("", reply);
  });
});

permitted(NET, "resets in the middle of a message leave nothing behind", async () => {
  const store = new DoubleStore([`${"m".repeat(78)}\r\n`.repeat(50_000)]);
  await using site = new Site({ openStore: () => Promise.resolve(store) });
  for (let round = 0; round < 20; round++) {
    const me = await site.connect();
    await me.signIn();
    await me.talk(["RETR 1", "+OK"]);
    // Closing with octets unread resets the connection.
    me.transport.close();
    await until(() => !store.locked);
  }
  assertEquals(store.openReads, 0);
  await site.serves();
});

Deno.test("random octets get nothing but -ERR lines and goodbyes", async () => {
  const random = seeded(666);
  for (let round = 0; round < 300; round++) {
    await using server = new TestServer(new DoubleStore(["x\r\n"]));
    const me = server.connect();
    await me.expect("greeting", "+OK");
    const octets = new Uint8Array(Math.floor(random() * 6 * COMMAND_LINE_LIMIT));
    for (let i = 0; i < octets.length; i++) {
      octets[i] = random() < 0.03 ? 10 : Math.floor(random() * 256);
    }
    await me.transport.write(octets);
    me.transport.closeWrite();
    const lines = (await me.rest()).split("\r\n");
    assertEquals(lines.pop(), "");
    assertEquals(lines.filter((line) => !/^-ERR [\x20-\x7e]+$/.test(line)), []);
    me.transport.close();
    await server.ended();
    assertEquals(server.log.of("error"), []);
  }
});
