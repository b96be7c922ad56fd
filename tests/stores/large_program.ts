/**
 * Run by a test: adds a message of so many octets to a store, piece by piece, reads it back, and says how much
 * memory that took at most, in KB, beyond what a small message takes.
 */
import { createHash } from "node:crypto";
import { openStore, type StoreSettings } from "../../lib/stores/registry.ts";
import type { MimeStore } from "../../lib/stores/mime_store.ts";

const PIECE = 64 * 1024;

function* pieces(octets: number): Generator<Uint8Array> {
  const line = new TextEncoder().encode(`${"0123456789".repeat(7)}\r\n`);
  const buffer = new Uint8Array(PIECE);
  for (let at = 0; at < octets; at += PIECE) {
    for (let i = 0; i < PIECE; i++) buffer[i] = line[(at + i) % line.length] ?? 0;
    look();
    yield buffer.subarray(0, Math.min(PIECE, octets - at));
  }
}

/** Whether a message is named by what is in it. */
const isByContent = Deno.args[1] === "by content";

function byContent(fingerprint: string): string {
  return fingerprint;
}

async function roundTrip(store: MimeStore, guid: string, octets: number): Promise<void> {
  const hash = createHash("sha256");
  for (const piece of pieces(octets)) hash.update(piece);
  const expected = hash.digest("hex");
  const item = { sourceid: "s", guid: isByContent ? byContent : guid, octets: pieces(octets) };
  const added = await Array.fromAsync(store.addItems([item]));
  const [result] = added;
  if (result?.outcome !== "stored") throw new Error("it was not stored");
  const read = createHash("sha256");
  for await (const piece of store.read(result.item, { form: "kept" })) {
    look();
    read.update(piece);
  }
  if (read.digest("hex") !== expected) throw new Error("it is not what was added");
}

/** The most that the process had whenever it was looked at, KB. */
let most = 0;

function look(): void {
  most = Math.max(most, Math.round(Deno.memoryUsage().rss / 1024));
}

// The test has written it.
const settings = JSON.parse(await new Response(Deno.stdin.readable).text()) as StoreSettings;
await using store = await openStore(settings, { create: true });
for (let i = 0; i < 3; i++) await roundTrip(store, `small${i}`, 100_000 + i);
const before = most;
const timer = setInterval(look, 2);
await roundTrip(store, "large", Number(Deno.args[0]));
clearInterval(timer);
console.log(most - before);
