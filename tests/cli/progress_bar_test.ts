import { assertEquals, assertStringIncludes } from "@std/assert";
import { ProgressBar, progressLine } from "../../lib/cli/progress_bar.ts";
import { testIo } from "../helpers/test_io.ts";

const HALF = { messages: 1, messagesTotal: 4, octets: 500, octetsTotal: 1000 };

Deno.test("the line tells messages, part and octets", () => {
  assertEquals(
    progressLine("retr", HALF, 0),
    "retr [############------------] 1/4  50%  500 B of 1.0 KB",
  );
  assertStringIncludes(progressLine("retr", HALF, 1), "500 B/s");
});

Deno.test("after a second it tells how much time is left at this rate", () => {
  assertStringIncludes(progressLine("retr", HALF, 5), "100 B/s  0:05 left");
  const much = { ...HALF, octetsTotal: 500 + 100 * 3723 };
  assertStringIncludes(progressLine("retr", much, 5), "  1:02:03 left");
  const done = { ...HALF, octets: 1000 };
  assertEquals(progressLine("retr", done, 5).includes("left"), false);
});

Deno.test("the bar stays in its bounds when sizes were wrong", () => {
  const more = { messages: 4, messagesTotal: 4, octets: 3000, octetsTotal: 1000 };
  assertStringIncludes(progressLine("retr", more, 0), `[${"#".repeat(24)}] 4/4 100%`);
  const nothing = { messages: 0, messagesTotal: 0, octets: 0, octetsTotal: 0 };
  assertStringIncludes(progressLine("retr", nothing, 0), "0/0   0%");
});

Deno.test("on a terminal a bar is drawn within its width, and gone at the end", () => {
  const io = testIo({ columns: 20 });
  {
    using bar = ProgressBar.start(io, "retr", true);
    bar.show(HALF);
  }
  assertEquals(io.err(), `\r\x1b[Kretr [${"#".repeat(12)}-\r\x1b[K`);
});

Deno.test("nothing is drawn without a terminal, with --no-progress, or on a dumb terminal", () => {
  const ios = [testIo(), testIo({ columns: 80 }), testIo({ columns: 80, env: { TERM: "dumb" } })];
  for (const [index, io] of ios.entries()) {
    using bar = ProgressBar.start(io, "retr", index !== 1);
    bar.show(HALF);
    bar[Symbol.dispose]();
    assertEquals(io.err(), "");
  }
});
