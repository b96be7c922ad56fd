import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Authenticator, Credentials } from "../../lib/auth/authenticator.ts";
import { SignInUnavailableError } from "../../lib/auth/errors.ts";
import { startClientMechanism } from "../../lib/auth/sasl_client.ts";
import { mechanismsOf, startServerMechanism } from "../../lib/auth/sasl_server.ts";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { SASL_MECHANISMS, SaslError, type SaslMechanismName } from "../../lib/protocol/sasl.ts";
import { seeded } from "../helpers/random.ts";
import { exchange, octets } from "./exchange.ts";

/** Takes the token `good`, which is alice's. */
const TOKENS: Authenticator = {
  kinds: new Set(["token"] as const),
  authenticate(credentials: Credentials) {
    const { kind, user } = credentials;
    const good = kind === "token" && credentials.token === "good";
    return Promise.resolve(good && (user ?? "alice") === "alice" ? { user: "alice" } : undefined);
  },
};

function authenticatorFor(mechanism: SaslMechanismName): Authenticator {
  return mechanism.endsWith("AUTH2") || mechanism === "OAUTHBEARER"
    ? TOKENS
    : singlePassword("good");
}

Deno.test("what is offered is what the authenticator can do", () => {
  assertEquals(mechanismsOf(singlePassword("x")), ["SCRAM-SHA-256", "PLAIN", "LOGIN"]);
  assertEquals(mechanismsOf(TOKENS), ["OAUTHBEARER", "XOAUTH2"]);
});

Deno.test("each mechanism lets in who has the secret, and nobody else", async () => {
  for (const mechanism of SASL_MECHANISMS) {
    for (const late of [false, true]) {
      for (const [secret, kind] of [["good", "done"], ["wrong", "refused"]] as const) {
        const client = startClientMechanism(mechanism, {
          user: "alice",
          secret: octets(secret),
          server: { hostname: "localhost", port: 110 },
        });
        const server = startServerMechanism(mechanism, authenticatorFor(mechanism));
        const { step } = await exchange(client, server, late);
        assertEquals(step.kind, kind, `${mechanism} ${secret}`);
        if (step.kind === "done") assertEquals(step.identity, { user: "alice" });
        if (step.kind === "refused") assertEquals(step.user, "alice");
      }
    }
  }
});

Deno.test("PLAIN knows no user who acts for another one", async () => {
  for (
    const [message, kind] of [
      ["alice\0alice\0good", "done"],
      ["ａlice\0alice\0good", "done"],
      ["root\0alice\0good", "refused"],
      ["root\0alice\0wrong", "refused"],
    ]
  ) {
    const server = startServerMechanism("PLAIN", singlePassword("good"));
    assertEquals((await server.step(octets(message ?? ""))).kind, kind, message);
  }
});

Deno.test("LOGIN asks in the words that clients wait for, also after a name given early", async () => {
  const server = startServerMechanism("LOGIN", singlePassword("good"));
  const ask = (words: string) => ({ kind: "challenge" as const, data: octets(words) });
  assertEquals(await server.step(undefined), ask("Username:"));
  assertEquals(await server.step(octets("alice")), ask("Password:"));
  assertEquals((await server.step(octets("good"))).kind, "done");
  const early = startServerMechanism("LOGIN", singlePassword("good"));
  assertEquals(await early.step(octets("alice")), ask("Password:"));
});

Deno.test("a token that is refused is told so in JSON before it is over", async () => {
  for (
    const [mechanism, message] of [
      ["OAUTHBEARER", "n,a=alice,\x01auth=Bearer bad\x01\x01"],
      ["XOAUTH2", "user=alice\x01auth=Bearer bad\x01\x01"],
    ] as const
  ) {
    const step = await startServerMechanism(mechanism, TOKENS).step(octets(message));
    assert(step.kind === "refused" && step.user === "alice", step.kind);
    assertEquals(typeof JSON.parse(new TextDecoder().decode(step.explanation)).status, "string");
  }
});

Deno.test("a token without a user, and one of another user", async () => {
  const bearer = (header: string) => octets(`${header}\x01auth=Bearer good\x01\x01`);
  const alone = startServerMechanism("OAUTHBEARER", TOKENS);
  assertEquals(await alone.step(bearer("n,,")), { kind: "done", identity: { user: "alice" } });
  const others = startServerMechanism("OAUTHBEARER", TOKENS);
  const refused = await others.step(bearer("n,a=bob,"));
  assert(refused.kind === "refused" && refused.user === "bob", refused.kind);
});

Deno.test("a run that is over stays over", async () => {
  const server = startServerMechanism("PLAIN", singlePassword("good"));
  assertEquals((await server.step(octets("\0me\0wrong"))).kind, "refused");
  assertEquals((await server.step(octets("\0me\0good"))).kind, "malformed");
  const broken = startServerMechanism("PLAIN", singlePassword("good"));
  assertEquals((await broken.step(octets("me"))).kind, "malformed");
  assertEquals((await broken.step(octets("\0me\0good"))).kind, "malformed");
});

Deno.test("an authenticator that cannot tell now is not a wrong password", async () => {
  const down: Authenticator = {
    kinds: new Set(["password", "token"] as const),
    authenticate: () => Promise.reject(new SignInUnavailableError("down", { permanent: false })),
  };
  const plain = startServerMechanism("PLAIN", down);
  await assertRejects(() => plain.step(octets("\0me\0x")), SignInUnavailableError, "down");
});

Deno.test("SCRAM is refused where the authenticator has none", async () => {
  const server = startServerMechanism("SCRAM-SHA-256", TOKENS);
  assertEquals(await server.step(octets("n,,n=me,r=x")), { kind: "refused", user: "me" });
});

Deno.test("the client refuses a name that its mechanism cannot carry", () => {
  for (const mechanism of SASL_MECHANISMS) {
    if (mechanism === "LOGIN") continue;
    const secrets = { user: "a\0b", secret: octets("x") };
    assertThrows(() => startClientMechanism(mechanism, secrets), SaslError, undefined, mechanism);
  }
});

Deno.test("whatever a client sends, a run ends and lets nobody in", async () => {
  const random = seeded(5);
  const alphabet = "n,=a\0r\xffpcy+/AZ0m\x01 uthBearer";
  for (let round = 0; round < 1500; round++) {
    const mechanism = SASL_MECHANISMS[round % SASL_MECHANISMS.length] ?? "PLAIN";
    const server = startServerMechanism(mechanism, authenticatorFor(mechanism));
    let step = await server.step(random() < 0.3 ? undefined : noise(alphabet, random));
    for (let answers = 0; step.kind === "challenge"; answers++) {
      assertEquals(answers < 4, true);
      step = await server.step(noise(alphabet, random));
    }
    assertEquals(step.kind === "done", false);
  }
});

function noise(alphabet: string, random: () => number): Uint8Array {
  return Uint8Array.from(
    { length: Math.floor(random() * 24) },
    () => alphabet.charCodeAt(Math.floor(random() * alphabet.length)),
  );
}
