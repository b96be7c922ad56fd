import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { makePasswdLine, parsePasswdLine } from "../../lib/auth/passwd_line.ts";
import { PasswdLineError } from "../../lib/auth/passwd_secret.ts";
import { PasswordCheck } from "../../lib/auth/password_check.ts";
import { seeded } from "../helpers/random.ts";
import { octets } from "./exchange.ts";

const KEYS = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=," +
  "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
const SCRAM = `4096,W22ZaJ0SNY7soEsUEjb6gQ==,${KEYS}`;

/** The password of a line whose secret is `{PLAIN}`. */
function plain(line: string): string {
  const secret = parsePasswdLine(line)?.secret;
  return secret?.kind === "plain" ? new TextDecoder().decode(secret.password) : "(not PLAIN)";
}

Deno.test("comments and empty lines are no users", () => {
  for (const line of ["", "   ", "\t", "#", "# alice:{PLAIN}x", "#alice:{PLAIN}x"]) {
    assertEquals(parsePasswdLine(line), undefined, line);
  }
});

Deno.test("a password stands in the file as it is, but for its colons", () => {
  const cases = [
    ["a:{PLAIN}secret", "secret"],
    ["a:{plain}secret", "secret"],
    ["a:{PLAIN} two  words ", " two  words "],
    ["a:{PLAIN}#hash", "#hash"],
    ["a:{PLAIN}{PLAIN}x", "{PLAIN}x"],
    ["a:{PLAIN}pa\\:ss", "pa:ss"],
    ["a:{PLAIN}\\:\\:", "::"],
    ["a:{PLAIN}back\\slash", "back\\slash"],
    ["a:{PLAIN}two\\\\slashes", "two\\slashes"],
    ["a:{PLAIN}end\\\\:/srv/a", "end\\"],
    ["a:{PLAIN}a\\\\\\:b", "a\\:b"],
    ["a:{PLAIN}a\\:b:/srv/a", "a:b"],
    ["a:{PLAIN}end\\", "end\\"],
    ["a:{PLAIN}pässwörd 😀", "pässwörd 😀"],
  ] as const;
  for (const [line, password] of cases) assertEquals(plain(line), password, line);
});

Deno.test("a maildrop path is all the rest of the line, on Windows too", () => {
  const cases = [
    ["a:{PLAIN}x:/srv/mail/a", "/srv/mail/a"],
    ["a:{PLAIN}x:C:\\Mail\\a", "C:\\Mail\\a"],
    ["a:{PLAIN}x:D:/mail: old/{user}", "D:/mail: old/{user}"],
    ["a:{PLAIN}x:./a", "./a"],
    ["a:{PLAIN}x:mail/a b ", "mail/a b "],
    ["a:{PLAIN}x:\\\\server\\share", "\\\\server\\share"],
    [`a:{SCRAM-SHA-256}${SCRAM}:/srv/ä`, "/srv/ä"],
    ["a:{PLAIN}x", undefined],
  ] as const;
  for (const [line, path] of cases) assertEquals(parsePasswdLine(line)?.maildrop, path, line);
});

Deno.test("a password with a bare colon is an error, not a short password and a path", () => {
  for (const line of ["a:{PLAIN}pa:ss", "a:{PLAIN}pass:", "a:{PLAIN}x:y:z", "a:{PLAIN}x::"]) {
    assertThrows(() => parsePasswdLine(line), PasswdLineError, "not a path", line);
  }
});

Deno.test("a line of another program's file is an error", () => {
  assertThrows(
    () => parsePasswdLine("a:{PLAIN}x:1000:1000::/home/a::"),
    PasswdLineError,
    "not numbers",
  );
  assertThrows(() => parsePasswdLine("a:x:1000:1000:A:/home/a:/bin/sh"), PasswdLineError);
  assertThrows(() => parsePasswdLine("a:$6$salt$hash"), PasswdLineError);
});

Deno.test("a name may be a mail address, have spaces, and is prepared", () => {
  for (
    const [name, user] of [
      ["me@example.org", "me@example.org"],
      ["John Doe", "John Doe"],
      ["ａ\u0308", "ä"],
      ["..", ".."],
      ["a/b", "a/b"],
    ]
  ) {
    assertEquals(parsePasswdLine(`${name}:{PLAIN}x`)?.user, user);
  }
});

Deno.test("a line that cannot be right is an error that tells no secret", () => {
  const wrong = [
    "hunter2",
    "hunter2:",
    "a:hunter2",
    "a:{PLAIN}",
    ":{PLAIN}hunter2",
    " a:{PLAIN}hunter2",
    "a :{PLAIN}hunter2",
    "a: {PLAIN}hunter2",
    "a\tb:{PLAIN}hunter2",
    "a\u202eb:{PLAIN}hunter2",
    `${"a".repeat(256)}:{PLAIN}hunter2`,
    "a:{hunter2}",
    "a:{MD5}hunter2",
    "a:{SCRAM-SHA-1}hunter2",
    "a:{PLAIN hunter2",
    "a:{PLAIN}hunter2\0",
    `a:{PLAIN}${"hunter2".repeat(200)}`,
    "a:{PLAIN}hunter2:./\x1b[2J",
    "a:{SCRAM-SHA-256}hunter2",
    "a:{SCRAM-SHA-256}4096,hunter2",
    "a:{PBKDF2}hunter2",
    "a:{PBKDF2}$1$hunter2",
  ];
  for (const line of wrong) {
    const error = assertThrows(() => parsePasswdLine(line), PasswdLineError, undefined, line);
    assertEquals(error.message.includes("hunter2"), false, error.message);
  }
});

Deno.test("a line that was made signs in who it was made for", async () => {
  const line = await makePasswdLine("jörg", octets("p:ä ss"), "C:\\Mail", { iterations: 4 });
  const entry = parsePasswdLine(line);
  assertEquals([entry?.user, entry?.maildrop], ["jörg", "C:\\Mail"]);
  const check = new PasswordCheck(entry === undefined ? [] : [entry.secret]);
  assertEquals(await check.holds(entry?.secret, octets("p:ä ss")), true);
  assertEquals(await check.holds(entry?.secret, octets("p:ä s")), false);
});

Deno.test("a line is made with 4096 iterations and a salt of its own", async () => {
  const lines = [await makePasswdLine("a", octets("x")), await makePasswdLine("a", octets("x"))];
  for (const line of lines) assertEquals(line.startsWith("a:{SCRAM-SHA-256}4096,"), true, line);
  assertEquals(lines[0] === lines[1], false);
});

Deno.test("a line that could not be read again is not made", async () => {
  const cases: [string, string, string | undefined][] = [
    ["", "x", undefined],
    ["a:b", "x", undefined],
    ["#a", "x", undefined],
    [" a", "x", undefined],
    ["a\n", "x", undefined],
    ["a\nroot:{PLAIN}x", "x", undefined],
    ["a", "", undefined],
    ["a", "x\0", undefined],
    ["a", "x".repeat(1025), undefined],
    ["a", "x", "name"],
    ["a", "x", "/srv/a\nroot:{PLAIN}x"],
    ["a", "x", "1:1:/srv/a"],
  ];
  for (const [user, password, path] of cases) {
    await assertRejects(
      () => makePasswdLine(user, octets(password), path),
      PasswdLineError,
      "Cannot make a line",
    );
  }
});

Deno.test("whatever stands in a line, it is a user, nothing, or an error", () => {
  const random = seeded(6);
  const pieces = ["a", ":", "{", "}", "PLAIN", "PBKDF2", "SCRAM-SHA-256", "\\", "/", ",", "$", "#"];
  let users = 0;
  for (let round = 0; round < 5000; round++) {
    const some = Array.from(
      { length: Math.floor(random() * 9) },
      () => pieces[Math.floor(random() * pieces.length)],
    );
    const line = (random() < 0.5 ? "me:{PLAIN}" : "") + some.join("");
    try {
      if (parsePasswdLine(line) !== undefined) users++;
    } catch (error) {
      if (!(error instanceof PasswdLineError)) throw error;
    }
  }
  assertEquals(users > 100, true);
});
