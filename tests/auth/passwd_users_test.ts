import { createHash } from "node:crypto";
import { assertEquals, assertThrows } from "@std/assert";
import type { Credentials } from "../../lib/auth/authenticator.ts";
import { makePasswdLine } from "../../lib/auth/passwd_line.ts";
import { PasswdLineError } from "../../lib/auth/passwd_secret.ts";
import { PasswdUsers } from "../../lib/auth/passwd_users.ts";
import { startServerMechanism } from "../../lib/auth/sasl_server.ts";
import { scramClient } from "../../lib/auth/scram_client.ts";
import { toBase64 } from "../../lib/protocol/sasl/base64.ts";
import { exchange, octets } from "./exchange.ts";
import { workOf } from "./work.ts";

const KEY = new Uint8Array(32).fill(7);
const PBKDF2 = "{PBKDF2}$1$pepper$10$1bf082533fa96b62cbbecbd62c97e84fdcf31c3b";

function users(...lines: string[]): PasswdUsers {
  return new PasswdUsers(octets(lines.join("\n")), KEY);
}

/** plain (password "x"), scram ("y"), pbkdf2 ("open sesame"). */
async function mixed(): Promise<PasswdUsers> {
  const scram = await makePasswdLine("scram", octets("y"), undefined, { iterations: 5 });
  return users("plain:{PLAIN}x:/srv/p", scram, `pbkdf2:${PBKDF2}`);
}

function password(user: string, text: string): Credentials {
  return { kind: "password", user, password: octets(text) };
}

async function scramStep(file: PasswdUsers, user: string, text: string): Promise<string> {
  const client = scramClient(user, octets(text), { leastIterations: 1 });
  const server = startServerMechanism("SCRAM-SHA-256", asAuthenticator(file));
  return (await exchange(client, server)).step.kind;
}

function asAuthenticator(file: PasswdUsers) {
  return {
    kinds: file.kinds,
    authenticate: (credentials: Credentials) => file.authenticate(credentials),
    scram: (user: string) => file.scram(user),
  };
}

Deno.test("each user signs in with their own password", async () => {
  const file = await mixed();
  assertEquals(file.size, 3);
  const passwords = { plain: "x", scram: "y", pbkdf2: "open sesame" };
  for (const user of [...Object.keys(passwords), "nobody", "", "__proto__"]) {
    for (const [owner, text] of Object.entries(passwords)) {
      const identity = await file.authenticate(password(user, text));
      assertEquals(identity?.user, owner === user ? user : undefined, `${user} ${text}`);
    }
  }
  assertEquals(await file.authenticate(password("plain", "x")), {
    user: "plain",
    maildrop: "/srv/p",
  });
});

Deno.test("a name is the same however it is typed, and is told as the file has it", async () => {
  const file = users("jörg:{PLAIN}x");
  for (const name of ["jörg", "jo\u0308rg", "ｊörg", "jö\u00adrg"]) {
    assertEquals(await file.authenticate(password(name, "x")), { user: "jörg" });
    assertEquals(file.identityOf(name), { user: "jörg" });
    assertEquals((await file.scram(name)).identity, { user: "jörg" });
  }
  for (const name of ["jorg", "Jörg", "jörg ", "jörg\0"]) {
    assertEquals(await file.authenticate(password(name, "x")), undefined, name);
  }
});

Deno.test("APOP works for a password that is kept as it is, and for no other", async () => {
  const file = await mixed();
  const timestamp = "<1896.697170952@dbc.mtview.ca.us>";
  const signIn = (user: string, secret: string) => {
    const digest = createHash("md5").update(timestamp + secret).digest("hex");
    return file.authenticate({ kind: "apop", user, timestamp, digest });
  };
  assertEquals((await signIn("plain", "x"))?.user, "plain");
  for (const user of ["plain", "scram", "pbkdf2", "nobody"]) {
    for (const secret of ["y", "open sesame", "", "nobody's password"]) {
      assertEquals(await signIn(user, secret), undefined, `${user} ${secret}`);
    }
  }
});

Deno.test("what can succeed depends on what is in the file", async () => {
  const scram = await makePasswdLine("s", octets("y"), undefined, { iterations: 5 });
  assertEquals([...users("a:{PLAIN}x").kinds], ["password", "apop", "scram"]);
  assertEquals([...users(scram).kinds], ["password", "scram"]);
  assertEquals([...users(`p:${PBKDF2}`).kinds], ["password"]);
  assertEquals([...(await mixed()).kinds], ["password", "apop", "scram"]);
});

Deno.test("SCRAM works for SCRAM's own secrets and for passwords kept as they are", async () => {
  const file = await mixed();
  assertEquals(await scramStep(file, "plain", "x"), "done");
  assertEquals(await scramStep(file, "scram", "y"), "done");
  for (
    const [user, text] of [["plain", "y"], ["scram", "x"], ["pbkdf2", "open sesame"], ["no", ""]]
  ) {
    assertEquals(await scramStep(file, user ?? "", text ?? ""), "refused");
  }
});

Deno.test("SCRAM shows a user who does not exist the same salt each time", async () => {
  const file = await mixed();
  const again = await mixed();
  const salts = new Set<string>();
  for (const name of ["plain", "nobody", "no one", "pbkdf2"]) {
    const first = (await file.scram(name)).credentials;
    assertEquals((await file.scram(name)).credentials, first);
    assertEquals((await again.scram(name)).credentials, first);
    salts.add(toBase64(first.salt));
  }
  assertEquals(salts.size, 4);
  const otherKey = new PasswdUsers(octets("a:{PLAIN}x"), new Uint8Array(32));
  const other = (await otherKey.scram("nobody")).credentials.salt;
  assertEquals(salts.has(toBase64(other)), false);
});

Deno.test("SCRAM's made-up users have the shapes of real ones", async () => {
  const lines = await Promise.all(
    [[3, 8], [5, 40]].map(([iterations = 0, length = 0]) => {
      const salt = new Uint8Array(length).fill(1);
      return makePasswdLine(`u${iterations}`, octets("x"), undefined, { iterations, salt });
    }),
  );
  const file = users(...lines);
  const shapes = new Set<string>();
  for (let name = 0; name < 40; name++) {
    const { credentials: { iterations, salt } } = await file.scram(`nobody${name}`);
    shapes.add(`${iterations} ${salt.length}`);
  }
  assertEquals([...shapes].sort(), ["3 8", "5 40"]);
});

Deno.test("signing in costs the same whether the user exists or not", async () => {
  const file = await mixed();
  const names = ["plain", "scram", "pbkdf2", "nobody"];
  const passwords: Record<string, number>[] = [];
  for (const name of names) {
    passwords.push(await workOf(() => file.authenticate(password(name, "wrong"))));
  }
  for (const cost of passwords) assertEquals(cost, passwords[0]);
  const scram: Record<string, number>[] = [];
  for (const name of names) scram.push(await workOf(() => file.scram(name)));
  for (const cost of scram) assertEquals(cost, scram[0]);
});

Deno.test("a file has users, comments, line ends of any kind, and a mark in front", () => {
  const file = new PasswdUsers(
    octets("\ufeff# users\r\n\r\na:{PLAIN}x\r\n  \nb:{PLAIN}y :/srv/b\r\n# end"),
    KEY,
  );
  assertEquals(file.size, 2);
  assertEquals(file.identityOf("b"), { user: "b", maildrop: "/srv/b" });
});

Deno.test("an error names the line, and nothing that stands in it", () => {
  const cases = [
    ["# x\n\na:{PLAIN}hunter2\nhunter2", "line 4: it is not"],
    ["a:{PLAIN}x\r\nb:{hunter2}hunter2\r\n", "line 2: the scheme"],
    ["a:{PLAIN}x\nb:{PLAIN}y\na:{PLAIN}hunter2", "line 3: the user is that of line 1 again"],
    ["ä:{PLAIN}x\na\u0308:{PLAIN}hunter2", "line 2: the user is that of line 1 again"],
    ["", "there is no user in it"],
    ["# only a comment\n", "there is no user in it"],
  ] as const;
  for (const [file, message] of cases) {
    const error = assertThrows(() => users(file), PasswdLineError, message);
    assertEquals(error.message.includes("hunter2"), false);
  }
  const latin1 = Uint8Array.of(...octets("a:{PLAIN}x\nb:{PLAIN}"), 0xe4, 0x0a);
  assertThrows(() => new PasswdUsers(latin1, KEY), PasswdLineError, "line 2: it is not UTF-8");
});

Deno.test("no token is a password of the file", async () => {
  const file = users("a:{PLAIN}x");
  assertEquals(await file.authenticate({ kind: "token", user: "a", token: "x" }), undefined);
  assertEquals(await file.authenticate({ kind: "token", user: undefined, token: "x" }), undefined);
});
