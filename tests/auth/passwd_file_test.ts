import { assertEquals, assertRejects } from "@std/assert";
import { PasswdFileError } from "../../lib/auth/errors.ts";
import { PasswdFile } from "../../lib/auth/passwd_file.ts";
import { toBase64 } from "../../lib/protocol/sasl/base64.ts";
import { permitted } from "../helpers/permissions.ts";
import { octets } from "./exchange.ts";

async function withFile(
  text: string,
  run: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "izypop3-passwd-" });
  try {
    await Deno.writeTextFile(`${folder}/users`, text);
    await run(`${folder}/users`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function signIn(users: PasswdFile, user: string, text: string) {
  return users.authenticate({ kind: "password", user, password: octets(text) });
}

permitted({ read: true, write: true }, "a users file is read, and read anew", async () => {
  await withFile("alice:{PLAIN}one:/srv/alice\n", async (path) => {
    const users = await PasswdFile.open(path);
    assertEquals(await signIn(users, "alice", "one"), { user: "alice", maildrop: "/srv/alice" });
    assertEquals([...users.kinds], ["password", "apop", "scram"]);
    await Deno.writeTextFile(path, "bob:{PBKDF2}SHA-256,1,AAAA," + `${"A".repeat(43)}=\n`);
    assertEquals(await signIn(users, "bob", "x"), undefined);
    assertEquals((await signIn(users, "alice", "one"))?.user, "alice");
    await users.reload();
    assertEquals(await signIn(users, "alice", "one"), undefined);
    assertEquals([users.size, users.identityOf("bob")?.user], [1, "bob"]);
    assertEquals([...users.kinds], ["password"]);
  });
});

permitted({ read: true, write: true }, "a new file that is bad leaves the old users", async () => {
  await withFile("alice:{PLAIN}one", async (path) => {
    const users = await PasswdFile.open(path);
    for (
      const [bad, reason] of [
        ["alice:{PLAIN}two\nhunter2\n", "line 2"],
        ["", "no user"],
        ["alice:{PLAIN}two\nalice:{PLAIN}three\n", "line 2"],
      ]
    ) {
      await Deno.writeTextFile(path, bad ?? "");
      const error = await assertRejects(() => users.reload(), PasswdFileError, reason);
      assertEquals(error.message.startsWith(`Cannot use the users file ${path}: `), true);
      assertEquals([error.kind, error.message.includes("hunter2")], ["content", false]);
      assertEquals((await signIn(users, "alice", "one"))?.user, "alice");
    }
    await Deno.remove(path);
    const missing = await assertRejects(() => users.reload(), PasswdFileError, "not there");
    assertEquals(missing.kind, "missing");
    assertEquals((await signIn(users, "alice", "one"))?.user, "alice");
  });
});

permitted({ read: true, write: true }, "a file that cannot be read says why", async () => {
  await withFile("alice:{PLAIN}one", async (path) => {
    const missing = await assertRejects(() => PasswdFile.open(`${path}x`), PasswdFileError);
    assertEquals(missing.kind, "missing");
    const folder = path.replace(/\/users$/, "");
    const unreadable = await assertRejects(() => PasswdFile.open(folder), PasswdFileError);
    assertEquals(unreadable.kind, "unreadable");
  });
});

permitted({ read: true, write: true }, "two readers with one key show the same salts", async () => {
  await withFile("alice:{PLAIN}one", async (path) => {
    const decoyKey = new Uint8Array(32).fill(1);
    const salt = async (options: { decoyKey?: Uint8Array }) =>
      toBase64((await (await PasswdFile.open(path, options)).scram("nobody")).credentials.salt);
    assertEquals(await salt({ decoyKey }), await salt({ decoyKey }));
    assertEquals(await salt({}) === await salt({}), false);
  });
});

permitted(
  { read: true, write: true },
  "signing in goes on while the file is read anew",
  async () => {
    await withFile("alice:{PLAIN}one\nbob:{PLAIN}one", async (path) => {
      const users = await PasswdFile.open(path);
      const attempts = Array.from({ length: 50 }, async (_, index) => {
        if (index % 10 === 0) await users.reload();
        return await signIn(users, index % 2 === 0 ? "alice" : "bob", "one");
      });
      assertEquals((await Promise.all(attempts)).every((identity) => identity !== undefined), true);
    });
  },
);
