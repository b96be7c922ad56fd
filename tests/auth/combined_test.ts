import { assertEquals } from "@std/assert";
import type { Authenticator, Credentials } from "../../lib/auth/authenticator.ts";
import { withTokens } from "../../lib/auth/combined.ts";
import { PasswdUsers } from "../../lib/auth/passwd_users.ts";
import { mechanismsOf } from "../../lib/auth/sasl_server.ts";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { octets } from "./exchange.ts";

/** A token is its owner's name. */
const TOKENS: Authenticator = {
  kinds: new Set(["token"] as const),
  authenticate: (credentials) =>
    Promise.resolve(credentials.kind === "token" ? { user: credentials.token } : undefined),
};

function users(text: string): Authenticator {
  const file = new PasswdUsers(octets(text), new Uint8Array(32));
  return {
    kinds: file.kinds,
    authenticate: (credentials) => file.authenticate(credentials),
    scram: (user) => file.scram(user),
    identityOf: (user) => file.identityOf(user),
  };
}

function token(owner: string): Credentials {
  return { kind: "token", user: undefined, token: owner };
}

Deno.test("passwords and tokens are offered together", () => {
  const both = withTokens(singlePassword("x"), TOKENS);
  assertEquals([...both.kinds], ["password", "apop", "scram", "token"]);
  assertEquals(mechanismsOf(both).length, 5);
});

Deno.test("a token opens the maildrop that the users file names, for its users only", async () => {
  const both = withTokens(users("alice:{PLAIN}x:/srv/alice"), TOKENS);
  assertEquals(await both.authenticate(token("alice")), { user: "alice", maildrop: "/srv/alice" });
  assertEquals(await both.authenticate(token("bob")), undefined);
  assertEquals((await both.scram?.("alice"))?.identity?.user, "alice");
  assertEquals(both.identityOf?.("bob"), undefined);
});

Deno.test("where every name is a user, so is every token's", async () => {
  const both = withTokens(singlePassword("x"), TOKENS);
  assertEquals(await both.authenticate(token("bob")), { user: "bob" });
  assertEquals(both.identityOf, undefined);
  const password: Credentials = { kind: "password", user: "me", password: octets("x") };
  assertEquals(await both.authenticate(password), { user: "me" });
});
