/**
 * `openssl s_client` brings every octet that serverpop3 sends over TLS and after STLS, the stuffing
 * included: it knows nothing of POP3 but STLS.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { allMessages } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { type Outcome, runProgram } from "../helpers/program.ts";
import { latin1, text } from "../helpers/random.ts";
import { CA, type Channel, portFor, type Ports, serve, serveMessages } from "../helpers/served.ts";

permitted(
  { net: true, write: true, programs: ["openssl"] },
  "openssl s_client gets every octet of a whole dialogue, over TLS and after STLS",
  async (t) => {
    await using served = await serveMessages(allMessages());
    const { user, password, messages } = served;
    const retrs = messages.map(({ number }) => `RETR ${number}`);
    const total = messages.reduce((sum, { wire }) => sum + wire.length, 0);
    for (const channel of ["STLS", "TLS"] as const) {
      await t.step(channel, async () => {
        const dialogue = [`USER ${user}`, `PASS ${password}`, "STAT", ...retrs, "QUIT"];
        const { code, stdout } = await sClient(served, channel, dialogue);
        // What comes before TLS is not shown, so after STLS there is no greeting.
        const greetings = channel === "TLS" ? 1 : 0;
        const heads = [/^\+OK .*\r\n/, /^\+OK.*\r\n/];
        let rest = text(stdout);
        for (const pattern of [...heads.slice(0, greetings), /^\+OK.*\r\n/, /^\+OK.*\r\n/]) {
          assertMatch(rest, pattern);
          rest = rest.replace(pattern, "");
        }
        const replies = messages.map(({ wire }) =>
          `+OK ${wire.length} octets\r\n${text(wire).replace(/(?<=^|\n)\./g, "..")}.\r\n`
        );
        const wanted = `+OK ${messages.length} ${total}\r\n${replies.join("")}`;
        assertEquals(rest.slice(0, wanted.length) === wanted, true, "the octets differ");
        assertMatch(rest.slice(wanted.length), /^\+OK.*\r\n$/);
        assertEquals(code, 0);
      });
    }
  },
);

permitted(
  { net: true, programs: ["openssl"] },
  "openssl s_client upgrades by STLS where nothing goes without, and refuses a wrong name",
  async () => {
    const flags = ["--password", "secret", "--require-tls", "--mimestore.count", "5"];
    await using served = await serve(...flags);
    const { stdout } = await sClient(served, "STLS", ["USER me", "PASS secret", "STAT", "QUIT"]);
    assertMatch(text(stdout), /\+OK 5 \d+\r\n\+OK Bye/);
    const wrong = await sClient(served, "STLS", ["QUIT"], "mail.example.org");
    assertEquals([wrong.code, text(wrong.stdout)], [1, ""]);
  },
);

function sClient(
  served: Ports,
  channel: Channel,
  dialogue: readonly string[],
  name = "localhost",
): Promise<Outcome> {
  const stls = channel === "STLS" ? ["-starttls", "pop3"] : [];
  const trust = ["-CAfile", CA, "-verify_return_error", "-verify_hostname", name];
  const where = ["-connect", `127.0.0.1:${portFor(served, channel)}`];
  const stdin = latin1(dialogue.map((line) => `${line}\r\n`).join(""));
  return runProgram("openssl", ["s_client", ...where, ...stls, ...trust, "-quiet"], { stdin });
}
