import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { singlePassword } from "../../lib/auth/single_password.ts";
import type { Authenticator, Credentials } from "../../lib/auth/authenticator.ts";
import { StoreError, type StoreErrorKind } from "../../lib/stores/errors.ts";
import { PASSWORD, withServer } from "./dialogue.ts";
import { DoubleStore } from "./double_store.ts";

const MESSAGES = ["one\r\n", "two\r\n"];

function withMessages(run: Parameters<typeof withServer>[2]): Promise<void> {
  return withServer(new DoubleStore(MESSAGES), {}, run);
}

Deno.test("USER and PASS sign in, and the reply tells what is there", () =>
  withMessages(async (server) => {
    const me = server.connect();
    await me.expect("greeting", /^\+OK localhost POP3 server ready <[^@<> ]+@localhost>$/);
    await me.talk(
      ["USER me", "+OK"],
      [`PASS ${PASSWORD}`, "+OK 2 messages (10 octets)"],
      ["QUIT", "+OK"],
    );
    await me.closed();
  }));

Deno.test("USER answers the same for every name", () =>
  withMessages(async (server) => {
    const me = server.connect();
    await me.line();
    const replies = new Set<string>();
    for (const name of ["me", "nobody", "root", "Jörg".normalize(), "a name with spaces"]) {
      await me.send(`USER ${name}\r\n`.replace("ö", "\xc3\xb6"));
      replies.add(await me.line());
    }
    assertEquals(replies.size, 1);
  }));

Deno.test("a wrong PASS is -ERR [AUTH] and goes back to before USER", () =>
  withMessages(async (server) => {
    const me = server.connect();
    await me.line();
    await me.talk(
      ["USER me", "+OK"],
      ["PASS wrong", "-ERR [AUTH] "],
      [`PASS ${PASSWORD}`, "-ERR Send USER first"],
      ["USER me", "+OK"],
      [`PASS ${PASSWORD}`, "+OK"],
    );
  }));

Deno.test("every octet behind the first space of PASS is the password", () =>
  withMessages(async (server) => {
    const me = server.connect();
    await me.line();
    await me.talk(
      ["USER me", "+OK"],
      [`PASS  ${PASSWORD}`, "-ERR [AUTH]"],
      ["USER me", "+OK"],
      [`PASS ${PASSWORD} `, "-ERR [AUTH]"],
      ["USER me", "+OK"],
      [`pass ${PASSWORD}`, "+OK"],
    );
  }));

Deno.test("three failed sign-ins close the connection, after an answer to each", () =>
  withMessages(async (server) => {
    const me = server.connect();
    await me.line();
    for (let count = 0; count < 3; count++) {
      await me.talk(["USER me", "+OK"], ["PASS wrong", "-ERR [AUTH]"]);
    }
    await me.closed();
    assertEquals((await server.ended()).ended, "turned away");
  }));

Deno.test("PASS without USER is refused and does not count as a failed sign-in", () =>
  withMessages(async (server) => {
    const me = server.connect();
    await me.line();
    await me.talk(
      ["PASS x", "-ERR Send USER first"],
      ["PASS x", "-ERR"],
      ["PASS x", "-ERR"],
      ["PASS x", "-ERR"],
      ["USER me", "+OK"],
      [`PASS ${PASSWORD}`, "+OK"],
    );
  }));

Deno.test("APOP signs in with the MD5 of timestamp and password", () =>
  withMessages(async (server) => {
    const me = server.connect();
    const greeting = await me.line();
    const timestamp = /<.*>$/.exec(greeting)?.[0] ?? "";
    const digest = createHash("md5").update(timestamp + PASSWORD).digest("hex");
    await me.talk(
      [`APOP me ${"0".repeat(32)}`, "-ERR [AUTH]"],
      [`APOP me ${digest}`, "+OK 2 messages"],
      ["STAT", "+OK 2 10"],
    );
  }));

Deno.test("each greeting carries a timestamp of its own", () =>
  withMessages(async (server) => {
    const [first, second] = [server.connect(), server.connect()];
    assertNotEquals(await first.line(), await second.line());
  }));

Deno.test("APOP is not there when no secret makes it work", async () => {
  const base = singlePassword(PASSWORD);
  const authenticator: Authenticator = {
    kinds: new Set(["password"] as const),
    authenticate: (credentials) => base.authenticate(credentials),
  };
  await withServer(new DoubleStore(MESSAGES), { authenticator }, async (server) => {
    const me = server.connect();
    assertEquals(await me.line(), "+OK localhost POP3 server ready");
    await me.talk([`APOP me ${"0".repeat(32)}`, "-ERR APOP is not offered"]);
  });
});

Deno.test("USER is not there when no password can work", async () => {
  const authenticator: Authenticator = {
    kinds: new Set<Credentials["kind"]>(["apop"]),
    authenticate: () => Promise.resolve(undefined),
  };
  await withServer(new DoubleStore(MESSAGES), { authenticator }, async (server) => {
    const me = server.connect();
    await me.line();
    await me.talk(["USER me", "-ERR"], ["CAPA", "+OK"]);
    assert(!(await me.lines()).includes("USER"));
  });
});

Deno.test("a server name is made fit for a msg-id", () =>
  withServer(
    new DoubleStore(MESSAGES),
    { serverName: "my <big> host@home" },
    async (server) => {
      assertMatch(await server.connect().line(), /<[^@<> ]+@my--big--host-home>$/);
    },
  ));

Deno.test("CAPA tells the truth before sign-in and after", () =>
  withServer(new DoubleStore(MESSAGES), { implementation: "izypop3-0.1.0" }, async (server) => {
    const me = server.connect();
    await me.line();
    const before = [
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
    ];
    await me.talk(
      ["CAPA", "+OK", before],
      ["USER me", "+OK"],
      [`PASS ${PASSWORD}`, "+OK"],
      ["CAPA", "+OK", [...before, "IMPLEMENTATION izypop3-0.1.0"]],
    );
  }));

Deno.test("CAPA says EXPIRE 0 where what was retrieved leaves at QUIT", () =>
  withServer(new DoubleStore(MESSAGES), { commitMode: true }, async (server) => {
    const me = server.connect();
    await me.line();
    await me.talk(["CAPA", "+OK"]);
    assert((await me.lines()).includes("EXPIRE 0"));
  }));

Deno.test("a second session of the same maildrop gets -ERR [IN-USE] and may try again", () =>
  withMessages(async (server) => {
    const first = await server.signedIn();
    const second = server.connect();
    await second.line();
    await second.talk(
      ["USER me", "+OK"],
      [`PASS ${PASSWORD}`, "-ERR [IN-USE] "],
      [`PASS ${PASSWORD}`, "-ERR Send USER first"],
    );
    await first.talk(["QUIT", "+OK"]);
    await second.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
    assertEquals(server.log.of("error"), []);
  }));

const STORE_FAULTS: readonly [StoreErrorKind, string][] = [
  ["missing", "-ERR [SYS/PERM] "],
  ["denied", "-ERR [SYS/PERM] "],
  ["config", "-ERR [SYS/PERM] "],
  ["input-output", "-ERR [SYS/TEMP] "],
];

for (const [kind, reply] of STORE_FAULTS) {
  Deno.test(`a store that fails with ${kind} is ${reply}at sign-in, and the log says why`, () =>
    withServer(new DoubleStore([]), {
      openStore: () => Promise.reject(new StoreError(kind, "Cannot open the secret folder")),
    }, async (server) => {
      const me = server.connect();
      await me.line();
      await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, reply], ["QUIT", "+OK"]);
      assertMatch(server.log.of("error").join(), /PASS \*\*\* failed: Cannot open the secret/);
    }));
}

Deno.test("an error that nobody knows is -ERR [SYS/TEMP], logged with its cause", () => {
  const error = new TypeError("x is undefined", { cause: new Error("a bug") });
  return withServer(
    new DoubleStore([]),
    { openStore: () => Promise.reject(error) },
    async (server) => {
      const me = server.connect();
      await me.line();
      await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "-ERR [SYS/TEMP] "]);
      assertMatch(server.log.of("error").join(), /x is undefined \(a bug\)/);
    },
  );
});

Deno.test("a store that cannot be listed is unlocked again", async () => {
  const store = new DoubleStore(MESSAGES);
  store.failing.query = new StoreError("input-output", "Cannot list.");
  await withServer(store, {}, async (server) => {
    const me = server.connect();
    await me.line();
    await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "-ERR [SYS/TEMP]"]);
    assertEquals(store.locked, false);
  });
});

Deno.test("QUIT before sign-in says goodbye and closes", () =>
  withMessages(async (server) => {
    const me = server.connect();
    await me.line();
    await me.talk(["QUIT", "+OK"]);
    await me.closed();
    assertEquals((await server.ended()).ended, "quit");
  }));

Deno.test("commands for after sign-in are refused before it, and the session goes on", () =>
  withMessages(async (server) => {
    const me = server.connect();
    await me.line();
    for (const command of ["STAT", "LIST", "UIDL 1", "RETR 1", "TOP 1 0", "DELE 1", "RSET"]) {
      await me.talk([command, / works only after sign-in/]);
    }
    await me.talk(["NOOP", "-ERR"], ["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
  }));

Deno.test("25 bad commands before sign-in close the connection", () =>
  withMessages(async (server) => {
    const me = server.connect();
    await me.line();
    for (let count = 0; count < 25; count++) await me.talk(["GET / HTTP/1.1", "-ERR "]);
    await me.closed();
    assertEquals((await server.ended()).ended, "turned away");
  }));
