import { assertEquals, assertThrows } from "@std/assert";
import { parseSecret, PasswdLineError, writeScramSecret } from "../../lib/auth/passwd_secret.ts";
import { PasswordCheck } from "../../lib/auth/password_check.ts";
import { octets } from "./exchange.ts";

const SALT = "W22ZaJ0SNY7soEsUEjb6gQ==";
const STORED = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=";
const SERVER = "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

/** Scheme, secret, and the password that it was made from, by other programs. */
const MADE_ELSEWHERE = [
  ["PLAIN", "pencil", "pencil"],
  // gsasl --mkpasswd, with the salt of RFC 7677
  ["SCRAM-SHA-256", `4096,${SALT},${STORED},${SERVER}`, "pencil"],
  // doveadm pw
  [
    "SCRAM-SHA-256",
    "4096,OAuX0/XswfGMNk12wUYGjw==,KG9352EymniBCIFih/8tb54RwfdXiUkz+Fla1rcyOck=," +
    "D35aMCLCa9jDcg2pDQkAmRvRscCDjgWSZZW+ABwb7Gw=",
    "tanstaaf",
  ],
  ["PBKDF2", "$1$8RpIn7WnT6GrGadF$5000$ffe993c064b6b1a199b95b4cd422b05be63e5ce0", "tanstaaf"],
  ["PBKDF2", "$1$76mRHYADxf8lG5Iy$5000$e19825bd1831608f68c20dc15514d8d7a87e102e", "pässwörd"],
  // Python's hashlib.pbkdf2_hmac
  ["pbkdf2", "$1$pepper$10$1BF082533FA96B62CBBECBD62C97E84FDCF31C3B", "open sesame"],
  [
    "PBKDF2",
    "SHA-256,10,MDEyMzQ1Njc4OWFiY2RlZg==,Ba8iX7K0ooBYMfRLlUxER7HeFI/Dj2TzCimpdvLVb2c=",
    "open sesame",
  ],
  [
    "PBKDF2",
    "sha-512,10,MDEyMzQ1Njc4OWFiY2RlZg==,GWJrqJLgttRFpmPDJGkmcKvu/cQUxwcoAQHjfoTnI430uXeFcAi/" +
    "Y2yPXkXD3vcvaskCxzP3081T6PQS7oghYQ==",
    "open sesame",
  ],
] as const;

Deno.test("secrets that other programs made are understood", async () => {
  for (const [scheme, text, password] of MADE_ELSEWHERE) {
    const secret = parseSecret(scheme, text);
    const check = new PasswordCheck([secret]);
    assertEquals(await check.holds(secret, octets(password)), true, text);
    assertEquals(await check.holds(secret, octets(`${password}x`)), false, text);
    assertEquals(await check.holds(secret, octets("")), false, text);
  }
});

Deno.test("SCRAM credentials are written as they were read", () => {
  const text = `4096,${SALT},${STORED},${SERVER}`;
  const secret = parseSecret("SCRAM-SHA-256", text);
  assertEquals(
    secret.kind === "scram" && writeScramSecret(secret.credentials),
    `{SCRAM-SHA-256}${text}`,
  );
});

Deno.test("a secret that cannot be right is an error", () => {
  const hash = "1bf082533fa96b62cbbecbd62c97e84fdcf31c3b";
  const wrong = [
    ["", "x"],
    ["MD5", "x"],
    ["PLAIN", ""],
    ["SCRAM-SHA-256", ""],
    ["SCRAM-SHA-256", `4096,${SALT},${STORED}`],
    ["SCRAM-SHA-256", `4096,${SALT},${STORED},${SERVER},`],
    ["SCRAM-SHA-256", `0,${SALT},${STORED},${SERVER}`],
    ["SCRAM-SHA-256", `04096,${SALT},${STORED},${SERVER}`],
    ["SCRAM-SHA-256", `-1,${SALT},${STORED},${SERVER}`],
    ["SCRAM-SHA-256", `4e3,${SALT},${STORED},${SERVER}`],
    ["SCRAM-SHA-256", `10000001,${SALT},${STORED},${SERVER}`],
    ["SCRAM-SHA-256", `99999999999999999999,${SALT},${STORED},${SERVER}`],
    ["SCRAM-SHA-256", `4096,,${STORED},${SERVER}`],
    ["SCRAM-SHA-256", `4096,W22Z aJ0,${STORED},${SERVER}`],
    ["SCRAM-SHA-256", `4096,${SALT},${SALT},${SERVER}`],
    ["SCRAM-SHA-256", `4096,${SALT},${STORED},${SERVER} `],
    ["PBKDF2", ""],
    ["PBKDF2", `$2$pepper$10$${hash}`],
    ["PBKDF2", `$1$$10$${hash}`],
    ["PBKDF2", `$1$pepper$0$${hash}`],
    ["PBKDF2", `$1$pepper$99999999$${hash}`],
    ["PBKDF2", `$1$pepper$10$${hash}0`],
    ["PBKDF2", `$1$pepper$10$${hash.replace("1", "g")}`],
    ["PBKDF2", `$1$pepper$10`],
    ["PBKDF2", `SHA-1,10,${SALT},${STORED}`],
    ["PBKDF2", `SHA-512,10,${SALT},${STORED}`],
    ["PBKDF2", `SHA-256,10,${SALT}`],
    ["PBKDF2", `SHA-256,10,${SALT},${STORED},`],
  ] as const;
  for (const [scheme, text] of wrong) {
    assertThrows(() => parseSecret(scheme, text), PasswdLineError, undefined, `${scheme} ${text}`);
  }
});
