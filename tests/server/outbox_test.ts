import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeadlineTimer } from "../../lib/net/deadline.ts";
import { memoryPair } from "../../lib/net/memory_transport.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { DotEncoder } from "../../lib/protocol/dot_encoder.ts";
import { SMALL_MESSAGE, WRITE_CHUNK } from "../../lib/protocol/limits.ts";
import { encodeLines, encodeStatusLine, type Reply } from "../../lib/protocol/reply.ts";
import { BufferPool } from "../../lib/server/buffer_pool.ts";
import { Outbox } from "../../lib/server/outbox.ts";
import { concat, latin1, randomCuts, seeded } from "../helpers/random.ts";

/** A transport that keeps what is written, write by write. */
function collector(): { transport: Transport; writes: Uint8Array[] } {
  const [transport] = memoryPair();
  const writes: Uint8Array[] = [];
  transport.write = (octets) => {
    writes.push(octets.slice());
    return Promise.resolve();
  };
  return { transport, writes };
}

function outboxOver(transport: Transport): Outbox {
  const deadline = { reset() {}, cancel() {} };
  return new Outbox(transport, new BufferPool(WRITE_CHUNK), deadline);
}

function randomReply(random: () => number): [Reply, Uint8Array] {
  const size = Math.floor(random() ** 4 * 300_000);
  const text = "t".repeat(Math.floor(random() * 700));
  const kind = Math.floor(random() * 5);
  if (kind === 0) return plain({ kind: "ok", text });
  if (kind === 1) return plain({ kind: "err", text, code: "SYS/TEMP" });
  if (kind === 2) return plain({ kind: "challenge", data: "d".repeat(text.length) });
  if (kind === 3) {
    const lines = Array.from({ length: size / 20 }, (_, index) => `${index} line`);
    const status = encodeStatusLine({ kind: "ok", text });
    return [{ kind: "lines", text, lines }, concat([status, ...encodeLines(lines)])];
  }
  const message = latin1(".a line of a message\r\n".repeat(size / 22));
  const chunks = randomCuts(message, random);
  const stuffing = random() < 0.5;
  const encoder = new DotEncoder();
  const body = stuffing ? encoder.push(message) : message;
  const octets = concat([encodeStatusLine({ kind: "ok", text }), body, latin1(".\r\n")]);
  if (message.length < SMALL_MESSAGE && random() < 0.5) {
    return [{ kind: "message", text, chunks: message, stuffing }, octets];
  }
  const source = random() < 0.5 ? chunks : (async function* () {
    yield* chunks;
  })();
  return [{ kind: "message", text, chunks: source, stuffing }, octets];
}

function plain(reply: Reply): [Reply, Uint8Array] {
  return [reply, encodeStatusLine(reply)];
}

Deno.test("replies of any kind and size come out in order, in writes of at most 64 KiB", async () => {
  const random = seeded(11);
  for (let round = 0; round < 40; round++) {
    const { transport, writes } = collector();
    const outbox = outboxOver(transport);
    const expected: Uint8Array[] = [];
    for (let count = 0; count < 30; count++) {
      const [reply, octets] = randomReply(random);
      expected.push(octets);
      await outbox.send(reply);
      if (random() < 0.1) await outbox.flush();
    }
    await outbox.flush();
    const [sent, wanted] = [concat(writes), concat(expected)];
    assertEquals(sent.length, wanted.length, `round ${round}`);
    assert(sent.every((octet, index) => octet === wanted[index]), `round ${round}`);
    assert(writes.every((write) => write.length <= WRITE_CHUNK));
    assertEquals(outbox.octets, wanted.length);
  }
});

Deno.test("small replies are taken in without waiting and leave in one write", async () => {
  const { transport, writes } = collector();
  const outbox = outboxOver(transport);
  const chunks = [latin1("one\r\n"), latin1("two\r\n")];
  assertEquals(outbox.send({ kind: "ok", text: "" }), undefined);
  assertEquals(outbox.send({ kind: "lines", text: "", lines: ["a", "b"] }), undefined);
  assertEquals(outbox.send({ kind: "message", text: "", chunks, stuffing: true }), undefined);
  await outbox.flush();
  assertEquals(writes.length, 1);
  assertEquals(outbox.flush(), undefined);
});

Deno.test("a message in one piece is copied before anything is waited for", async () => {
  for (const stuffing of [false, true]) {
    const { transport, writes } = collector();
    const outbox = outboxOver(transport);
    const text = ".\r\n".repeat(SMALL_MESSAGE / 3);
    const shared = latin1(text);
    for (let count = 0; count < 3; count++) {
      shared.set(latin1(text));
      const sent = outbox.send({ kind: "message", text: "", chunks: shared, stuffing });
      shared.fill(0);
      await sent;
    }
    await outbox.flush();
    const body = stuffing ? text.replaceAll(".", "..") : text;
    assertEquals(concat(writes), latin1(`+OK\r\n${body}.\r\n`.repeat(3)), `stuffing: ${stuffing}`);
  }
});

Deno.test("every write is a sign of life", async () => {
  const { transport } = collector();
  const timer = new DeadlineTimer();
  const deadline = timer.watch(1e9, { expire() {} });
  let resets = 0;
  const counting = { reset: () => void resets++, cancel: () => deadline.cancel() };
  const outbox = new Outbox(transport, new BufferPool(WRITE_CHUNK), counting);
  const chunks = [new Uint8Array(10 * WRITE_CHUNK)];
  await outbox.send({ kind: "message", text: "", chunks, stuffing: false });
  await outbox.flush();
  assertEquals(resets, 12); // the status line, ten blocks, the final dot
  counting.cancel();
});

Deno.test("a body that fails is ended, and the error comes through", async () => {
  const { transport, writes } = collector();
  const outbox = outboxOver(transport);
  let ended = false;
  const chunks = (async function* () {
    try {
      yield latin1("begun\r\n");
      await Promise.reject(new Error("disk"));
    } finally {
      ended = true;
    }
  })();
  const reply: Reply = { kind: "message", text: "", chunks, stuffing: false };
  await assertRejects(async () => await outbox.send(reply), Error, "disk");
  assertEquals(ended, true);
  assertEquals(writes.length, 0);
});
