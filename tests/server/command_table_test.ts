import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/server/command_table.ts";

Deno.test("each command may run just in the states that its RFC names", () => {
  const [before, after, always] = ["authorization", "transaction", "authorization transaction"];
  const states = Object.fromEntries(
    Object.entries(COMMANDS).map(([verb, rule]) => [verb, rule.phases.join(" ")]),
  );
  assertEquals(states, {
    USER: before, // RFC 1939 §7
    PASS: before,
    APOP: before,
    AUTH: before, // RFC 5034 §4
    STLS: before, // RFC 2595 §4
    UTF8: before, // RFC 6856 §2
    LANG: always, // RFC 6856 §3
    CAPA: always, // RFC 2449 §5
    QUIT: always, // RFC 1939 §4 and §6
    STAT: after, // RFC 1939 §5
    LIST: after,
    RETR: after,
    DELE: after,
    NOOP: after,
    RSET: after,
    TOP: after, // RFC 1939 §7
    UIDL: after,
  });
});
