import { assertEquals } from "@std/assert";
import { parseSecret, type Secret, writeScramSecret } from "../../lib/auth/passwd_secret.ts";
import { PasswordCheck } from "../../lib/auth/password_check.ts";
import { makeScramCredentials } from "../../lib/auth/scram.ts";
import { octets } from "./exchange.ts";
import { workOf } from "./work.ts";

async function scram(password: string, iterations: number): Promise<Secret> {
  const line = writeScramSecret(await makeScramCredentials(octets(password), { iterations }));
  return parseSecret("SCRAM-SHA-256", line.replace(/^.*}/, ""));
}

const PBKDF2 = parseSecret("PBKDF2", "$1$pepper$10$1bf082533fa96b62cbbecbd62c97e84fdcf31c3b");
const PLAIN = parseSecret("PLAIN", "open sesame");

Deno.test("whoever signs in, the work is the same", async () => {
  const secrets = [PLAIN, PBKDF2, await scram("open sesame", 7), await scram("x", 30)];
  const check = new PasswordCheck(secrets);
  const expected = await workOf(() => check.holds(undefined, octets("open sesame")));
  assertEquals(expected["iterations of SHA-256"], 31);
  assertEquals(expected["iterations of SHA-1"], 11);
  for (const secret of secrets) {
    for (const password of ["open sesame", "wrong", "x"]) {
      const work = await workOf(() => check.holds(secret, octets(password)));
      assertEquals(work, expected, `${secret.kind} ${password}`);
    }
  }
});

Deno.test("passwords that stand in the file cost no hashing", async () => {
  const check = new PasswordCheck([PLAIN]);
  assertEquals(await workOf(() => check.holds(PLAIN, octets("open sesame"))), {});
  assertEquals(await workOf(() => check.holds(undefined, octets("open sesame"))), {});
});

Deno.test("each user's own password is right, whatever the others have", async () => {
  const secrets = [PLAIN, PBKDF2, await scram("open sesame", 7), await scram("x", 30)];
  const passwords = ["open sesame", "open sesame", "open sesame", "x"];
  const check = new PasswordCheck(secrets);
  for (const [index, secret] of secrets.entries()) {
    for (const password of ["open sesame", "x", "", "\0".repeat(32)]) {
      const right = password === passwords[index];
      assertEquals(await check.holds(secret, octets(password)), right, `${index} ${password}`);
    }
  }
});

Deno.test("no password is that of nobody", async () => {
  const check = new PasswordCheck([await scram("x", 3), PBKDF2, PLAIN]);
  for (const password of ["", "x", "\0".repeat(32), "open sesame"]) {
    assertEquals(await check.holds(undefined, octets(password)), false);
  }
});

Deno.test("passwords of PLAIN and SCRAM are prepared, those of PBKDF2 are octets", async () => {
  const composed = parseSecret("PLAIN", "ä");
  const secrets = [composed, await scram("ä", 2)];
  const check = new PasswordCheck(secrets);
  for (const secret of secrets) {
    assertEquals(await check.holds(secret, octets("a\u0308")), true);
    assertEquals(await check.holds(secret, octets("a")), false);
  }
  const dovecot = parseSecret(
    "PBKDF2",
    "$1$76mRHYADxf8lG5Iy$5000$e19825bd1831608f68c20dc15514d8d7a87e102e",
  );
  const own = new PasswordCheck([dovecot]);
  assertEquals(await own.holds(dovecot, octets("pässwörd")), true);
  assertEquals(await own.holds(dovecot, octets("pa\u0308sswo\u0308rd")), false);
});
