import { assertEquals, assertMatch } from "@std/assert";
import { Tally } from "../../lib/cli/client/tally.ts";

Deno.test("the closing line tells what is new, known and skipped, and why", () => {
  const tally = new Tally();
  assertMatch(`${tally}`, /^0 new, 0 known, 0 octets in 0\.\d s$/);
  tally.fetched("stored", 100);
  tally.fetched("stored", 20);
  tally.fetched("duplicate", 3);
  tally.skipped("refused by the server", 7);
  tally.session(4);
  tally.skipped("over --max-size");
  tally.skipped("over --limit", 0);
  tally.skipped("refused by the server", 2);
  tally.deleted(1);
  assertEquals(tally.sessions, 1);
  const skipped = "3 skipped \\(1 over --max-size, 2 refused by the server\\)";
  assertMatch(
    `${tally}`,
    new RegExp(`^2 new, 5 known, ${skipped}, 1 deleted at the server, 123 octets in 0`),
  );
  tally.session(6);
  assertMatch(`${tally}`, /^2 new, 5 known, 1 deleted at the server, 123 octets in 0/);
});

Deno.test("what the server has not confirmed is not told as deleted", () => {
  const tally = new Tally();
  tally.deleted(3);
  tally.unconfirmed();
  assertMatch(`${tally}`, /, 3 marked as deleted at the server, which did not confirm it, /);
});
