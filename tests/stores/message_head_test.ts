import { assert, assertEquals } from "@std/assert";
import { HEAD_LIMIT, peekHead, readHead } from "../../lib/stores/message_head.ts";
import { corpus } from "../helpers/corpus.ts";
import { concat, latin1, octetByOctet, randomCuts, seeded, text } from "../helpers/random.ts";

/** Chunks, and how many of them were taken. */
function counted(chunks: readonly Uint8Array[]) {
  const state = { taken: 0, closed: false };
  const octets = (async function* () {
    try {
      for (const chunk of chunks) {
        state.taken++;
        yield await Promise.resolve(chunk);
      }
    } finally {
      state.closed = true;
    }
  })();
  return { state, octets };
}

Deno.test("the header part ends with the first blank line, wherever it is cut", async () => {
  const cases: readonly [string, string][] = [
    ["A: b\r\n\r\nbody\r\n\r\n", "A: b\r\n\r\n"],
    ["A: b\n\nbody", "A: b\n\n"],
    ["A: b\r\n\nbody", "A: b\r\n\n"],
    ["A: b\n\r\nbody", "A: b\n\r\n"],
    ["\nbody", "\n"],
    ["\r\nbody", "\r\n"],
    ["A: b\r\n", "A: b\r\n"],
    ["A: b\r\rc\n \n\n", "A: b\r\rc\n \n\n"],
    ["", ""],
    ["\r", "\r"],
  ];
  for (const [message, head] of cases) {
    for (const chunks of [[latin1(message)], octetByOctet(latin1(message))]) {
      assertEquals(text(await readHead(counted(chunks).octets)), head, JSON.stringify(message));
    }
  }
});

Deno.test("no more is read than the header part, and never more than the limit", async () => {
  const body = Array.from({ length: 50 }, () => new Uint8Array(65536).fill(0x61));
  const small = counted([latin1("A: b\r\n\r\nbody"), ...body]);
  await readHead(small.octets);
  assertEquals(small.state, { taken: 1, closed: true });
  const endless = counted(body);
  assertEquals((await readHead(endless.octets)).length, HEAD_LIMIT);
  assertEquals(endless.state, { taken: 4, closed: true });
});

Deno.test("who peeked at the header part still gets all octets, from reused buffers too", async () => {
  const random = seeded(5);
  for (const { octets, name } of corpus()) {
    const buffer = new Uint8Array(octets.length);
    const reused = async function* (): AsyncGenerator<Uint8Array> {
      for (const cut of randomCuts(octets, random)) {
        buffer.set(cut);
        yield await Promise.resolve(buffer.subarray(0, cut.length));
        buffer.fill(0);
      }
    };
    await using peeked = await peekHead(reused());
    assert(text(octets).startsWith(text(peeked.head)), name);
    const all = await Array.fromAsync(peeked.octets, (part) => part.slice());
    assertEquals(text(concat(all)), text(octets), name);
  }
});

Deno.test("disposing what was peeked at ends the reading", async () => {
  const { state, octets } = counted([latin1("A: b\n\n"), latin1("c")]);
  await (await peekHead(octets))[Symbol.asyncDispose]();
  assertEquals(state, { taken: 1, closed: true });
});
