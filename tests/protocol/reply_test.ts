import { assert, assertEquals } from "@std/assert";
import { DotDecoder } from "../../lib/protocol/dot_decoder.ts";
import { REPLY_LINE_LIMIT } from "../../lib/protocol/limits.ts";
import {
  encodeLines,
  encodeStatusLine,
  parseStatusLine,
  type Reply,
  type StatusLine,
} from "../../lib/protocol/reply.ts";
import { concat, latin1, seeded, text } from "../helpers/random.ts";

const NOTHING: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator]() {},
};

const ENCODED: readonly (readonly [reply: Reply, line: string])[] = [
  [{ kind: "ok", text: "" }, "+OK\r\n"],
  [{ kind: "ok", text: "POP3 ready <1.2@example.org>" }, "+OK POP3 ready <1.2@example.org>\r\n"],
  [{ kind: "err", text: "" }, "-ERR\r\n"],
  [{ kind: "err", text: "No such message" }, "-ERR No such message\r\n"],
  [{ kind: "err", text: "Locked", code: "IN-USE" }, "-ERR [IN-USE] Locked\r\n"],
  [{ kind: "err", text: "", code: "SYS/TEMP" }, "-ERR [SYS/TEMP]\r\n"],
  [{ kind: "challenge", data: "" }, "+ \r\n"],
  [{ kind: "challenge", data: "cj1h" }, "+ cj1h\r\n"],
  [{ kind: "lines", text: "2 messages", lines: ["1 2"] }, "+OK 2 messages\r\n"],
  [{ kind: "message", text: "3 octets", chunks: NOTHING, stuffing: true }, "+OK 3 octets\r\n"],
  [{ kind: "ok", text: "a\r\n-ERR b\r\n.\r\n\0\x1b[2J\tc" }, "+OK a  -ERR b  .    [2J\tc\r\n"],
  [{ kind: "err", text: "[AUTH] not ours" }, "-ERR (AUTH] not ours\r\n"],
  [{ kind: "err", text: " [AUTH] not ours" }, "-ERR  (AUTH] not ours\r\n"],
  [{ kind: "err", text: "\n[AUTH] not ours" }, "-ERR  (AUTH] not ours\r\n"],
  [{ kind: "err", text: "\0[AUTH] not ours" }, "-ERR  (AUTH] not ours\r\n"],
  [{ kind: "err", text: "[x] ours", code: "AUTH" }, "-ERR [AUTH] [x] ours\r\n"],
  [{ kind: "challenge", data: "a\r\n+OK" }, "+ a  +OK\r\n"],
];

for (const [reply, line] of ENCODED) {
  Deno.test(`encodeStatusLine writes ${JSON.stringify(line)}`, () => {
    assertEquals(text(encodeStatusLine(reply)), line);
  });
}

Deno.test("a status line has at most 512 octets, and never half a character", () => {
  const fits = "x".repeat(REPLY_LINE_LIMIT - "+OK \r\n".length);
  assertEquals(text(encodeStatusLine({ kind: "ok", text: fits })), `+OK ${fits}\r\n`);
  assertEquals(text(encodeStatusLine({ kind: "ok", text: fits + "y" })), `+OK ${fits}\r\n`);
  assertEquals(encodeStatusLine({ kind: "ok", text: "z".repeat(10_000_000) }).length, 512);
  for (const character of ["ü", "€", "📬"]) {
    const line = encodeStatusLine({ kind: "err", text: character.repeat(512), code: "SYS/PERM" });
    assert(line.length > REPLY_LINE_LIMIT - 4 && line.length <= REPLY_LINE_LIMIT);
    new TextDecoder("utf-8", { fatal: true }).decode(line);
    assertEquals(text(line.subarray(-2)), "\r\n");
  }
});

Deno.test("a challenge is never cut", () => {
  const data = "QUJD".repeat(1000);
  assertEquals(text(encodeStatusLine({ kind: "challenge", data })), `+ ${data}\r\n`);
});

Deno.test("no text makes more than one line", () => {
  const random = seeded(81);
  for (let round = 0; round < 500; round++) {
    const noise = String.fromCharCode(...Array.from({ length: 60 }, () => random() * 0x300));
    for (const kind of ["ok", "err"] as const) {
      const line = text(encodeStatusLine({ kind, text: noise + "\r\n" + noise }));
      assert(/^(\+OK|-ERR) [^\r\n\0]*\r\n$/.test(line));
    }
    const listing = text(concat(encodeLines([noise, "\r\n.\r\n", noise])));
    assert(/^([^\r\n\0]*\r\n){3}\.\r\n$/.test(listing));
  }
});

Deno.test("a reply of no lines still has its end", () => {
  assertEquals(text(concat(encodeLines([]))), ".\r\n");
});

Deno.test("lines that begin with a dot are stuffed", () => {
  assertEquals(
    text(concat(encodeLines(["1 2", ".", "..", "", "a.b"]))),
    "1 2\r\n..\r\n...\r\n\r\na.b\r\n.\r\n",
  );
});

Deno.test("a long listing comes in blocks of about 64 KiB, and is read back whole", () => {
  let asked = 0;
  function* lines(): Generator<string> {
    for (asked = 1; asked <= 20_000; asked++) yield `${asked} .${"x".repeat(asked % 80)}`;
  }
  const blocks: Uint8Array[] = [];
  for (const block of encodeLines(lines())) {
    if (blocks.length === 0) assert(asked < 5000, "lines are asked for only as they are wanted");
    blocks.push(block);
  }
  assert(blocks.length > 10);
  assert(blocks.slice(0, -1).every(({ length }) => length >= 65_536 && length < 66_000));
  const decoder = new DotDecoder({ lineEnding: "crlf" });
  const read = text(concat(blocks.flatMap((block) => decoder.push(block))));
  assertEquals(decoder.state, "ended");
  assertEquals(read, [...lines()].map((line) => `${line}\r\n`).join(""));
});

const PARSED: readonly (readonly [line: string, status: StatusLine | undefined])[] = [
  ["+OK", { status: "ok", text: "" }],
  ["+OK ", { status: "ok", text: "" }],
  ["+ok Dovecot ready. <1@x>", { status: "ok", text: "Dovecot ready. <1@x>" }],
  ["+OK\t2  320 ", { status: "ok", text: "2  320" }],
  ["-ERR", { status: "err", text: "" }],
  ["-err no such message", { status: "err", text: "no such message" }],
  ["-ERR [IN-USE] locked", { status: "err", code: "IN-USE", text: "locked" }],
  ["-ERR [sys/temp]later", { status: "err", code: "SYS/TEMP", text: "later" }],
  ["-ERR [AUTH]", { status: "err", code: "AUTH", text: "" }],
  ["-ERR [unclosed", { status: "err", text: "[unclosed" }],
  ["-ERR [two words] x", { status: "err", text: "[two words] x" }],
  ["-ERR [127.0.0.1] x", { status: "err", text: "[127.0.0.1] x" }],
  ["-ERR []", { status: "err", text: "[]" }],
  ["-ERR no [AUTH]", { status: "err", text: "no [AUTH]" }],
  ["+OK Gr\xc3\xbc\xc3\x9fe", { status: "ok", text: "Grüße" }],
  ["+OK Gr\xfc\xdfe", { status: "ok", text: "Grüße" }],
  ["+OK a\x1b[2Jb\0c\rd", { status: "ok", text: "a?[2Jb?c?d" }],
  ["+", { status: "challenge", data: "" }],
  ["+ ", { status: "challenge", data: "" }],
  ["+ cj1h ", { status: "challenge", data: "cj1h" }],
  ["", undefined],
  [" +OK", undefined],
  ["OK", undefined],
  ["+O", undefined],
  ["-ER", undefined],
  ["-", undefined],
  ["220 smtp.example.org ESMTP", undefined],
  ["* OK IMAP4rev1", undefined],
  ["\x17\x03\x03", undefined],
  ["\xff\xfe\x80", undefined],
];

for (const [line, status] of PARSED) {
  Deno.test(`parseStatusLine reads ${JSON.stringify(line)}`, () => {
    assertEquals(parseStatusLine(latin1(line)), status);
  });
}

Deno.test("parseStatusLine reads what encodeStatusLine writes", () => {
  for (const [reply, line] of ENCODED) {
    const status = parseStatusLine(latin1(line.slice(0, -2)));
    const wanted = { ok: "ok", lines: "ok", message: "ok", err: "err", challenge: "challenge" };
    assertEquals(status?.status, wanted[reply.kind]);
    if (status?.status === "err" && reply.kind === "err") assertEquals(status.code, reply.code);
  }
});
