import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Command,
  describeCommand,
  encodeCommand,
  parseCommand,
  withoutSecret,
} from "../../lib/protocol/command.ts";
import { CommandError } from "../../lib/protocol/errors.ts";
import { COMMAND_LINE_LIMIT } from "../../lib/protocol/limits.ts";
import { LineBuffer } from "../../lib/protocol/line_buffer.ts";
import { latin1, octetByOctet, seeded, text } from "../helpers/random.ts";

const DIGEST = "c4c9334bac560ecc979e58001b3e22fb";

const GOOD: readonly (readonly [line: string, command: Command])[] = [
  ["USER bob", { verb: "USER", name: "bob" }],
  ["user bob", { verb: "USER", name: "bob" }],
  ["User Bob Smith ", { verb: "USER", name: "Bob Smith " }],
  ["USER  bob", { verb: "USER", name: " bob" }],
  ["USER J\xc3\xb6rg", { verb: "USER", name: "Jörg" }],
  ["PASS secret", { verb: "PASS", password: latin1("secret") }],
  ["pass  two  spaces ", { verb: "PASS", password: latin1(" two  spaces ") }],
  ["PASS ", { verb: "PASS", password: latin1("") }],
  ["PASS \xff\0\t\r", { verb: "PASS", password: latin1("\xff\0\t\r") }],
  [`APOP bob ${DIGEST}`, { verb: "APOP", name: "bob", digest: DIGEST }],
  [`apop Bob Smith ${DIGEST.toUpperCase()} `, { verb: "APOP", name: "Bob Smith", digest: DIGEST }],
  ["AUTH", { verb: "AUTH" }],
  ["AUTH plain", { verb: "AUTH", mechanism: "PLAIN" }],
  ["AUTH SCRAM-SHA-256 ", { verb: "AUTH", mechanism: "SCRAM-SHA-256" }],
  ["auth PLAIN AGEAYg==", { verb: "AUTH", mechanism: "PLAIN", initial: "AGEAYg==" }],
  ["AUTH PLAIN =", { verb: "AUTH", mechanism: "PLAIN", initial: "=" }],
  ["CAPA", { verb: "CAPA" }],
  ["sTlS", { verb: "STLS" }],
  ["STAT ", { verb: "STAT" }],
  ["NOOP   ", { verb: "NOOP" }],
  ["RSET", { verb: "RSET" }],
  ["quit", { verb: "QUIT" }],
  ["UTF8", { verb: "UTF8" }],
  ["LANG", { verb: "LANG" }],
  ["LANG *", { verb: "LANG", tag: "*" }],
  ["LANG zh-Hant-TW", { verb: "LANG", tag: "zh-Hant-TW" }],
  ["LIST", { verb: "LIST" }],
  ["LIST ", { verb: "LIST" }],
  ["LIST 1", { verb: "LIST", number: 1 }],
  ["UIDL", { verb: "UIDL" }],
  ["UIDL 9999999999", { verb: "UIDL", number: 9_999_999_999 }],
  ["RETR 1", { verb: "RETR", number: 1 }],
  ["retr 0000000012", { verb: "RETR", number: 12 }],
  ["DELE 10  ", { verb: "DELE", number: 10 }],
  ["TOP 1 0", { verb: "TOP", number: 1, lines: 0 }],
  ["TOP 10 99999999", { verb: "TOP", number: 10, lines: 99_999_999 }],
];

for (const [line, command] of GOOD) {
  Deno.test(`parseCommand reads ${JSON.stringify(line)}`, () => {
    assertEquals(parseCommand(latin1(line)), command);
  });
}

const BAD: readonly (readonly [line: string, reason: string])[] = [
  ["", "Unknown command"],
  [" ", "Unknown command"],
  [" STAT", "Unknown command"],
  ["FOO", "Unknown command"],
  ["STATX", "Unknown command"],
  ["constructor", "Unknown command"],
  ["__proto__ 1", "Unknown command"],
  ["STAT\t", "printable ASCII"],
  ["RETR\t1", "printable ASCII"],
  ["\x16\x03\x01\x02", "printable ASCII"],
  ["NOOP \xff", "printable ASCII"],
  ["RETR 1\r", "printable ASCII"],
  ["RETR 1\0", "printable ASCII"],
  ["ST\u00c4T", "printable ASCII"],
  ["USER", "USER needs a name"],
  ["USER ", "USER needs a name"],
  ["USER \xff", "ASCII or UTF-8"],
  ["USER a\0b", "control characters"],
  ["USER a\x1b[2J", "control characters"],
  ["PASS", "PASS needs a password"],
  ["APOP", "name and a digest"],
  ["APOP bob", "name and a digest"],
  [`APOP ${DIGEST}`, "name and a digest"],
  [`APOP  ${DIGEST}`, "name and a digest"],
  [`APOP bob ${DIGEST}0`, "name and a digest"],
  [`APOP bob ${DIGEST.slice(1)}g`, "name and a digest"],
  ["AUTH PLAIN a b", "0 to 2 arguments"],
  ["AUTH PLAIN *", "base64"],
  ["AUTH PLAIN a=b", "base64"],
  ["AUTH PL$IN", "name of a mechanism"],
  ["AUTH  PLAIN", "one space"],
  ["CAPA all", "CAPA takes no arguments"],
  ["STAT 1", "STAT takes no arguments"],
  ["QUIT now", "QUIT takes no arguments"],
  ["UTF8 USER", "UTF8 takes no arguments"],
  ["LANG -", "language tag"],
  ["LANG de en", "0 to 1 argument"],
  ["LIST 0", "start at 1"],
  ["LIST 1 2", "0 to 1 argument"],
  ["LIST -1", "decimal digits"],
  ["UIDL 1.5", "decimal digits"],
  ["RETR", "RETR takes 1 argument"],
  ["RETR ", "RETR takes 1 argument"],
  ["RETR  1", "one space"],
  ["RETR 0", "start at 1"],
  ["RETR 0x1", "decimal digits"],
  ["RETR 1e1", "decimal digits"],
  ["RETR +1", "decimal digits"],
  ["RETR 12345678901", "decimal digits"],
  ["RETR Infinity", "decimal digits"],
  ["DELE 1.5", "decimal digits"],
  ["DELE 1 2", "DELE takes 1 argument"],
  ["TOP 1", "TOP takes 2 arguments"],
  ["TOP 1 -1", "decimal digits"],
  ["TOP 0 1", "start at 1"],
  ["TOP 1 2 3", "TOP takes 2 arguments"],
  ["TOP 1  2", "one space"],
];

for (const [line, reason] of BAD) {
  Deno.test(`parseCommand refuses ${JSON.stringify(line)}`, () => {
    assertThrows(() => parseCommand(latin1(line)), CommandError, reason);
  });
}

Deno.test("parseCommand's errors are one printable line that repeats no octet of the peer", () => {
  const random = seeded(71);
  for (let round = 0; round < 2000; round++) {
    const verb = ["", "RETR ", "USER ", "APOP ", "AUTH ", "TOP 1 "][round % 6] ?? "";
    const noise = String.fromCharCode(...Array.from({ length: 12 }, () => random() * 256));
    try {
      parseCommand(latin1(verb + noise));
    } catch (error) {
      assert(error instanceof CommandError);
      assert(/^[\x20-\x7e]+$/.test(error.message) && !error.message.includes(noise));
    }
  }
});

Deno.test("parseCommand keeps no view of the line, which is overwritten later", () => {
  const line = latin1("PASS secret");
  const command = parseCommand(line);
  line.fill(0);
  assertEquals(command, { verb: "PASS", password: latin1("secret") });
});

Deno.test("a command of 255 octets is read, split or not, and one more is too long", () => {
  const longest = `PASS ${"x".repeat(COMMAND_LINE_LIMIT - 7)}\r\n`;
  const longer = `PASS ${"x".repeat(COMMAND_LINE_LIMIT - 6)}\r\n`;
  assertEquals(longest.length, COMMAND_LINE_LIMIT);
  for (const chunks of [[latin1(longest + longer)], octetByOctet(latin1(longest + longer))]) {
    const buffer = new LineBuffer(COMMAND_LINE_LIMIT);
    chunks.forEach((chunk) => buffer.push(chunk));
    const line = buffer.next();
    assertEquals(line?.tooLong, false);
    assertEquals(parseCommand(line?.octets ?? latin1("")).verb, "PASS");
    assertEquals(buffer.next()?.tooLong, true);
  }
});

Deno.test("encodeCommand writes what parseCommand reads", () => {
  for (const [, command] of GOOD) {
    if (command.verb === "PASS" && command.password.includes(0x0d)) continue;
    const line = text(encodeCommand(command));
    assert(line.endsWith("\r\n"));
    assertEquals(parseCommand(latin1(line.slice(0, -2))), command);
  }
});

Deno.test("encodeCommand writes verbs and arguments apart by one space", () => {
  assertEquals(text(encodeCommand({ verb: "STAT" })), "STAT\r\n");
  assertEquals(text(encodeCommand({ verb: "TOP", number: 3, lines: 0 })), "TOP 3 0\r\n");
  assertEquals(text(encodeCommand({ verb: "PASS", password: latin1(" a b ") })), "PASS  a b \r\n");
  assertEquals(text(encodeCommand({ verb: "USER", name: "Jörg" })), "USER J\xc3\xb6rg\r\n");
  assertEquals(text(encodeCommand({ verb: "LIST", number: 9_999_999_999 })), "LIST 9999999999\r\n");
});

const UNSENDABLE: readonly Command[] = [
  { verb: "USER", name: "a\r\nDELE 1" },
  { verb: "USER", name: "a\nb" },
  { verb: "USER", name: "a\0b" },
  { verb: "USER", name: "" },
  { verb: "PASS", password: latin1("a\r\nDELE 1") },
  { verb: "PASS", password: latin1("a\n") },
  { verb: "PASS", password: latin1("\r") },
  { verb: "APOP", name: "a", digest: "b\r\nQUIT" },
  { verb: "APOP", name: "a", digest: "b c" },
  { verb: "AUTH", mechanism: "PLAIN", initial: "" },
  { verb: "AUTH", mechanism: "PLAIN", initial: "a\r\n" },
  { verb: "AUTH", mechanism: "PLAIN b" },
  { verb: "AUTH", initial: "secret" },
  { verb: "LANG", tag: "de\r\nQUIT" },
  { verb: "RETR", number: 0 },
  { verb: "RETR", number: 1.5 },
  { verb: "DELE", number: NaN },
  { verb: "DELE", number: -1 },
  { verb: "LIST", number: 10_000_000_000 },
  { verb: "UIDL", number: Infinity },
  { verb: "TOP", number: 0, lines: 1 },
  { verb: "TOP", number: 1, lines: -1 },
  { verb: "TOP", number: 1, lines: 1e21 },
];

for (const command of UNSENDABLE) {
  Deno.test(`encodeCommand refuses ${JSON.stringify(command)}`, () => {
    const error = assertThrows(() => encodeCommand(command), CommandError, "Cannot send");
    assert(!error.message.includes("secret"));
  });
}

const SHOWN: readonly (readonly [command: Command, shown: string])[] = [
  [{ verb: "USER", name: "bob" }, "USER bob"],
  [{ verb: "USER", name: "b\r\n\x1b[2J\x9bo\u2028b" }, "USER b???[2J?o?b"],
  [{ verb: "PASS", password: latin1("secret") }, "PASS ***"],
  [{ verb: "PASS", password: latin1("") }, "PASS ***"],
  [{ verb: "APOP", name: "bob", digest: DIGEST }, "APOP bob ***"],
  [{ verb: "AUTH" }, "AUTH"],
  [{ verb: "AUTH", mechanism: "PLAIN" }, "AUTH PLAIN"],
  [{ verb: "AUTH", mechanism: "PLAIN", initial: "secret" }, "AUTH PLAIN ***"],
  [{ verb: "LIST" }, "LIST"],
  [{ verb: "TOP", number: 3, lines: 10 }, "TOP 3 10"],
  [{ verb: "QUIT" }, "QUIT"],
];

for (const [command, shown] of SHOWN) {
  Deno.test(`describeCommand shows ${JSON.stringify(shown)}, and no secret`, () => {
    assertEquals(describeCommand(command), shown);
  });
}

for (const [command, shown] of SHOWN) {
  Deno.test(`${JSON.stringify(shown)} is shown of what is kept of a command, without its secret`, () => {
    const kept = withoutSecret(command);
    assertEquals(describeCommand(kept), shown);
    // Octets show as numbers in JSON.
    const password = kept.verb === "PASS" ? text(kept.password) : "";
    const all = JSON.stringify(kept) + password;
    assert(!all.includes("secret") && !all.includes(DIGEST), all);
  });
}
