/** AUTH (RFC 5034), and what failed sign-ins cost. */
import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import type { Authenticator } from "../../lib/auth/authenticator.ts";
import { withTokens } from "../../lib/auth/combined.ts";
import { SignInUnavailableError } from "../../lib/auth/errors.ts";
import { parsePasswdLine } from "../../lib/auth/passwd_line.ts";
import { PasswdUsers } from "../../lib/auth/passwd_users.ts";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { SASL_LINE_LIMIT } from "../../lib/protocol/limits.ts";
import type { Pop3ServerOptions } from "../../lib/server/server.ts";
import { type Dialogue, PASSWORD, type TestServer, withServer } from "./dialogue.ts";
import { DoubleStore } from "./double_store.ts";

const PLAIN = btoa(`\0me\0${PASSWORD}`);
const WRONG = btoa("\0me\0wrong");

async function talking(
  run: (me: Dialogue, server: TestServer) => Promise<void>,
  options: Partial<Pop3ServerOptions> = {},
): Promise<void> {
  await withServer(new DoubleStore(["one\r\n"]), options, async (server) => {
    const me = server.connect();
    await me.line();
    await run(me, server);
  });
}

/** A token's user is the token itself. */
const TOKENS: Authenticator = {
  kinds: new Set(["token"] as const),
  authenticate: (credentials) =>
    Promise.resolve(
      credentials.kind === "token" && credentials.token === "good" ? { user: "me" } : undefined,
    ),
};

Deno.test("AUTH takes the initial response along", () =>
  talking(async (me) => {
    await me.talk([`AUTH PLAIN ${PLAIN}`, "+OK 1 messages"], ["STAT", "+OK 1 5"]);
  }));

Deno.test("AUTH without one asks for it with a challenge that is empty but for its space", () =>
  talking(async (me) => {
    await me.talk(["auth plain", /^\+ $/], [PLAIN, "+OK 1 messages"]);
  }));

Deno.test("AUTH LOGIN asks for name and password", () =>
  talking(async (me) => {
    await me.talk(
      ["AUTH LOGIN", `+ ${btoa("Username:")}`],
      [btoa("me"), `+ ${btoa("Password:")}`],
      [btoa(PASSWORD), "+OK"],
    );
  }));

Deno.test("an initial response of = is an empty one, not a missing one", () =>
  talking(async (me) => {
    await me.talk(["AUTH PLAIN =", /^-ERR /], [`AUTH PLAIN ${PLAIN}`, "+OK"]);
  }));

Deno.test("* cancels, whatever the mechanism waits for", () =>
  talking(async (me) => {
    await me.talk(
      ["AUTH PLAIN", "+ "],
      ["*", "-ERR Sign-in cancelled"],
      ["AUTH LOGIN", "+ "],
      [btoa("me"), "+ "],
      ["*", "-ERR"],
      [`AUTH PLAIN ${PLAIN}`, "+OK"],
    );
  }));

const BAD_BEARER = btoa("n,a=me,\x01auth=Bearer bad\x01\x01");

Deno.test("whatever follows a token's refusal, it was a failed attempt", () =>
  talking(async (me, server) => {
    for (const answer of ["*", "???", "A".repeat(70_000)]) {
      await me.talk([`AUTH OAUTHBEARER ${BAD_BEARER}`, "+ ey"], [answer, "-ERR [AUTH]"]);
    }
    await me.closed();
    assertEquals((await server.ended()).reason, "too many failed sign-ins");
  }, { authenticator: withTokens(singlePassword(PASSWORD), TOKENS) }));

Deno.test("hanging up at a token's refusal is a failed attempt", () =>
  talking(async (me, server) => {
    await me.talk([`AUTH OAUTHBEARER ${BAD_BEARER}`, "+ ey"]);
    me.transport.close();
    assertEquals((await server.ended()).failedSignIns, 1);
  }, { authenticator: withTokens(singlePassword(PASSWORD), TOKENS) }));

for (const bad of ["???", "AAA", "AAAA=", "A A=", "\xff\xff", PLAIN + "="]) {
  Deno.test(`a response that is not Base64 is refused: ${JSON.stringify(bad)}`, () =>
    talking(async (me) => {
      await me.talk(["AUTH PLAIN", "+ "], [bad, "-ERR This is not Base64"], ["NOOP", "-ERR"]);
      await me.talk([`AUTH PLAIN ${PLAIN}`, "+OK"]);
    }));
}

Deno.test("an initial response that is not Base64 is refused", () =>
  talking(async (me) => {
    await me.talk(["AUTH PLAIN AAA", "-ERR"], ["AUTH PLAIN ?", "-ERR"]);
  }));

Deno.test("a mechanism that is not there is refused; CAPA and a bare AUTH tell which are", () =>
  talking(async (me) => {
    await me.talk(
      ["AUTH CRAM-MD5", "-ERR This mechanism"],
      ["AUTH XOAUTH2 AAAA", "-ERR This mechanism"],
      ["AUTH", "+OK", ["SCRAM-SHA-256", "PLAIN", "LOGIN"]],
      ["CAPA", "+OK"],
    );
    assert((await me.lines()).includes("SASL SCRAM-SHA-256 PLAIN LOGIN"));
  }));

Deno.test("AUTH is over with sign-in", () =>
  talking(async (me) => {
    await me.talk([`AUTH PLAIN ${PLAIN}`, "+OK"], [`AUTH PLAIN ${PLAIN}`, /-ERR .*before sign-in/]);
  }));

Deno.test("a continuation line may have 64 KiB; one more octet ends the sign-in", () =>
  talking(async (me) => {
    const fits = "A".repeat(SASL_LINE_LIMIT - 4) + "AA";
    await me.talk(["AUTH PLAIN", "+ "], [fits, /^-ERR (?!The command line)/]);
    await me.talk(["AUTH PLAIN", "+ "], [fits + "A", "-ERR The command line is too long"]);
    await me.talk(["USER " + "u".repeat(300), "-ERR The command line is too long"]);
    await me.talk([`AUTH PLAIN ${PLAIN}`, "+OK"]);
  }));

Deno.test("the line of AUTH has 255 octets at most, as RFC 5034 §4 says; a response may go behind", () =>
  talking(async (me) => {
    // 255 octets with the CRLF.
    const fits = `AUTH PLAIN ${"A".repeat(240)}`.padEnd(253, "A");
    await me.talk([fits, /^-ERR (?!.*too long)/]);
    await me.talk([`${fits}A`, "-ERR The command line is too long"]);
    await me.talk(["AUTH PLAIN", "+ "], [PLAIN, "+OK 1 messages"]);
  }));

Deno.test("AUTH may be pipelined with its response", () =>
  talking(async (me) => {
    await me.send(`AUTH PLAIN\r\n${PLAIN}\r\nSTAT\r\n`);
    await me.expect("AUTH", "+ ");
    await me.expect("response", "+OK");
    await me.expect("STAT", "+OK 1 5");
  }));

Deno.test("AUTH forgets the name of a USER before it", () =>
  talking(async (me) => {
    await me.talk(["USER me", "+OK"], ["AUTH PLAIN", "+ "], ["*", "-ERR"]);
    await me.talk([`PASS ${PASSWORD}`, "-ERR Send USER first"]);
  }));

Deno.test("three failures close the connection, by AUTH, PASS or both", () =>
  talking(async (me) => {
    await me.talk(
      [`AUTH PLAIN ${WRONG}`, "-ERR [AUTH]"],
      ["USER me", "+OK"],
      ["PASS wrong", "-ERR [AUTH]"],
      [`AUTH PLAIN ${WRONG}`, "-ERR [AUTH]"],
    );
    await me.closed();
  }));

Deno.test("a token signs in by OAUTHBEARER and XOAUTH2; a bad one is told why, then refused", () =>
  talking(async (me) => {
    const xoauth2 = (token: string) => btoa(`user=me\x01auth=Bearer ${token}\x01\x01`);
    const bearer = (token: string) => btoa(`n,a=me,\x01auth=Bearer ${token}\x01\x01`);
    await me.talk(
      ["CAPA", "+OK"],
    );
    assert((await me.lines()).includes("SASL SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN"));
    await me.talk(
      [`AUTH OAUTHBEARER ${bearer("bad")}`, "+ ey"],
      [btoa("\x01"), "-ERR [AUTH]"],
      [`AUTH XOAUTH2 ${xoauth2("bad")}`, "+ ey"],
      ["", "-ERR [AUTH]"],
      ["AUTH XOAUTH2", "+ "],
      [xoauth2("good"), "+OK"],
    );
  }, { authenticator: withTokens(singlePassword(PASSWORD), TOKENS) }));

for (const [permanent, code] of [[false, "[SYS/TEMP]"], [true, "[SYS/PERM]"]] as const) {
  Deno.test(`who cannot be asked about a token is -ERR ${code}, no failure of the client's`, () =>
    talking(async (me, server) => {
      const bearer = btoa("n,,\x01auth=Bearer x\x01\x01");
      for (let count = 0; count < 4; count++) {
        await me.talk([`AUTH OAUTHBEARER ${bearer}`, `-ERR ${code}`]);
      }
      assertMatch(server.log.of("error").join(), /Cannot check a token/);
      assertFalse(`${server.log}`.includes(bearer));
    }, {
      authenticator: {
        kinds: new Set(["token"] as const),
        authenticate: () =>
          Promise.reject(new SignInUnavailableError("Cannot check a token", { permanent })),
      },
    }));
}

Deno.test("no secret of AUTH gets into the log of the dialogue", () =>
  talking(async (me, server) => {
    await me.talk([`AUTH PLAIN ${WRONG}`, "-ERR"], ["AUTH PLAIN", "+ "], [PLAIN, "+OK"]);
    const log = `${server.log}`;
    assertFalse(log.includes(PLAIN) || log.includes(WRONG), log);
    assertMatch(log, /AUTH PLAIN \*\*\*/);
    assertMatch(log, /\(SASL response\) \*\*\*/);
    assert(server.log.of("info").some((line) => line.startsWith("S: -ERR [AUTH] ")), log);
  }, { logDialogue: true }));

Deno.test("passwords with NUL, 8-bit octets or UTF-8 are compared as they are meant", async () => {
  const line = "jörg:{PLAIN}pässwörd";
  assert(parsePasswdLine(line) !== undefined);
  const users = new PasswdUsers(new TextEncoder().encode(line + "\n"), new Uint8Array(32));
  await talking(async (me) => {
    const utf8 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
    await me.talk(
      [`USER ${utf8("jörg")}`, "+OK"],
      ["PASS p\xe4ssw\xf6rd", "-ERR [AUTH]"],
      [`USER ${utf8("jörg")}`, "+OK"],
      [`PASS ${utf8("pässwörd")}\0`, "-ERR [AUTH]"],
      // Decomposed, as some systems type it (RFC 6856 §2.2: SASLprep).
      [`USER ${utf8("jo\u0308rg")}`, "+OK"],
      [`PASS ${utf8("pa\u0308sswo\u0308rd")}`, "+OK"],
    );
  }, { authenticator: users });
});

Deno.test("a password that RFC 6856 §2.2 has refused is refused, though it be somebody's", async () => {
  const refused = ["p\xe4ss", "pa\x07ss", "pa\xe2\x80\xaess", "pa\xee\x80\x80ss", "\xed\xa0\x80"];
  const anybody: Authenticator = {
    kinds: new Set(["password"] as const),
    authenticate: () => Promise.resolve({ user: "me" }),
  };
  for (const password of refused) {
    await talking(async (me) => {
      await me.talk(["USER me", "+OK"], [`PASS ${password}`, "-ERR [AUTH]"]);
      await me.talk(["USER me", "+OK"], ["PASS p\xc3\xa4ss", "+OK"]);
    }, { authenticator: anybody });
  }
});

Deno.test("APOP takes the digest of the password as it is prepared", async () => {
  for (const typed of ["pa\u0308ss \uff50", "p\u00e4ss p"]) {
    await withServer(
      new DoubleStore(["one\r\n"]),
      { authenticator: singlePassword("pa\u0308ss \uff50") },
      async (server) => {
        const me = server.connect();
        const timestamp = /<.*>$/.exec(await me.line())?.[0] ?? "";
        const digest = createHash("md5").update(timestamp + typed).digest("hex");
        await me.talk([`APOP me ${digest}`, "+OK 1 messages"]);
      },
    );
  }
});

Deno.test("the answer after a failure waits, and others do not", () =>
  talking(async (me, server) => {
    await me.talk(["USER me", "+OK"], ["PASS wrong", "-ERR [AUTH]"], ["USER me", "+OK"]);
    await me.send(`PASS ${PASSWORD}\r\n`);
    const slow = me.line();
    const other = server.connect();
    await other.line();
    await other.talk(["CAPA", "+OK"]);
    await other.lines();
    await other.talk(["QUIT", "+OK"]);
    let answered = false;
    const noted = slow.then(() => answered = true, () => {});
    await other.closed();
    assertFalse(answered);
    const down = server.server.shutdown();
    // Nobody is kept waiting by a server that ends.
    await noted;
    await down;
  }, { authPenaltyMaxSeconds: 15 }));

Deno.test("LOGIN-DELAY is told by CAPA and kept: [LOGIN-DELAY], for this user only", () =>
  withServer(
    new DoubleStore([]),
    { loginDelaySeconds: 60, openStore: () => Promise.resolve(new DoubleStore([])) },
    async (server) => {
      const me = await server.signedIn();
      await me.talk(["CAPA", "+OK"]);
      assert((await me.lines()).includes("LOGIN-DELAY 60"));
      await me.talk(["QUIT", "+OK"]);
      const again = server.connect();
      await again.line();
      await again.talk(
        ["USER me", "+OK"],
        [`PASS ${PASSWORD}`, "-ERR [LOGIN-DELAY] Sign in again in"],
        [`AUTH PLAIN ${PLAIN}`, "-ERR [LOGIN-DELAY]"],
        ["USER you", "+OK"],
        [`PASS ${PASSWORD}`, "+OK"],
      );
    },
  ));

Deno.test("[IN-USE] comes from AUTH as from PASS", () =>
  talking(async (me, server) => {
    const first = await server.signedIn();
    await me.talk([`AUTH PLAIN ${PLAIN}`, "-ERR [IN-USE]"]);
    await first.talk(["QUIT", "+OK"]);
    await me.talk([`AUTH PLAIN ${PLAIN}`, "+OK"]);
    assertEquals(server.log.of("error"), []);
  }));
