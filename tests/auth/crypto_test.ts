import { assertEquals } from "@std/assert";
import { hmac, pbkdf2, sameOctets, sha256 } from "../../lib/auth/crypto.ts";
import { octets } from "./exchange.ts";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("PBKDF2 gives the vectors of RFC 6070", async () => {
  const derive = async (iterations: number, password: string, salt: string) =>
    hex(await pbkdf2(octets(password), { hash: "SHA-1", salt: octets(salt), iterations }));
  assertEquals(await derive(1, "password", "salt"), "0c60c80f961f0e71f3a9b524af6012062fe037a6");
  assertEquals(await derive(4096, "password", "salt"), "4b007901b765489abead49d926f721d065a429c1");
});

Deno.test("PBKDF2 takes an empty password, and gives as many octets as the hash has", async () => {
  for (const [hash, length] of [["SHA-1", 20], ["SHA-256", 32], ["SHA-512", 64]] as const) {
    const derived = await pbkdf2(octets(""), { hash, salt: octets("x"), iterations: 1 });
    assertEquals(derived.length, length);
  }
});

Deno.test("HMAC gives a vector of RFC 4231, SHA-256 one of FIPS 180", async () => {
  assertEquals(
    hex(await hmac(octets("Jefe"), "what do ya want for nothing?")),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  assertEquals(
    hex(await sha256(octets("abc"))),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("octets are the same when all of them are", () => {
  const cases = [
    ["", "", true],
    ["a", "a", true],
    ["abc", "abc", true],
    ["", "a", false],
    ["a", "", false],
    ["abc", "abd", false],
    ["abc", "ab", false],
    ["ab", "abc", false],
    ["abab", "ab", false],
    ["\0", "", false],
  ] as const;
  for (const [offered, expected, same] of cases) {
    assertEquals(sameOctets(octets(offered), octets(expected)), same, `${offered} ${expected}`);
  }
});
