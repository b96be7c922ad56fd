import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/config/errors.ts";
import { parseSince } from "../../lib/config/since.ts";

const NOW = Date.UTC(2026, 2, 15, 12);

Deno.test("dates, dates with times and spans of time are moments", () => {
  const cases: readonly [string, number][] = [
    ["2026-03-01", Date.UTC(2026, 2, 1)],
    ["2026-03-01T08:30", Date.UTC(2026, 2, 1, 8, 30)],
    ["2026-03-01 08:30:15", Date.UTC(2026, 2, 1, 8, 30, 15)],
    ["2026-03-01T08:30:15.250Z", Date.UTC(2026, 2, 1, 8, 30, 15, 250)],
    ["2026-03-01T08:30+02:00", Date.UTC(2026, 2, 1, 6, 30)],
    ["2026-03-01t08:30-0130", Date.UTC(2026, 2, 1, 10, 0)],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
    ["1969-12-31", Date.UTC(1969, 11, 31)],
    ["30m", NOW - 30 * 60_000],
    ["12h", NOW - 12 * 3_600_000],
    ["7d", NOW - 7 * 86_400_000],
    ["2W", NOW - 14 * 86_400_000],
    ["0d", NOW],
  ];
  for (const [text, moment] of cases) assertEquals(parseSince(text, "--since", NOW), moment, text);
});

Deno.test("what is no moment is a usage error that says how one is written", () => {
  const wrong = [
    "yesterday",
    "2026",
    "2026-02-30",
    "2026-13-01",
    "2026-03-01T25:00",
    "2026-03-01T08:61",
    "2026-03-01T",
    "01.03.2026",
    "7",
    "7y",
    "-7d",
    "7 d",
    "1234567d",
    "2026-03-01Z",
  ];
  for (const text of wrong) {
    assertThrows(
      () => parseSince(text, "--since", NOW),
      UsageError,
      "for --since: it must be",
      text,
    );
  }
});
