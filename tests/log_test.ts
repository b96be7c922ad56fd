import { assertEquals, assertMatch } from "@std/assert";
import { createLogger, type LoggerOptions } from "../lib/log.ts";

function logged(options: LoggerOptions, use: (logger: ReturnType<typeof createLogger>) => void) {
  const lines: string[] = [];
  use(createLogger({ ...options, write: (line) => lines.push(line) }));
  return lines;
}

Deno.test("a logger writes its level and what is worse", () => {
  const levels = ["debug", "info", "warn", "error"] as const;
  levels.forEach((level, index) => {
    const lines = logged({ level }, (logger) => levels.forEach((each) => logger[each](each)));
    assertEquals(lines.length, levels.length - index);
  });
});

Deno.test("a text line has time, level, message and facts", () => {
  const [line = ""] = logged({}, (logger) => logger.info("signed in", { user: "me", drop: "a b" }));
  assertMatch(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z info {2}signed in user=me drop="a b"\n$/);
});

Deno.test("a JSON line is one object", () => {
  const [line = ""] = logged(
    { format: "json" },
    (logger) => logger.warn("listening", { host: "127.0.0.1", port: 1110, none: undefined }),
  );
  const { time, ...rest } = JSON.parse(line);
  assertEquals(rest, { level: "warn", msg: "listening", host: "127.0.0.1", port: 1110 });
  assertEquals(new Date(time).toISOString(), time);
});

Deno.test("what a peer sent forges no line and moves no cursor", () => {
  const evil = "x\r\n2026-01-01 info  forged \x1b[2J\u2028\x9b";
  for (const format of ["text", "json"] as const) {
    const lines = logged({ format }, (logger) => logger.info("got", { evil }));
    assertEquals(lines.length, 1);
    // deno-lint-ignore no-control-regex -- they are what is looked for
    assertEquals(/[\x00-\x1f]/.test((lines[0] ?? "").slice(0, -1)), false);
  }
});
