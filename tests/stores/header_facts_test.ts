import { assert, assertEquals } from "@std/assert";
import { foldText, headerFacts, TEXT_LIMIT } from "../../lib/stores/header_facts.ts";
import { allMessages, corpus } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { latin1 } from "../helpers/random.ts";

async function facts(head: string) {
  return await headerFacts(new TextEncoder().encode(head));
}

Deno.test("authors and subject are decoded, folded and composed", async () => {
  const cases: readonly [string, string, string][] = [
    ["From: Jo <j@x.example>\r\nSubject: Hi\r\n\r\n", "JO <J@X.EXAMPLE>", "HI"],
    ["From: j@x.example\nSubject: \n\n", "J@X.EXAMPLE", ""],
    ["From: =?UTF-8?Q?J=C3=B6rg?= <j@x>\r\n\r\n", "JÖRG <J@X>", ""],
    ["From: =?iso-8859-1?q?J=F6rg_M=FCller?= <j@x>\r\n\r\n", "JÖRG MÜLLER <J@X>", ""],
    ["Subject: =?utf-8?B?4oKs?=\r\n =?utf-8?Q?_5?= now\r\n\r\n", "", "€ 5 NOW"],
    ["Subject: Grüße\tan\r\n  alle\r\n\r\n", "", "GRÜSSE AN ALLE"],
    // An o and two dots above it, apart.
    ["Subject: Jo\u0308rg\r\n\r\n", "", "JÖRG"],
    ['From: "b, a" <b@x>, c@x\r\n\r\n', "B, A <B@X>, C@X", ""],
    ["From: friends: a@x, B <b@x>;\r\n\r\n", "A@X, B <B@X>", ""],
    ["From: a@x\r\nFrom: b@x\r\nSubject: 1\r\nSubject: 2\r\n\r\n", "A@X, B@X", "1"],
    ["from:a@x\r\nSUBJECT:x\r\n\r\n", "A@X", "X"],
    ["From: a@x\r\n\r\nSubject: body\r\n", "A@X", ""],
  ];
  for (const [head, from, subject] of cases) {
    assertEquals(await facts(head), { from, subject, parsable: true }, head);
  }
});

Deno.test("eight bits without a word about them are read as Windows-1252, line by line", async () => {
  const head = latin1("From: J\xf6rg <j@x>\r\nSubject: \xe2\x82\xac\r\n\r\n");
  assertEquals(await headerFacts(head), { from: "JÖRG <J@X>", subject: "€", parsable: true });
});

Deno.test("a header without a single field cannot be parsed", async () => {
  for (
    const head of ["", "\r\n", "just a line\r\n", "word\r\n\r\n", ": x\r\n", "a b: c\r\n", "\0"]
  ) {
    assertEquals(await facts(head), { from: "", subject: "", parsable: false }, head);
  }
  for (const head of ["A:", "X-Y: z", "rubbish\r\nA: b\r\n", "From me\nA: b\n"]) {
    assertEquals((await facts(head)).parsable, true, head);
  }
});

Deno.test("long texts are cut, and never within a character", async () => {
  const { subject } = await facts(`Subject: ${"😀".repeat(5000)}\r\n\r\n`);
  assert(subject.length <= TEXT_LIMIT && subject.isWellFormed());
  const from = await facts(`From: ${"a@x, ".repeat(5000)}\r\n\r\n`);
  assert(from.from.length > TEXT_LIMIT - 5 && from.from.length <= TEXT_LIMIT);
});

Deno.test("texts are compared without case, as far as letters have one", () => {
  for (
    const [a, b] of [["straße", "STRASSE"], ["ΣΑΣ", "σας"], ["é", "E\u0301"], ["a  b", "A\n b"]]
  ) {
    assertEquals(foldText(a ?? ""), foldText(b ?? ""));
  }
});

permitted({ read: true }, "no message of the corpus makes the parser fail", async () => {
  const unparsable: string[] = [];
  for (const { name, octets } of allMessages()) {
    const { parsable, from, subject } = await headerFacts(octets.slice(0, 262_144));
    assert(from.isWellFormed() && subject.isWellFormed(), name);
    if (!parsable) unparsable.push(name);
  }
  const known = corpus().map(({ name }) => name);
  assertEquals(unparsable.filter((name) => known.includes(name)), [
    "dot-is-all",
    "cr-is-all",
    "lf-is-all",
    "empty",
    "body-only",
    "text-without-header",
  ]);
});

Deno.test("hostile headers do not take long", async () => {
  const kinds = ["(", '"', "<a@b>", ",", "g:", "=?utf-8?q?a?= ", "\\", "x ", "a:b;", "\r\n "];
  for (const kind of kinds) {
    const head = `From: ${kind.repeat(250_000 / kind.length)}\r\n\r\n`;
    assert((await facts(head)).from.length <= TEXT_LIMIT, kind);
  }
});
