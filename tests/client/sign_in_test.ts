import { assertEquals, assertRejects } from "@std/assert";
import type { Dialogue } from "../../lib/client/conversation.ts";
import { SignInError } from "../../lib/client/errors.ts";
import type { SessionOptions } from "../../lib/client/options.ts";
import { refusedAtSignIn } from "../../lib/client/sign_in.ts";
import type { SignInOptions } from "../../lib/client/sign_in.ts";
import { Pop3Client } from "../../lib/client/client.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { CommandError, ServerRefusal } from "../../lib/protocol/errors.ts";
import { everyWay, scriptedServer, withServer } from "./scripted_server.ts";

const ME = { user: "me", password: "secret" } as const;
/** `\0me\0secret` in Base64. */
const PLAIN_RESPONSE = "AG1lAHNlY3JldA==";

/** What XOAUTH2 says with the token `tok`. */
const TOKEN_RESPONSE = btoa("user=me\x01auth=Bearer tok\x01\x01");
const TOKEN = { user: "me", token: "tok", method: "xoauth2" } as const;

everyWay(
  "a token goes with the command",
  `S: +OK\nC: AUTH XOAUTH2 ${TOKEN_RESPONSE}\nS: +OK`,
  (client) => client.signIn(TOKEN),
);

everyWay(
  "a token comes in two steps where the server does not understand the one",
  `S: +OK\nC: AUTH XOAUTH2 ${TOKEN_RESPONSE}\nS: -ERR Protocol error. 10\n` +
    `C: AUTH XOAUTH2\nS: + \nC: ${TOKEN_RESPONSE}\nS: +OK`,
  (client) => client.signIn(TOKEN),
);

everyWay(
  "a token is said again where the server took no notice of it",
  `S: +OK\nC: AUTH XOAUTH2 ${TOKEN_RESPONSE}\nS: + \nC: ${TOKEN_RESPONSE}\nS: +OK`,
  (client) => client.signIn(TOKEN),
);

everyWay(
  "Microsoft's servers get a token in two steps",
  `S: +OK\nC: AUTH XOAUTH2\nS: +\nC: ${TOKEN_RESPONSE}\nS: +OK`,
  (client) => client.signIn(TOKEN),
  { hostname: "outlook.office365.com" },
);

everyWay(
  "AUTH in two steps takes +OK for the challenge where the server means it so",
  `S: +OK\nC: AUTH PLAIN\nS: +OK go on\nC: ${PLAIN_RESPONSE}\nS: +OK`,
  (client) => client.signIn({ ...ME, method: "plain" }),
);

everyWay(
  "AUTH PLAIN takes whatever comes for the challenge",
  `S: +OK\nC: AUTH PLAIN\nS: + go ahead, say it!\nC: ${PLAIN_RESPONSE}\nS: +OK`,
  (client) => client.signIn({ ...ME, method: "plain" }),
);

/** A token that makes the line of AUTH too long. */
const LONG = "t".repeat(3000);

everyWay(
  "a long token follows the command",
  `S: +OK\nC: AUTH XOAUTH2\nS: + \nC: ${btoa(`user=me\x01auth=Bearer ${LONG}\x01\x01`)}\nS: +OK`,
  (client) => client.signIn({ user: "me", token: LONG, method: "xoauth2" }),
);

for (const method of ["oauthbearer", "xoauth2"] as const) {
  const response = method === "xoauth2"
    ? "user=me\x01auth=Bearer tok\x01\x01"
    : "n,a=me,\x01host=pop.example.org\x01port=2\x01auth=Bearer tok\x01\x01";
  const refusal = btoa('{"status":"invalid_token","schemes":"bearer"}');
  everyWay(
    `${method} is refused with the reason that the server gives in JSON`,
    `S: +OK\nC: AUTH ${method.toUpperCase()} ${btoa(response)}\nS: + ${refusal}\n` +
      `C: ${method === "xoauth2" ? "" : "AQ=="}\nS: -ERR [AUTH] no`,
    async (client) => {
      const options = { user: "me", token: "tok", method } as const;
      const error = await assertRejects(() => client.signIn(options), ServerRefusal);
      assertEquals([error.code, /invalid_token/.test(error.text)], ["AUTH", true]);
    },
  );
}

everyWay(
  "AUTH LOGIN gives the name, then the password",
  "S: +OK\nC: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: bWU=\nS: + UGFzc3dvcmQ6\nC: c2VjcmV0\nS: +OK",
  (client) => client.signIn({ ...ME, method: "login" }),
);

everyWay(
  "APOP digests the timestamp of the greeting (the example of RFC 1939)",
  `
  S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
  C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
  S: +OK maildrop has 1 message
  `,
  (client) => client.signIn({ user: "mrose", password: "tanstaaf", method: "apop" }),
);

Deno.test("APOP needs a timestamp that is a message id, and tells what to do without", async () => {
  for (const greeting of ["ready", "<no-at-sign>", "<a.b.c>", "<@>", "< a@b >"]) {
    await withServer(`S: +OK ${greeting}`, async (client) => {
      const options = { ...ME, method: "apop" } as const;
      await assertRejects(() => client.signIn(options), SignInError, "Use --auth auto");
    });
  }
});

/** Lets `work` talk to a server of another machine, as far as the client can see. */
async function far(
  dialogue: string,
  work: (client: Pop3Client) => Promise<void>,
): Promise<void> {
  const { transport, finished } = scriptedServer(dialogue);
  const remote = { hostname: "192.0.2.1", port: 110 };
  const far: Transport = {
    secure: false,
    local: transport.local,
    remote,
    read: (into) => transport.read(into),
    write: (octets) => transport.write(octets),
    startTls: (options) => transport.startTls(options),
    close: () => transport.close(),
  };
  {
    await using client = await Pop3Client.over(far, { hostname: "pop.example.org" });
    await work(client);
  }
  await finished;
}

Deno.test("nothing that gives the password away goes to another machine in plain text", async () => {
  for (const method of ["user", "plain", "login", "oauthbearer", "xoauth2"] as const) {
    await far("S: +OK", async (client) => {
      const error = await assertRejects(() => client.signIn({ ...ME, method }), SignInError);
      assertEquals(/--tls or --stls, or --allow-plaintext/.test(error.message), true);
    });
  }
  await far("S: +OK <a.b.c>\nC: CAPA\nS: +OK\nS: SASL PLAIN\nS: .", async (client) => {
    await assertRejects(() => client.signIn(ME), SignInError, "--tls or --stls");
  });
  await far(
    "S: +OK\nC: CAPA\nS: -ERR\nC: USER me\nS: +OK\nC: PASS secret\nS: +OK",
    (client) => client.signIn({ ...ME, allowPlaintext: true }),
  );
});

Deno.test("auto takes APOP where all else would give the password away", async () => {
  await far(
    "S: +OK <1896.697170952@dbc.mtview.ca.us>\nC: CAPA\nS: -ERR\n" +
      "C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: +OK",
    (client) => client.signIn({ user: "mrose", password: "tanstaaf" }),
  );
});

Deno.test("auto sends a token in the way that is announced", async () => {
  const capa = "S: +OK\nC: CAPA\nS: +OK\nS: SASL";
  await withServer(
    `${capa} PLAIN XOAUTH2\nS: .\nC: AUTH XOAUTH2 ${
      btoa("user=me\x01auth=Bearer tok\x01\x01")
    }\nS: +OK`,
    (client) => client.signIn({ user: "me", token: "tok" }),
  );
  await withServer(
    `${capa} XOAUTH2 OAUTHBEARER\nS: .\nC: AUTH OAUTHBEARER ${
      btoa("n,a=me,\x01host=pop.example.org\x01port=2\x01auth=Bearer tok\x01\x01")
    }\nS: +OK`,
    (client) => client.signIn({ user: "me", token: "tok" }),
  );
});

Deno.test("auto is AUTH PLAIN where it is announced and nobody can listen", async () => {
  const secured = (dialogue: string, work: (client: Pop3Client) => Promise<void>) =>
    withServer(dialogue, work, { security: "stls" });
  const tls = "S: +OK\nC: STLS\nS: +OK\n";
  await secured(
    `${tls}C: CAPA\nS: +OK\nS: SASL LOGIN plain\nS: .\nC: AUTH PLAIN\nS: +\nC: ${PLAIN_RESPONSE}\nS: +OK`,
    (client) => client.signIn(ME),
  );
  await secured(
    `${tls}C: CAPA\nS: +OK\nS: USER\nS: .\nC: USER me\nS: +OK\nC: PASS secret\nS: +OK`,
    (client) => client.signIn(ME),
  );
  await secured(
    `${tls}C: CAPA\nS: -ERR\nC: USER me\nS: +OK\nC: PASS secret\nS: +OK`,
    (client) => client.signIn(ME),
  );
});

Deno.test("a password goes out as UTF-8 or as the octets that are given", async () => {
  await withServer(
    "S: +OK\nC: USER m\xc3\xa9\nS: +OK\nC: PASS  p\xc3\xa4 ss \nS: +OK",
    (client) => client.signIn({ user: "mé", password: " pä ss ", method: "user" }),
  );
  const password = Uint8Array.of(0x70, 0xe4);
  await withServer(
    "S: +OK\nC: USER me\nS: +OK\nC: PASS p\xe4\nS: +OK",
    (client) => client.signIn({ user: "me", password, method: "user" }),
  );
});

Deno.test("a password that would break the line is never sent, nor shown", async () => {
  await withServer("S: +OK\nC: USER me\nS: +OK", async (client) => {
    const password = "top\r\nsecret";
    const error = await assertRejects(
      () => client.signIn({ user: "me", password, method: "user" }),
      CommandError,
    );
    assertEquals(error.message.includes("secret"), false);
  });
});

Deno.test("a refused sign-in is told from other refusals", async () => {
  await withServer(
    "S: +OK\nC: USER me\nS: +OK\nC: PASS secret\nS: -ERR [AUTH] Web login required\nC: STAT\nS: -ERR no",
    async (client) => {
      const options = { ...ME, method: "user" } as const;
      const refusal = await assertRejects(() => client.signIn(options), ServerRefusal);
      assertEquals([refusal.command, refusal.code], ["PASS ***", "AUTH"]);
      assertEquals(refusedAtSignIn(refusal), true);
      assertEquals(refusedAtSignIn(await assertRejects(() => client.stat())), false);
    },
  );
});

Deno.test("a password that is a short word does not cut the server's own words", async () => {
  await withServer(
    "S: +OK\nC: USER me\nS: +OK\nC: PASS wrong\nS: -ERR wrong password",
    async (client) => {
      const refusal = await assertRejects(
        () => client.signIn({ user: "me", password: "wrong", method: "user" }),
        ServerRefusal,
      );
      assertEquals(refusal.text, "wrong password");
    },
  );
});

Deno.test("no log and no error shows a password, even when the server echoes it", async () => {
  const cases: readonly [SignInOptions["method"] & string, string][] = [
    ["user", "C: USER me\nS: +OK\nC: PASS tops3cret\nS: -ERR wrong password tops3cret, sorry"],
    [
      "plain",
      "C: AUTH PLAIN\nS: +\nC: AG1lAHRvcHMzY3JldA==\nS: -ERR AG1lAHRvcHMzY3JldA== tops3cret",
    ],
    ["login", "C: AUTH LOGIN\nS: +\nC: bWU=\nS: +\nC: dG9wczNjcmV0\nS: -ERR bad dG9wczNjcmV0"],
    [
      "apop",
      "C: APOP me 1bb9d3a1bd4c80d3b8dcd8ab0cbfa5cf\nS: -ERR bad tops3cret",
    ],
  ];
  for (const [method, dialogue] of cases) {
    const shown: string[] = [];
    const dialogueHook: Dialogue = {
      onSend: (text) => shown.push(text),
      onReceive: (text) => shown.push(text),
    };
    const options: SessionOptions = { dialogue: dialogueHook };
    const server = scriptedServer(`S: +OK <1@x>\n${dialogue}`);
    await using client = await Pop3Client.over(server.transport, options);
    const password = "tops3cret";
    const error = await assertRejects(() => client.signIn({ user: "me", password, method }));
    shown.push(String(error), JSON.stringify(error));
    for (const text of shown) {
      for (const secret of ["tops3cret", "AG1lAHRvcHMzY3JldA", "dG9wczNjcmV0", "1bb9d3a1"]) {
        assertEquals(text.includes(secret), false, text);
      }
    }
  }
});
