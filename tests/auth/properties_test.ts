/** What holds for all users files; examples are in the files beside. */
import { assert, assertEquals } from "@std/assert";
import { parsePasswdLine } from "../../lib/auth/passwd_line.ts";
import { PasswdLineError } from "../../lib/auth/passwd_secret.ts";
import { PasswdUsers } from "../../lib/auth/passwd_users.ts";
import { readName } from "../../lib/protocol/sasl/text.ts";
import { fc, holdsForAll, holdsForAllAsync, octetText } from "../helpers/property.ts";
import { latin1 } from "../helpers/random.ts";

const KEY = new Uint8Array(32);

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .map((each) => each.replace(/[:#]/g, "").trim())
  .filter((each) => {
    try {
      const prepared = readName(each);
      return prepared === prepared.trim() && !/[:#\n\r]/.test(prepared);
    } catch {
      return false;
    }
  });
/** Colons and backslashes are what has to be escaped. */
const password = fc.string({
  unit: fc.constantFrom(..."\\:{} #,ab\u00e4\u20ac"),
  minLength: 1,
  maxLength: 10,
});
const path = fc.option(
  fc.string({ unit: fc.constantFrom(..."/\\:ab {}.") }).map((each) => `./${each}`),
  { nil: undefined },
);

/** As the file's description says: a backslash before each colon and backslash. */
function escaped(text: string): string {
  return text.replace(/[\\:]/g, "\\$&");
}

Deno.test("a {PLAIN} line is read as it was meant, whatever name, password and path", () => {
  holdsForAll(fc.tuple(name, password, path), ([user, secret, maildrop]) => {
    const end = maildrop === undefined ? "" : `:${maildrop}`;
    const entry = parsePasswdLine(`${user}:{PLAIN}${escaped(secret)}${end}`);
    assertEquals(entry?.user, readName(user));
    assert(entry?.secret.kind === "plain");
    assertEquals(entry.secret.password, new TextEncoder().encode(secret));
    assertEquals(entry.maildrop, maildrop);
  }, { runs: 1000 });
});

Deno.test("whatever a users file holds, it is users or an error with a line's number", () => {
  const piece = fc.constantFrom(
    ...[
      "me",
      ":",
      "{PLAIN}",
      "{plain}",
      "{PBKDF2}",
      "{SCRAM-SHA-256}",
      "4096,",
      "AAAA",
      ",",
      "$1$",
    ],
    ...["\n", "\r\n", "#", " ", "\\", "/mail", "\xff", "\xc3\xa4", "\0", "secret", "{", "}"],
  );
  const nearly = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""));
  holdsForAll(fc.oneof(nearly, octetText({ maxLength: 80 })), (content) => {
    try {
      assert(new PasswdUsers(latin1(content), KEY).size > 0);
    } catch (error) {
      assert(error instanceof PasswdLineError, `${error}`);
      assert(/^line \d+: |^there is no user/.test(error.message), error.message);
      assert(!error.message.includes("secret\n"), error.message);
    }
  }, { runs: 2000 });
});

Deno.test("each user of a file signs in with their own password, and nobody else's", async () => {
  const users = fc.uniqueArray(fc.tuple(name, password), {
    minLength: 1,
    maxLength: 4,
    selector: ([each]) => readName(each),
  });
  await holdsForAllAsync(users, async (list) => {
    const lines = list.map(([user, secret]) => `${user}:{PLAIN}${escaped(secret)}\n`).join("");
    const file = new PasswdUsers(new TextEncoder().encode(lines), KEY);
    for (const [user, own] of list) {
      for (const [, secret] of list) {
        const octets = new TextEncoder().encode(secret);
        const identity = await file.authenticate({ kind: "password", user, password: octets });
        const wanted = secret.normalize("NFKC") === own.normalize("NFKC");
        assertEquals(identity?.user, wanted ? readName(user) : undefined);
      }
    }
  }, { runs: 200 });
});
