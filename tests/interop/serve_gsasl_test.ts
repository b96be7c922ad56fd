/**
 * GNU SASL signs in at serverpop3. Its program speaks IMAP and SMTP, but no POP3: it makes and
 * reads the messages of the mechanism here, and we carry them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { fromBase64 } from "../../lib/protocol/sasl/base64.ts";
import { Gsasl } from "../helpers/gsasl.ts";
import { permitted } from "../helpers/permissions.ts";
import { CHANNELS, serve } from "../helpers/served.ts";
import type { Talk } from "../../lib/cli/checks/talk.ts";
import { talkOver } from "../helpers/word_by_word.ts";

const PASSWORD = "s3cret wörd";

permitted(
  { net: true, programs: ["gsasl"] },
  "GNU SASL signs in by SCRAM-SHA-256, PLAIN and LOGIN, and is refused with a wrong password",
  async (t) => {
    const flags = ["--password", PASSWORD, "--mimestore.count", "5", "--auth-penalty-max", "0"];
    await using served = await serve(...flags);
    for (const channel of CHANNELS) {
      for (const mechanism of ["SCRAM-SHA-256", "PLAIN", "LOGIN"]) {
        await t.step(`${mechanism}, ${channel}`, async () => {
          using talk = await talkOver(served, channel);
          assertEquals((await signIn(talk, mechanism, "wrong")).slice(0, 11), "-ERR [AUTH]");
          assertEquals((await signIn(talk, mechanism, PASSWORD)).slice(0, 3), "+OK");
          assertEquals((await talk.ask("STAT")).slice(0, 6), "+OK 5 ");
          await talk.ask("QUIT");
        });
      }
    }
  },
);

/** The reply that ends the sign-in; gsasl itself has checked the server's signature by then. */
async function signIn(talk: Talk, mechanism: string, password: string): Promise<string> {
  const how = ["--client", "--mechanism", mechanism, `--password=${password}`];
  await using gsasl = new Gsasl("me", how);
  await gsasl.line(); // The name of the mechanism.
  // LOGIN waits for the server's questions, the others begin.
  const first = mechanism === "LOGIN" ? "" : ` ${await gsasl.line()}`;
  let reply = await talk.ask(`AUTH ${mechanism}${first}`);
  while (reply.startsWith("+ ")) {
    await gsasl.send(fromBase64(reply.slice(2)));
    reply = await talk.ask(await gsasl.line() ?? "*");
  }
  return reply;
}
