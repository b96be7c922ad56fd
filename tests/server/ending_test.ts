import { assert, assertEquals, assertMatch } from "@std/assert";
import { StoreError } from "../../lib/stores/errors.ts";
import type { MimeStore, Tag } from "../../lib/stores/mime_store.ts";
import { TestServer, withServer } from "./dialogue.ts";
import { DoubleStore } from "./double_store.ts";

const THREE = ["one\r\n", "two\r\n", "three\r\n"];

function tags(store: DoubleStore): (Tag | undefined)[] {
  return [1, 2, 3].map((number) => store.tagOf(number));
}

Deno.test("QUIT archives what was deleted, before it answers, and lets the lock go", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    await me.talk(["DELE 1", "+OK"], ["DELE 3", "+OK"]);
    assertEquals(tags(store), ["unread", "unread", "unread"]);
    await me.talk(["QUIT", "+OK Bye, 2 messages deleted"]);
    assertEquals(tags(store), ["archive", "unread", "archive"]);
    assertEquals(store.locked, false);
    await me.closed();
  });
});

Deno.test("QUIT removes what was deleted where the server is told so", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, { onDelete: "remove" }, async (server) => {
    const me = await server.signedIn();
    await me.talk(["DELE 2", "+OK"], ["QUIT", "+OK"]);
    assertEquals(tags(store), ["unread", undefined, "unread"]);
  });
});

for (const onDelete of ["archive", "remove"] as const) {
  Deno.test(`QUIT is -ERR and says how many remain when a deletion fails (${onDelete})`, async () => {
    const store = new DoubleStore(THREE);
    store.stuck.add("m2");
    await withServer(store, { onDelete }, async (server) => {
      const me = await server.signedIn();
      await me.talk(["DELE 1", "+OK"], ["DELE 2", "+OK"], ["DELE 3", "+OK"]);
      await me.talk(["QUIT", "-ERR [SYS/TEMP] 1 messages could not be removed"]);
      await me.closed();
      assertEquals(store.tagOf(2), "unread");
      assertEquals(store.locked, false);
      assertMatch(server.log.of("error").join(), /QUIT failed: Cannot change m2/);
      const { deleted, ended } = await server.ended();
      assertEquals({ deleted, ended }, { deleted: 2, ended: "quit" });
    });
  });
}

Deno.test("QUIT counts everything as remaining when the store fails altogether", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    await me.talk(["DELE 1", "+OK"], ["DELE 2", "+OK"]);
    const error = new StoreError("input-output", "Disk gone");
    Object.assign(store.failing, { markAs: error, query: error });
    await me.talk(["QUIT", "-ERR [SYS/TEMP] 2 messages"]);
    assertEquals(store.locked, false);
  });
});

Deno.test("QUIT is +OK when a deleted message had vanished by itself", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    await me.talk(["DELE 1", "+OK"], ["DELE 2", "+OK"]);
    store.vanish(1);
    await me.talk(["QUIT", "+OK"]);
    assertEquals(tags(store), [undefined, "archive", "unread"]);
  });
});

Deno.test("a connection that is lost deletes nothing and lets the lock go", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    await me.talk(["DELE 1", "+OK"], ["RETR 2", "+OK", ["two"]]);
    me.transport.close();
    const { user, messages, deleted, ended } = await server.ended();
    assertEquals(
      { user, messages, deleted, ended },
      { user: "me", messages: 1, deleted: 0, ended: "closed by client" },
    );
    assertEquals(tags(store), ["unread", "unread", "unread"]);
    assertEquals(store.locked, false);
    await (await server.signedIn()).talk(["STAT", "+OK 3 17"]);
  });
});

Deno.test("an unfinished QUIT is no QUIT", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    await me.talk(["DELE 1", "+OK"]);
    await me.send("QUIT\r");
    me.transport.close();
    await server.ended();
    assertEquals(store.tagOf(1), "unread");
  });
});

Deno.test("a client that half-closes after QUIT still gets its reply", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    await me.send("DELE 1\r\nQUIT\r\n");
    me.transport.closeWrite();
    await me.expect("DELE 1", "+OK");
    await me.expect("QUIT", "+OK");
    await me.closed();
    assertEquals(store.tagOf(1), "archive");
  });
});

Deno.test("a client that goes away in the middle of a message loses nothing", async () => {
  const text = "z".repeat(78).concat("\r\n").repeat(20_000);
  const store = new DoubleStore([text]);
  await withServer(store, { commitMode: true }, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 1", "+OK"]);
    me.transport.close();
    assertEquals((await server.ended()).ended, "connection lost");
    assertEquals(store.openReads, 0);
    assertEquals(store.tagOf(1), "pop3failed");
    assertEquals(store.locked, false);
  });
});

Deno.test("what stands behind QUIT is not run", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    await me.send("QUIT\r\nNOOP\r\nDELE 1\r\n");
    await me.expect("QUIT", "+OK");
    await me.closed();
    assertEquals(store.tagOf(1), "unread");
  });
});

Deno.test("in commit mode RETR stages at once and QUIT archives", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, { commitMode: true }, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 1", "+OK", ["one"]], ["TOP 2 0", "+OK", ["two"]]);
    assertEquals(tags(store), ["staged", "unread", "unread"]);
    await me.talk(["RETR 1", "+OK", ["one"]], ["QUIT", "+OK"]);
    assertEquals(tags(store), ["archive", "unread", "unread"]);
    assertEquals(store.calls.filter((call) => call === "markAs staged m1").length, 1);
  });
});

Deno.test("in commit mode what was deleted is deleted, retrieved or not", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, { commitMode: true, onDelete: "remove" }, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 1", "+OK", ["one"]], ["RETR 2", "+OK", ["two"]]);
    await me.talk(["DELE 1", "+OK"], ["DELE 3", "+OK"], ["QUIT", "+OK"]);
    assertEquals(tags(store), [undefined, "archive", undefined]);
  });
});

Deno.test("in commit mode any other end leaves pop3failed, deleted or not", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, { commitMode: true }, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 1", "+OK", ["one"]], ["RETR 2", "+OK", ["two"]], ["DELE 1", "+OK"]);
    me.transport.close();
    await server.ended();
    assertEquals(tags(store), ["pop3failed", "pop3failed", "unread"]);
  });
});

Deno.test("in commit mode a message that cannot be staged is not sent", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, { commitMode: true }, async (server) => {
    const me = await server.signedIn();
    store.failing.markAs = new StoreError("input-output", "Disk full");
    await me.talk(["RETR 1", "-ERR [SYS/TEMP]"], ["NOOP", "+OK"]);
  });
});

Deno.test("in commit mode QUIT is -ERR when a delivered message cannot be archived", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, { commitMode: true }, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 1", "+OK", ["one"]]);
    store.stuck.add("m1");
    await me.talk(["QUIT", "-ERR [SYS/TEMP] 1 messages"]);
  });
});

Deno.test("a lock is let go even if the store fails at the end", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, { commitMode: true }, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 1", "+OK", ["one"]]);
    store.failing.markAs = new StoreError("input-output", "Disk gone");
    me.transport.close();
    await server.ended();
    assertEquals(store.locked, false);
    assertMatch(server.log.of("error").join(), /could not be left in order: Disk gone/);
  });
});

Deno.test("idleness closes silently, before sign-in and after, and deletes nothing", async () => {
  const store = new DoubleStore(THREE);
  const options = { idleTimeoutSeconds: 0.5, commitMode: true };
  await withServer(store, options, async (server) => {
    const stranger = server.connect();
    await stranger.expect("greeting", "+OK");
    await stranger.closed();
    assertEquals((await server.ended()).ended, "idle time-out");
    const me = await server.signedIn();
    await me.talk(["RETR 1", "+OK", ["one"]], ["DELE 2", "+OK"]);
    await me.closed();
    assertEquals((await server.ended(2)).ended, "idle time-out");
    assertEquals(tags(store), ["pop3failed", "unread", "unread"]);
    assertEquals(store.locked, false);
  });
});

Deno.test("octets that never make a command do not keep a connection open", async () => {
  await withServer(new DoubleStore(THREE), { idleTimeoutSeconds: 0.2 }, async (server) => {
    const me = server.connect();
    await me.line();
    let open = true;
    const closed = me.closed().then(() => open = false);
    while (open) {
      await me.send("x").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await closed;
    assertEquals((await server.ended()).ended, "idle time-out");
  });
});

Deno.test("a reader who makes no progress is idle", async () => {
  const store = new DoubleStore(["w".repeat(78).concat("\r\n").repeat(20_000)]);
  await withServer(store, { idleTimeoutSeconds: 0.2 }, async (server) => {
    const me = await server.signedIn();
    await me.send("RETR 1\r\n");
    assertEquals((await server.ended()).ended, "idle time-out");
    assert(!(await me.rest()).endsWith("\r\n.\r\n"));
    assertEquals(store.openReads, 0);
  });
});

Deno.test("a slow reader is not idle, even within one write", async () => {
  const size = 400_000;
  const store = new DoubleStore([`${"w".repeat(size - 2)}\r\n`]);
  await withServer(store, { idleTimeoutSeconds: 0.5 }, async (server) => {
    const { transport } = await server.signedIn();
    await transport.write(new TextEncoder().encode("RETR 1\r\n"));
    // Less than one write's worth within the idle time, for longer than that time.
    const into = new Uint8Array(8 * 1024);
    let got = 0;
    while (got < size) {
      got += await transport.read(into);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});

Deno.test("a client is not idle while the server is at work", async () => {
  const store = new DoubleStore(THREE);
  let open: (() => void) | undefined;
  const wait = new Promise<void>((resolve) => open = resolve);
  const openStore = () => wait.then(() => store);
  await withServer(store, { idleTimeoutSeconds: 0.2, openStore }, async (server) => {
    const me = server.connect();
    await me.line();
    await me.talk(["USER me", "+OK"]);
    await me.send("PASS se cret\r\n");
    await new Promise((resolve) => setTimeout(resolve, 400));
    open?.();
    await me.expect("PASS", "+OK");
  });
});

Deno.test("shutdown lets a session come to its end within the grace time", async () => {
  const store = new DoubleStore(THREE);
  const server = new TestServer(store);
  const me = await server.signedIn();
  const down = server.server.shutdown(60);
  await me.talk(["DELE 1", "+OK"], ["QUIT", "+OK"]);
  await down;
  await server.server.finished;
  assertEquals(store.tagOf(1), "archive");
});

Deno.test("shutdown closes what is left after the grace time and lets the locks go", async () => {
  const store = new DoubleStore(THREE);
  const server = new TestServer(store, { commitMode: true });
  const me = await server.signedIn();
  await me.talk(["RETR 1", "+OK", ["one"]], ["DELE 2", "+OK"]);
  await server.server.shutdown(0.01);
  await me.closed();
  assertEquals((await server.ended()).ended, "server shutdown");
  assertEquals(tags(store), ["pop3failed", "unread", "unread"]);
  assertEquals(store.locked, false);
});

Deno.test("a second shutdown shortens the grace time, and disposing twice is harmless", async () => {
  const server = new TestServer(new DoubleStore(THREE));
  const me = await server.signedIn();
  const slow = server.server.shutdown(600);
  await server.server.shutdown(0);
  await slow;
  await me.closed();
  await server.server[Symbol.asyncDispose]();
});

Deno.test("over the limit clients are turned away with [SYS/TEMP], until there is room", async () => {
  await withServer(new DoubleStore(THREE), { maxConnections: 1 }, async (server) => {
    const first = await server.signedIn();
    const second = server.connect();
    await second.expect("greeting", "-ERR [SYS/TEMP] Too many connections");
    await second.closed();
    const { ended, reason, octets } = await server.ended();
    assertEquals({ ended, reason, octets }, {
      ended: "turned away",
      reason: "too many connections",
      octets: 0,
    });
    await first.talk(["QUIT", "+OK"]);
    await first.closed();
    await server.ended(2);
    await (await server.signedIn()).talk(["STAT", "+OK 3 17"]);
  });
});

Deno.test("one address has its own limit, and gets room back", async () => {
  await withServer(new DoubleStore(THREE), { maxPerIp: 1 }, async (server) => {
    const first = await server.signedIn();
    const second = server.connect();
    await second.expect("greeting", "-ERR [SYS/TEMP] Too many connections from one address");
    await second.closed();
    first.transport.close();
    await server.ended(2);
    await server.signedIn();
  });
});

Deno.test("the log has one line a session, and never a secret", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, { logDialogue: true }, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 3", "+OK", ["three"]], ["DELE 1", "+OK"], ["QUIT", "+OK"]);
    const { user, address, tls, messages, deleted, ended } = await server.ended();
    assertEquals({ user, address, tls, messages, deleted, ended }, {
      user: "me",
      address: "memory:1",
      tls: false,
      messages: 1,
      deleted: 1,
      ended: "quit",
    });
    const log = server.log.of("info");
    assert(log.includes("C: PASS ***"), log.join());
    assert(log.includes("C: RETR 3") && log.includes("S: +OK 7 octets"), log.join());
    assert(!server.log.toString().includes("se cret"));
  });
});

Deno.test("what a crash left staged is pop3failed at the next sign-in, in commit mode", async () => {
  const left = [{ text: "one\r\n", tag: "staged" as const }, "two\r\n", "three\r\n"];
  const off = new DoubleStore(left);
  await withServer(off, {}, async (server) => void await server.signedIn());
  assertEquals(tags(off), ["staged", "unread", "unread"]);
  const on = new DoubleStore(left);
  await withServer(on, { commitMode: true }, async (server) => void await server.signedIn());
  assertEquals(tags(on), ["pop3failed", "unread", "unread"]);
  const shown = new DoubleStore(left);
  const query = { tags: ["staged"] };
  await withServer(shown, { commitMode: true, query }, async (server) => {
    await (await server.signedIn()).talk(["STAT", "+OK 1 5"]);
  });
});

Deno.test("without a lock each session has a snapshot, and what is gone counts as deleted", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, { lock: false, onDelete: "remove" }, async (server) => {
    const [one, two] = [await server.signedIn(), await server.signedIn()];
    await one.talk(["DELE 1", "+OK"], ["DELE 2", "+OK"], ["QUIT", "+OK Bye, 2"]);
    await two.talk(["STAT", "+OK 3 17"], ["DELE 1", "+OK"]);
    await two.talk(["DELE 3", "+OK"], ["QUIT", "+OK Bye, 2"]);
    assertEquals(tags(store), [undefined, undefined, undefined]);
    assertEquals(store.calls.includes("lock"), false);
  });
});

Deno.test("a store that does all changes at once is asked once at QUIT", async () => {
  const store = new DoubleStore(THREE);
  const asked: string[] = [];
  const applyAll: MimeStore["applyAll"] = (changes) => {
    asked.push(changes.map(({ item, to }) => `${item.id} ${to}`).join(", "));
    return Promise.resolve();
  };
  const options = { commitMode: true, onDelete: "remove" } as const;
  await withServer(Object.assign(store, { applyAll }), options, async (server) => {
    const me = await server.signedIn();
    await me.talk(["RETR 1", "+OK", ["one"]], ["DELE 2", "+OK"], ["QUIT", "+OK"]);
    assertEquals(asked, ["m2 removed, m1 archive"]);
  });
});
