/**
 * Every way to sign in that Dovecot offers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { startDovecot } from "../helpers/dovecot.ts";
import { permitted } from "../helpers/permissions.ts";
import { runIzypop3 } from "../helpers/program.ts";
import { latin1, text } from "../helpers/random.ts";

permitted(
  { net: true, write: true, programs: ["dovecot"] },
  "Dovecot lets clientpop3 in by SCRAM-SHA-256, APOP, PLAIN, LOGIN and USER",
  async (t) => {
    await using dovecot = await startDovecot({
      mailboxes: { me: [latin1("Subject: one\r\n\r\none\r\n")] },
      settings: "auth_mechanisms = plain login apop scram-sha-256\n",
    });
    const stat = (password: string, ...flags: string[]) => {
      const where = ["--ip", dovecot.hostname, "--port", `${dovecot.port}`, "--user", "me"];
      return runIzypop3(["clientpop3", ...where, "--pass", password, ...flags, "stat"]);
    };
    for (const method of ["auto", "scram-sha-256", "apop", "plain", "login", "user"]) {
      await t.step(method, async () => {
        const { code, stdout, stderr } = await stat(dovecot.password, "--auth", method);
        assertEquals({ code, out: text(stdout) }, { code: 0, out: "1 21\n" }, stderr);
        assertEquals((await stat("wrong", "--auth", method)).code, 77);
      });
    }
    await t.step("auto takes SCRAM-SHA-256", async () => {
      const { stderr } = await stat(dovecot.password, "--verbose.clientLog");
      assertEquals(/AUTH SCRAM-SHA-256 \*\*\*/.test(stderr), true, stderr);
    });
  },
);
