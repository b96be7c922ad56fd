/**
 * The messages of a seed: what they are like, and their octets.
 *
 * @module
 */
import { MessageMeter } from "../message_facts.ts";
import type { MimeItem } from "../mime_store.ts";
import { joined } from "../../protocol/octets.ts";
import { itemId } from "./item_id.ts";
import { type MadeUpMessage, madeUpMessage } from "./message.ts";

/** Messages up to this size are kept once they were made; larger ones are made as they are read. */
const KEPT_SIZE = 64 * 1024;

/** Made-up messages, all of one seed and size. */
export class MadeUp {
  readonly #seed: number;
  readonly #size: number | undefined;
  readonly #kept = new Map<number, Uint8Array>();

  constructor(seed: number, size: number | undefined) {
    this.#seed = seed;
    this.#size = size;
  }

  /** The message with this index as an item, unread. */
  item(index: number): MimeItem {
    const message = this.#message(index);
    const meter = new MessageMeter();
    for (const chunk of chunksOf(message)) meter.push(chunk);
    const { size, stuffing, fingerprint } = meter.finish();
    const guid = `fake-${this.#seed}-${String(index + 1).padStart(5, "0")}`;
    return {
      id: itemId("fake", guid),
      guid,
      tag: "unread",
      size,
      sourceid: "fake",
      messageUTCTimestamp: message.date,
      created: message.date,
      fingerprint,
      name: `${guid}.eml`,
      stuffing,
    };
  }

  /** Its octets, in canonical form. */
  *read(index: number): Generator<Uint8Array> {
    const kept = this.#kept.get(index);
    if (kept !== undefined) return yield kept.slice();
    const message = this.#message(index);
    if (sizeOf(message) > KEPT_SIZE) return yield* chunksOf(message);
    const octets = joined([...chunksOf(message)]);
    this.#kept.set(index, octets);
    yield octets.slice();
  }

  #message(index: number): MadeUpMessage {
    return madeUpMessage(this.#seed, index, this.#size);
  }
}

function sizeOf({ start, block, repeats, end }: MadeUpMessage): number {
  return start.length + block.length * repeats + end.length;
}

/** The message in chunks of about 64 KiB, each in a buffer of its own. */
function* chunksOf({ start, block, repeats, end }: MadeUpMessage): Generator<Uint8Array> {
  yield start;
  const perChunk = Math.max(1, Math.floor(KEPT_SIZE / block.length));
  for (let rest = repeats; rest > 0; rest -= perChunk) {
    yield joined(Array.from({ length: Math.min(rest, perChunk) }, () => block));
  }
  yield end;
}
