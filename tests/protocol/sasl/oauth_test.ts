import { assertEquals, assertThrows } from "@std/assert";
import { SaslError } from "../../../lib/protocol/sasl.ts";
import {
  parseOauthBearer,
  parseXoauth2,
  readTokenRefusal,
  writeOauthBearer,
  writeTokenRefusal,
  writeXoauth2,
} from "../../../lib/protocol/sasl/oauth.ts";
import { oauthBearerClient, xoauth2Client } from "../../../lib/protocol/sasl/oauth_client.ts";

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const TOKEN = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

Deno.test("OAUTHBEARER reads the example of RFC 7628", () => {
  const message = "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01" +
    `auth=Bearer ${TOKEN}\x01\x01`;
  assertEquals(parseOauthBearer(octets(message)), { user: "user@example.com", token: TOKEN });
});

Deno.test("OAUTHBEARER does without a name, a host, and the case of Bearer", () => {
  assertEquals(parseOauthBearer(octets("y,,\x01auth=bEARER  abc\x01x=y\x01\x01")), {
    user: undefined,
    token: "abc",
  });
});

Deno.test("XOAUTH2 reads what Google's documentation shows", () => {
  const message = "user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckB\x01\x01";
  assertEquals(parseXoauth2(octets(message)), {
    user: "someuser@example.com",
    token: "ya29.vF9dft4qmTc2Nvb3RlckB",
  });
});

Deno.test("what is not such a message is refused, without its token", () => {
  const wrong = [
    "",
    "\x01",
    "n,,",
    "n,,\x01",
    "n,,\x01\x01",
    "n,,auth=Bearer hunter2\x01\x01",
    "n,,\x01auth=Bearer hunter2",
    "n,,\x01auth=Bearer hunter2\x01",
    "n,,\x01auth=Bearer \x01\x01",
    "n,,\x01auth=Basic hunter2\x01\x01",
    "n,,\x01auth=Bearer hunter2 3\x01\x01",
    "n,,\x01auth=Bearer hunter2\r\n\x01\x01",
    "n,,\x01auth=Bearer hunter2\x01auth=Bearer x\x01\x01",
    "n,,\x01\x01auth=Bearer hunter2\x01\x01",
    "n,,\x01hunter2\x01\x01",
    "n,,\x01au th=Bearer hunter2\x01\x01",
    "p=tls-exporter,,\x01auth=Bearer hunter2\x01\x01",
    "n,a=,\x01auth=Bearer hunter2\x01\x01",
    "n,a=a=b,\x01auth=Bearer hunter2\x01\x01",
  ];
  for (const text of wrong) {
    const error = assertThrows(() => parseOauthBearer(octets(text)), SaslError, undefined, text);
    assertEquals(error.message.includes("hunter2"), false);
  }
  const wrongXoauth2 = [
    "",
    "\x01\x01",
    "user=me\x01\x01",
    "auth=Bearer hunter2\x01\x01",
    "user=\x01auth=Bearer hunter2\x01\x01",
    "user=me\x01auth=Bearer hunter2\x01",
    "user=me\x01user=you\x01auth=Bearer hunter2\x01\x01",
    "n,,\x01auth=Bearer hunter2\x01\x01",
  ];
  for (const text of wrongXoauth2) {
    const error = assertThrows(() => parseXoauth2(octets(text)), SaslError, undefined, text);
    assertEquals(error.message.includes("hunter2"), false);
  }
});

Deno.test("what the client writes is what the server reads", () => {
  for (const user of ["me@example.org", "a,b=c", "jörg"]) {
    const server = { hostname: "pop.example.org", port: 995 };
    for (const message of [writeOauthBearer(user, TOKEN, server), writeOauthBearer(user, TOKEN)]) {
      assertEquals(parseOauthBearer(message), { user, token: TOKEN });
    }
    assertEquals(parseXoauth2(writeXoauth2(user, TOKEN)), { user, token: TOKEN });
  }
});

Deno.test("a token of 40 KB goes through", () => {
  const token = "x".repeat(40_000);
  assertEquals(parseXoauth2(writeXoauth2("me", token)).token, token);
  assertEquals(parseOauthBearer(writeOauthBearer("me", token)).token, token);
});

Deno.test("a token or a name that would break the message is not sent", () => {
  for (const token of ["", "a b", "abc\n", "abc\x01", "é"]) {
    assertThrows(() => writeOauthBearer("me", token), SaslError, "token");
    assertThrows(() => writeXoauth2("me", token), SaslError, "token");
  }
  assertThrows(() => writeXoauth2("me\x01auth=Bearer x", "x"), SaslError, "name");
  assertThrows(() => writeOauthBearer("me\0", "x"), SaslError, "name");
});

Deno.test("a refusal says in a line what went wrong", () => {
  const cases = [
    ['{"status":"invalid_token"}', "invalid_token"],
    [
      '{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}',
      "400 (needs the scope https://mail.google.com/)",
    ],
    ['{"status":"a\\u001b[2J\\n","scope":7}', "a?[2J?"],
    ['{"error":"x"}', undefined],
    ["[]", undefined],
    ["null", undefined],
    ["Unauthorized", undefined],
    ["", undefined],
  ] as const;
  for (const [json, line] of cases) assertEquals(readTokenRefusal(octets(json)), line);
  for (const mechanism of ["OAUTHBEARER", "XOAUTH2"] as const) {
    assertEquals(typeof readTokenRefusal(writeTokenRefusal(mechanism)), "string");
  }
});

Deno.test("the client answers a refusal so that the server can say no", () => {
  const refusal = octets('{"status":"invalid_token"}');
  const bearer = oauthBearerClient("me", "abc");
  assertEquals(bearer.respond(refusal), Uint8Array.of(1));
  assertEquals(bearer.failure, "invalid_token");
  const google = xoauth2Client("me", "abc");
  assertEquals(google.respond(octets("no JSON")), new Uint8Array());
  assertEquals(google.failure, "the server does not say why");
  assertThrows(() => google.respond(refusal), SaslError, "goes on");
});
