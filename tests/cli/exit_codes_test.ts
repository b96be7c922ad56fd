import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  CannotCreateError,
  ExplainedError,
  InterruptedError,
  OutputClosedError,
  OutputError,
  PartialFailure,
} from "../../lib/cli/errors.ts";
import { describeFailure, exitCodeOf } from "../../lib/cli/exit_codes.ts";
import { SignInError } from "../../lib/client/errors.ts";
import { ConfigError, InputError, UsageError } from "../../lib/config/errors.ts";
import { CertificateError, ConnectionError, TimeoutError } from "../../lib/net/errors.ts";
import { MessageSetError, ProtocolError, ServerRefusal } from "../../lib/protocol/errors.ts";
import { StoreError } from "../../lib/stores/errors.ts";

Deno.test("every kind of error has its exit code", () => {
  const cases: readonly [unknown, number][] = [
    [new UsageError("x"), 64],
    [new MessageSetError("x"), 64],
    [new ConfigError("x"), 78],
    [new InputError("x"), 66],
    [new ConnectionError("refused", "x"), 69],
    [new ConnectionError("unknown-host", "x"), 69],
    [new ConnectionError("unreachable", "x"), 69],
    [new ConnectionError("in-use", "x"), 69],
    [new ConnectionError("denied", "x"), 77],
    [new ConnectionError("tls", "x"), 76],
    [new ConnectionError("lost", "x"), 75],
    [new CertificateError("x"), 77],
    [new SignInError("x"), 77],
    [new TimeoutError("x", 1), 75],
    [new ProtocolError("x"), 76],
    [new StoreError("missing", "x"), 66],
    [new StoreError("gone", "x"), 66],
    [new StoreError("in-use", "x"), 75],
    [new StoreError("denied", "x"), 77],
    [new StoreError("input-output", "x"), 74],
    [new StoreError("corrupt", "x"), 65],
    [new StoreError("config", "x"), 78],
    [new StoreError("bad-tag", "x"), 64],
    [new OutputError("x"), 74],
    [new CannotCreateError("x"), 73],
    [new OutputClosedError("x"), 0],
    [new InterruptedError(143), 143],
    [new ExplainedError("x", new TimeoutError("x", 1)), 75],
    [new PartialFailure("x", { cause: new StoreError("corrupt", "x") }), 65],
    [new Error("x"), 70],
    ["x", 70],
  ];
  for (const [error, code] of cases) assertEquals(exitCodeOf(error), code, String(error));
});

Deno.test("a refusal's exit code tells what kind of no it was", () => {
  const cases: readonly [string, string | undefined, number][] = [
    ["PASS ***", undefined, 77],
    ["AUTH PLAIN", "AUTH", 77],
    ["PASS ***", "IN-USE", 75],
    ["PASS ***", "LOGIN-DELAY", 75],
    ["PASS ***", "SYS/TEMP", 75],
    ["PASS ***", "SYS/PERM", 69],
    ["PASS ***", "sys/perm/quota", 69],
    ["PASS ***", "IN-USE/elsewhere", 75],
    ["PASS ***", "SYS/ODD", 75],
    ["the connection", "SYS/TEMP", 75],
    ["the connection", undefined, 69],
    ["STLS", undefined, 69],
    ["CAPA", undefined, 69],
    ["RETR 3", undefined, 66],
    ["RETR 3", "SYS/TEMP", 75],
    ["QUIT", undefined, 69],
  ];
  for (const [command, code, wanted] of cases) {
    assertEquals(exitCodeOf(new ServerRefusal(command, "no", code)), wanted, `${command} ${code}`);
  }
});

Deno.test("a server without response codes says in words that it is for now", () => {
  for (const text of ["lock busy!", "Please wait a few minutes", "Service unavailable"]) {
    assertEquals(exitCodeOf(new ServerRefusal("PASS ***", text)), 75, text);
  }
});

Deno.test("a known failure is told in its own words", () => {
  assertEquals(describeFailure(new UsageError("Cannot x: y")), "Cannot x: y");
  const explained = new ExplainedError("Cannot sign in", new Error("x"));
  assertEquals(describeFailure(explained), "Cannot sign in");
});

Deno.test("what ended because somebody wanted it to is told to nobody", () => {
  for (
    const error of [
      new OutputClosedError("x"),
      new InterruptedError(130),
      new PartialFailure("x", { cause: new StoreError("corrupt", "x") }),
    ]
  ) assertEquals(describeFailure(error), undefined);
});

Deno.test("an unknown error asks for a report, and says where it happened", () => {
  const text = describeFailure(new TypeError("x is not a function")) ?? "";
  assertStringIncludes(text, "Cannot go on: x is not a function");
  assertMatch(text, /please report it.*exit_codes_test\.ts:\d+/);
});
