import { assertEquals } from "@std/assert";
import { makePasswdLine, parsePasswdLine } from "../../lib/auth/passwd_line.ts";
import { PasswordCheck } from "../../lib/auth/password_check.ts";
import { permitted } from "../helpers/permissions.ts";
import { runProgram } from "../helpers/program.ts";
import { octets } from "./exchange.ts";

/** Dovecot's tool for passwords: what it writes we read, and the other way round. */
const NEEDS = { programs: ["doveadm"] };

const PASSWORDS = ["tanstaaf", "two words", "co:lon\\", "pässwörd"];

permitted(NEEDS, "what doveadm pw writes can stand in the users file", async () => {
  for (const scheme of ["SCRAM-SHA-256", "PBKDF2"]) {
    for (const password of PASSWORDS) {
      const { stdout } = await runProgram("doveadm", ["pw", "-s", scheme, "-p", password]);
      const line = `alice:${new TextDecoder().decode(stdout).trimEnd()}:/srv/alice`;
      const entry = parsePasswdLine(line);
      assertEquals([entry?.user, entry?.maildrop], ["alice", "/srv/alice"]);
      const check = new PasswordCheck(entry === undefined ? [] : [entry.secret]);
      assertEquals(await check.holds(entry?.secret, octets(password)), true, line);
      assertEquals(await check.holds(entry?.secret, octets(`${password} `)), false, line);
    }
  }
});

permitted(NEEDS, "doveadm pw takes the secrets that we make", async () => {
  for (const password of PASSWORDS) {
    const line = await makePasswdLine("alice", octets(password));
    const secret = line.slice("alice:".length);
    for (const [typed, right] of [[password, true], [`${password} `, false]] as const) {
      const { code } = await runProgram("doveadm", ["pw", "-t", secret, "-p", typed]);
      assertEquals(code === 0, right, `${line} ${typed}`);
    }
  }
});
