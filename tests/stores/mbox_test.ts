import { assertEquals } from "@std/assert";
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
  return (await Array.fromAsync(readMbox(chunks(octets)))).map((parts) => text(concat(parts)));
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

Deno.test("what stands before the first message is no message", async () => {
  assertEquals(await split([latin1("rubbish\n\nFrom x\nA: b\n\nc\n")]), ["A: b\n\nc\n"]);
  assertEquals(await split([latin1("")]), []);
});
