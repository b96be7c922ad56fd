import { assert, assertEquals, assertMatch } from "@std/assert";
import { StoreError } from "../../lib/stores/errors.ts";
import { type Dialogue, withServer } from "./dialogue.ts";
import { type DoubleMessage, DoubleStore } from "./double_store.ts";

const THREE = ["Subject: 1\r\n\r\none\r\n", "Subject: 2\r\n\r\n.two\r\n..\r\n", "three\r\n"];

function dialogue(
  name: string,
  run: (me: Dialogue, store: DoubleStore) => Promise<void>,
  messages: readonly (string | DoubleMessage)[] = THREE,
): void {
  Deno.test(name, async () => {
    const store = new DoubleStore(messages);
    await withServer(store, {}, async (server) => run(await server.signedIn(), store));
  });
}

dialogue("STAT counts messages and their octets", (me) => me.talk(["STAT", "+OK 3 50"]));

dialogue("LIST and LIST n give the octets of each message", (me) =>
  me.talk(
    ["LIST", "+OK 3 messages (50 octets)", ["1 19", "2 24", "3 7"]],
    ["LIST 2", /^\+OK 2 24$/],
    ["LIST 4", "-ERR There is no message 4"],
    ["LIST 0", "-ERR"],
  ));

dialogue("UIDL and UIDL n give the unique id of each message", (me) =>
  me.talk(
    ["UIDL", "+OK", ["1 guid-1", "2 guid-2", "3 guid-3"]],
    ["UIDL 3", /^\+OK 3 guid-3$/],
    ["UIDL 99", "-ERR There is no message 99"],
  ));

dialogue("RETR gives the very octets, stuffed, and says how many there are", async (me) => {
  await me.talk(["RETR 2", "+OK 24 octets", ["Subject: 2", "", "..two", "..."]]);
  for (const [index, text] of THREE.entries()) {
    await me.talk([`RETR ${index + 1}`, `+OK ${text.length} octets`]);
    assertEquals(await me.message(), text);
  }
});

dialogue("RETR changes no tag", async (me, store) => {
  await me.talk(["RETR 1", "+OK", ["Subject: 1", "", "one"]], ["QUIT", "+OK"]);
  await me.closed();
  assertEquals(store.calls.filter((call) => /^(markAs|remove)/.test(call)), []);
});

dialogue("an empty message is a status line and the final dot", async (me) => {
  await me.talk(["STAT", "+OK 1 0"], ["LIST", "+OK", ["1 0"]], ["RETR 1", "+OK 0 octets", []]);
  await me.talk(["TOP 1 5", "+OK", []]);
}, [""]);

dialogue("an empty maildrop lists nothing and still ends its listings", (me) =>
  me.talk(
    ["STAT", "+OK 0 0"],
    ["LIST", "+OK", []],
    ["UIDL", "+OK", []],
    ["RETR 1", "-ERR There is no message 1"],
  ), []);

dialogue("TOP gives the header, the blank line and as many lines as asked", (me) =>
  me.talk(
    ["TOP 2 0", "+OK", ["Subject: 2", ""]],
    ["TOP 2 1", "+OK", ["Subject: 2", "", "..two"]],
    ["TOP 2 9999999999", "+OK", ["Subject: 2", "", "..two", "..."]],
    ["TOP 3 0", "+OK", ["three"]],
    ["TOP 4 0", "-ERR There is no message 4"],
    ["TOP 1", "-ERR"],
    ["TOP 1 -1", "-ERR"],
  ));

Deno.test("TOP reads no further than it must", async () => {
  const store = new DoubleStore(["Subject: big\r\n\r\n" + "line\r\n".repeat(100_000)]);
  store.chunkSize = 1000;
  store.readFailsAfter = { octets: 5000, error: new Error("read too far") };
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    await me.talk(["TOP 1 2", "+OK", ["Subject: big", "", "line", "line"]]);
    assertEquals(store.openReads, 0);
  });
});

dialogue("a deleted message is an error everywhere and left out of every listing", (me) =>
  me.talk(
    ["DELE 2", "+OK"],
    ["STAT", "+OK 2 26"],
    ["LIST", "+OK 2 messages (26 octets)", ["1 19", "3 7"]],
    ["UIDL", "+OK", ["1 guid-1", "3 guid-3"]],
    ["LIST 2", "-ERR Message 2 is deleted"],
    ["UIDL 2", "-ERR Message 2 is deleted"],
    ["RETR 2", "-ERR Message 2 is deleted"],
    ["TOP 2 0", "-ERR Message 2 is deleted"],
    ["DELE 2", "-ERR Message 2 is deleted"],
    ["STAT", "+OK 2 26"],
  ));

dialogue("message numbers never shift", async (me) => {
  await me.talk(["DELE 1", "+OK"], ["LIST 3", "+OK 3 7"], ["RETR 3", "+OK 7 octets", ["three"]]);
});

dialogue("RSET takes all deletions back", async (me, store) => {
  await me.talk(
    ["DELE 1", "+OK"],
    ["DELE 3", "+OK"],
    ["RSET", "+OK"],
    ["STAT", "+OK 3 50"],
    ["LIST 1", "+OK 1 19"],
    ["QUIT", "+OK"],
  );
  assertEquals([1, 2, 3].map((number) => store.tagOf(number)), ["unread", "unread", "unread"]);
});

dialogue("NOOP does nothing", (me) => me.talk(["NOOP", /^\+OK$/], ["noop", /^\+OK$/]));

dialogue(
  "commands for before sign-in are refused after it, and the session goes on",
  (me) =>
    me.talk(
      ["USER me", "-ERR USER works only before sign-in"],
      ["PASS x", "-ERR PASS works only before sign-in"],
      [`APOP me ${"0".repeat(32)}`, "-ERR"],
      ["STLS", "-ERR"],
      ["AUTH PLAIN", "-ERR"],
      ["UTF8", "-ERR"],
      ["STAT", "+OK 3 50"],
    ),
);

dialogue("bad commands after sign-in never end the session", async (me) => {
  const bad = ["", " ", "STATS", "STAT 1", "LIST x", "LIST 1 2", "RETR", "RETR 0x1", "DELE 1.5"];
  const worse = ["RETR 0", "RETR -1", "RETR 99999999999", "TOP 1 1 1", "UIDL\t1", "\xff\xfe", "\0"];
  for (const command of [...bad, ...worse]) await me.talk([command, "-ERR "]);
  await me.talk(["STAT", "+OK 3 50"]);
});

dialogue("a bare LF ends a command too", async (me) => {
  await me.send("STAT\nNOOP\n");
  await me.expect("STAT", "+OK 3 50");
  await me.expect("NOOP", "+OK");
});

dialogue("a UID is the guid where that can stand on the wire, else a lasting hash", async (me) => {
  await me.talk(["UIDL", "+OK"]);
  const uids = (await me.lines()).map((line) => line.split(" ")[1] ?? "");
  assertEquals(uids[0], "~ok!");
  for (const uid of uids.slice(1)) assertMatch(uid, /^[0-9a-f]{64}$/);
  assertEquals(new Set(uids).size, uids.length);
}, [
  { text: "a\r\n", guid: "~ok!" },
  { text: "b\r\n", guid: "~ok!", sourceid: "elsewhere" },
  { text: "c\r\n", guid: "" },
  { text: "d\r\n", guid: "with space" },
  { text: "e\r\n", guid: "x".repeat(71) },
  { text: "f\r\n", guid: "\xe9" },
]);

Deno.test("UIDs are the same in the next session", async () => {
  const store = new DoubleStore([{ text: "a\r\n", guid: "with space" }, "b\r\n"]);
  await withServer(store, {}, async (server) => {
    const listings: string[][] = [];
    for (let count = 0; count < 2; count++) {
      const me = await server.signedIn();
      await me.talk(["UIDL", "+OK"]);
      listings.push(await me.lines());
      await me.talk(["QUIT", "+OK"]);
    }
    assertEquals(listings[0], listings[1]);
  });
});

Deno.test("the query of the server says which messages are shown, and in which order", async () => {
  const store = new DoubleStore([
    "1\r\n",
    { text: "22\r\n", tag: "archive" },
    { text: "333\r\n", tag: "pop3failed" },
    "4444\r\n",
  ]);
  await withServer(store, {}, async (server) => {
    await (await server.signedIn()).talk(["LIST", "+OK", ["1 3", "2 6"]]);
  });
  const query = { tags: ["pop3failed", "unread"], order: "desc", limit: 2 } as const;
  await withServer(store, { query }, async (server) => {
    await (await server.signedIn()).talk(["LIST", "+OK", ["1 6", "2 5"]]);
  });
});

Deno.test("RETR of a message that vanished is -ERR [SYS/TEMP], and the session goes on", async () => {
  const store = new DoubleStore(THREE);
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    store.vanish(2);
    await me.talk(
      ["LIST 2", "+OK 2 24"],
      ["RETR 2", "-ERR [SYS/TEMP] This message is no longer there"],
      ["TOP 2 0", "-ERR [SYS/TEMP]"],
      ["RETR 3", "+OK", ["three"]],
      ["QUIT", "+OK"],
    );
    assertMatch(server.log.of("error").join(), /RETR 2 failed: Cannot read m2/);
  });
});

const LARGE = "x".repeat(998).concat("\r\n").repeat(400);

Deno.test("a read that fails early is -ERR, one that fails late cuts the connection", async () => {
  const store = new DoubleStore([LARGE]);
  store.chunkSize = 10_000;
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    store.readFailsAfter = { octets: 20_000, error: new StoreError("input-output", "Disk gone") };
    await me.talk(["RETR 1", "-ERR [SYS/TEMP]"], ["NOOP", "+OK"]);
    store.readFailsAfter = { octets: 200_000, error: new StoreError("input-output", "Disk gone") };
    await me.talk(["RETR 1", "+OK 400000 octets"]);
    const rest = await me.rest();
    assertEquals(rest, LARGE.slice(0, rest.length));
    assert(rest.length < LARGE.length);
    assertEquals((await server.ended()).ended, "message could not be sent");
    assertMatch(server.log.of("error").join(), /Disk gone/);
    assertEquals(store.openReads, 0);
    assertEquals(store.locked, false);
  });
});

for (const [what, text] of [["small", "small\r\n"], ["large", LARGE]] as const) {
  for (const difference of [-2, 2]) {
    Deno.test(`a ${what} message of other octets than LIST said (${difference}) is never completed`, async () => {
      const store = new DoubleStore([{ text, size: text.length + difference }, "next\r\n"]);
      store.chunkSize = 70_000;
      await withServer(store, {}, async (server) => {
        const me = await server.signedIn();
        if (what === "small") {
          await me.talk(["RETR 1", "-ERR [SYS/PERM]"], ["RETR 2", "+OK", ["next"]]);
        } else {
          await me.talk(["RETR 1", "+OK"]);
          assert(!(await me.rest()).endsWith("\r\n.\r\n"));
        }
        assertMatch(server.log.of("error").join(), /octets came/);
        assertEquals(store.openReads, 0);
      });
    });
  }
}

dialogue(
  "a message whose last line is not finished is not sent",
  (me) => me.talk(["RETR 1", "-ERR [SYS/PERM]"], ["NOOP", "+OK"]),
  ["no line end"],
);

Deno.test("a large message arrives whole, in chunks of any size", async () => {
  const text = `.first\r\n${"y".repeat(76)}\r\n..dots\r\n`.repeat(2500);
  for (const chunkSize of [7, 1000, 65_536, 70_001, 1_000_000]) {
    const store = new DoubleStore([text]);
    store.chunkSize = chunkSize;
    await withServer(store, {}, async (server) => {
      const me = await server.signedIn();
      await me.talk(["RETR 1", `+OK ${text.length} octets`]);
      assert(await me.message() === text, `chunks of ${chunkSize}`);
      await me.talk(["NOOP", "+OK"]);
    });
  }
});

Deno.test("LIST and UIDL of 100,000 messages come whole", async () => {
  const store = new DoubleStore(Array.from({ length: 100_000 }, () => "x\r\n"));
  await withServer(store, {}, async (server) => {
    const me = await server.signedIn();
    await me.talk(["LIST", "+OK 100000 messages"]);
    const listing = await me.lines();
    assertEquals(listing.length, 100_000);
    assertEquals(listing[99_999], "100000 3");
    await me.talk(["UIDL", "+OK"]);
    assertEquals((await me.lines())[54_321], "54322 guid-54322");
  });
});
