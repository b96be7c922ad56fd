import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../lib/stores/errors.ts";
import { MboxQuoter, mboxStart, readMbox } from "../../lib/stores/mbox.ts";
import { corpus } from "../helpers/corpus.ts";
import { concat, latin1, octetByOctet, randomCuts, seeded, text } from "../helpers/random.ts";

async function* chunks(octets: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of octets) yield await Promise.resolve(chunk);
}

function mboxOf(messages: readonly Uint8Array[], cut = (m: Uint8Array) => [m]): Uint8Array {
  return concat(messages.flatMap((message) => {
    const quoter = new MboxQuoter();
    const quoted = cut(message).flatMap((part) => [...quoter.push(part)]);
    return [mboxStart(0), ...quoted, ...quoter.finish()];
  }));
}

async function split(octets: Iterable<Uint8Array>): Promise<string[]> {
  const messages: string[] = [];
  for await (const message of readMbox(chunks(octets), "x.mbox")) {
    messages.push(text(concat(await Array.fromAsync(message, (part) => part.slice()))));
  }
  return messages;
}

Deno.test("lines that look like the start of a message get one more quote", () => {
  const quoted = text(mboxOf([latin1("A: b\n\nFrom me\n>From you\n>>From\n From x\nFROM y\n")]));
  assertEquals(
    quoted,
    "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n" +
      "A: b\n\n>From me\n>>From you\n>>From\n From x\nFROM y\n\n",
  );
});

Deno.test("what went into an mbox comes out of it, however it is cut", async () => {
  const messages = [
    ...corpus().map((m) => m.octets),
    latin1("From x\n\nFrom y\n\n\n"),
    latin1("\n"),
  ];
  const expected = messages.map((m) => text(m) + (m.length === 0 || m.at(-1) === 10 ? "" : "\n"));
  const random = seeded(3);
  const mbox = mboxOf(messages);
  assertEquals(await split([mbox]), expected);
  assertEquals(await split(randomCuts(mbox, random)), expected);
  assertEquals(text(mboxOf(messages, (m) => randomCuts(m, random))), text(mbox));
  const small = mboxOf([latin1("a\n\nFrom b\n"), latin1("c")]);
  assertEquals(await split(octetByOctet(small)), ["a\n\nFrom b\n", "c\n"]);
});

Deno.test("every line of > and From comes out as it went in, cut at every place", async () => {
  const random = seeded(11);
  const pieces = [
    ">",
    ">>",
    "From ",
    "From",
    "F",
    " ",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "x",
    "From x\n",
  ];
  for (let round = 0; round < 300; round++) {
    const messages = Array.from({ length: 3 }, () => {
      const count = Math.floor(random() * 12);
      return latin1(
        Array.from({ length: count }, () => pieces[Math.floor(random() * pieces.length)]).join(""),
      );
    });
    const expected = messages.map((m) => text(m) + (m.length === 0 || m.at(-1) === 10 ? "" : "\n"));
    const mbox = mboxOf(messages);
    assertEquals(await split([mbox]), expected);
    assertEquals(await split(octetByOctet(mbox)), expected);
    assertEquals(await split(randomCuts(mbox, random)), expected);
    assertEquals(text(mboxOf(messages, octetByOctet)), text(mbox));
  }
});

Deno.test("a line of a million > loses just the one it got, in bounded pieces", async () => {
  const message = latin1(`${">".repeat(1_000_000)}From x\n`);
  const pieces = Array.from(
    { length: 100 },
    (_, i) => message.subarray(i * 10_000, i * 10_000 + 10_000),
  );
  const mbox = mboxOf([message], () => [...pieces, message.subarray(1_000_000)]);
  assertEquals(mbox.length, message.length + 1 + mboxStart(0).length + 1);
  const longest: number[] = [];
  const cuts = Array.from({ length: 200 }, (_, i) => mbox.subarray(i * 5100, (i + 1) * 5100));
  for await (const octets of readMbox(chunks(cuts), "x")) {
    let size = 0;
    for await (const part of octets) {
      longest.push(part.length);
      size += part.length;
    }
    assertEquals(size, message.length);
  }
  assert(Math.max(...longest) < 6000);
});

Deno.test("a message that is not read to its end is passed over", async () => {
  const mbox = mboxOf([latin1("a: 1\n\nx\ny\n"), latin1("b: 2\n"), latin1("c: 3\n")]);
  for (const cut of [[mbox], octetByOctet(mbox)]) {
    const seen: string[] = [];
    for await (const octets of readMbox(chunks(cut), "x")) {
      if (seen.length === 1) {
        seen.push("not read");
        continue;
      }
      for await (const part of octets) {
        seen.push(text(part.subarray(0, 1)));
        break;
      }
    }
    assertEquals(seen, ["a", "not read", "c"]);
  }
});

Deno.test("an mbox with CRLF, and one that was cut in a line From, are read", async () => {
  assertEquals(await split([latin1("\r\nFrom x\r\nA: b\r\n\r\nc\r\n\r\nFrom y\r\n")]), [
    "A: b\r\n\r\nc\r\n",
    "",
  ]);
  assertEquals(await split([latin1("From x\nA: b\n\nFrom y")]), ["A: b\n"]);
  assertEquals(await split([latin1("From x\nA: b\nFrom y\n\nFro")]), ["A: b\nFrom y\n\nFro"]);
});

Deno.test("what is no mbox is refused, and nothing is an mbox without messages", async () => {
  for (
    const octets of ["rubbish\n\nFrom x\nA: b\n\nc\n", "Subject: x\n\n", "Fro", "From", ">From x\n"]
  ) {
    for (const cut of [[latin1(octets)], octetByOctet(latin1(octets))]) {
      const error = await assertRejects(() => split(cut), StoreError, "Cannot read x.mbox");
      assertEquals(error.kind, "corrupt");
    }
  }
  assertEquals(await split([]), []);
  assertEquals(await split([latin1("\n\r\n")]), []);
});
