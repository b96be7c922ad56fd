import { assertEquals, assertRejects } from "@std/assert";
import type { Dialogue } from "../../lib/client/conversation.ts";
import { SignInError } from "../../lib/client/errors.ts";
import type { SessionOptions } from "../../lib/client/options.ts";
import { refusedAtSignIn } from "../../lib/client/sign_in.ts";
import type { SignInOptions } from "../../lib/client/sign_in.ts";
import { Pop3Client } from "../../lib/client/client.ts";
import { CommandError, ServerRefusal } from "../../lib/protocol/errors.ts";
import { everyWay, scriptedServer, withServer } from "./scripted_server.ts";

const ME = { user: "me", password: "secret" } as const;
/** `\0me\0secret` in Base64. */
const PLAIN_RESPONSE = "AG1lAHNlY3JldA==";

everyWay(
  "AUTH PLAIN waits for the challenge, whatever it looks like",
  `S: +OK\nC: AUTH PLAIN\nS: +\nC: ${PLAIN_RESPONSE}\nS: +OK`,
  (client) => client.signIn({ ...ME, method: "plain" }),
);

everyWay(
  "AUTH PLAIN takes +OK for the challenge where the server means it so",
  `S: +OK\nC: AUTH PLAIN\nS: +OK go on\nC: ${PLAIN_RESPONSE}\nS: +OK`,
  (client) => client.signIn({ ...ME, method: "plain" }),
);

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

Deno.test("auto is USER and PASS in plain text to another machine, without asking CAPA", async () => {
  await withServer(
    "S: +OK\nC: USER me\nS: +OK\nC: PASS secret\nS: +OK",
    (client) => client.signIn(ME),
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
      const refusal = await assertRejects(() => client.signIn(ME), ServerRefusal);
      assertEquals([refusal.command, refusal.code], ["PASS ***", "AUTH"]);
      assertEquals(refusedAtSignIn(refusal), true);
      assertEquals(refusedAtSignIn(await assertRejects(() => client.stat())), false);
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
