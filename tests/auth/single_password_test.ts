import { assertEquals } from "@std/assert";
import type { Credentials } from "../../lib/auth/authenticator.ts";
import { singlePassword } from "../../lib/auth/single_password.ts";

function password(text: string): Credentials {
  return { kind: "password", user: "anyone", password: new TextEncoder().encode(text) };
}

Deno.test("the single password lets every user name in", async () => {
  const authenticator = singlePassword("12 34 5");
  assertEquals(await authenticator.authenticate(password("12 34 5")), { user: "anyone" });
});

Deno.test("every octet of the single password counts", async () => {
  const authenticator = singlePassword("pässword ");
  assertEquals(await authenticator.authenticate(password("pässword ")), { user: "anyone" });
  for (const wrong of ["", "pässword", " pässword ", "Pässword ", "pässword \0", "passwort"]) {
    assertEquals(await authenticator.authenticate(password(wrong)), undefined, wrong);
  }
});

Deno.test("APOP takes the digest of the example in RFC 1939", async () => {
  const authenticator = singlePassword("tanstaaf");
  const timestamp = "<1896.697170952@dbc.mtview.ca.us>";
  const apop = (digest: string): Credentials => ({
    kind: "apop",
    user: "mrose",
    timestamp,
    digest,
  });
  const right = "c4c9334bac560ecc979e58001b3e22fb";
  assertEquals(await authenticator.authenticate(apop(right)), { user: "mrose" });
  for (const wrong of ["", "c4", right.toUpperCase(), right.replace("f", "e"), right + "0"]) {
    assertEquals(await authenticator.authenticate(apop(wrong)), undefined, wrong);
  }
});

Deno.test("all ways to sign in with a password are offered", () => {
  assertEquals([...singlePassword("x").kinds], ["password", "apop", "scram"]);
});

Deno.test("two ways to type the same single password, or the same name, are one", async () => {
  const authenticator = singlePassword("pässword");
  const credentials: Credentials = {
    kind: "password",
    user: "a\u0308",
    password: new TextEncoder().encode("pa\u0308ssword"),
  };
  assertEquals(await authenticator.authenticate(credentials), { user: "ä" });
});

Deno.test("a single password of which nothing is left when prepared is not an empty one", async () => {
  const authenticator = singlePassword("\u00ad");
  assertEquals(await authenticator.authenticate(password("")), undefined);
  assertEquals(await authenticator.authenticate(password("\u00ad")), { user: "anyone" });
});

Deno.test("no token is a single password", async () => {
  const authenticator = singlePassword("x");
  const token: Credentials = { kind: "token", user: "me", token: "x" };
  assertEquals(await authenticator.authenticate(token), undefined);
});

Deno.test("SCRAM with the single password has the same credentials for all", async () => {
  const authenticator = singlePassword("x");
  const [one, other] = await Promise.all([authenticator.scram?.("a"), authenticator.scram?.("b")]);
  assertEquals(one?.credentials, other?.credentials);
  assertEquals([one?.identity, other?.identity], [{ user: "a" }, { user: "b" }]);
});
