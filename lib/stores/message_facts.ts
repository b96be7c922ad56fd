/**
 * What a store has to know of a message before it can list and serve it, found in one pass.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type WireFacts, WireMeter } from "../protocol/crlf.ts";
import { HeaderDate } from "./header_date.ts";
import { Intake, type Interrupt } from "./intake.ts";
import type { NewMimeItem } from "./mime_store.ts";

/** The facts of a message. */
export interface MessageFacts extends WireFacts {
  /** Octets as they are kept. */
  readonly kept: number;
  /** SHA-256 of the octets as they are kept, lower-case hex. */
  readonly fingerprint: string;
  /** The Date header in ms since the epoch; 0 where there is none that can be read. */
  readonly date: number;
}

/** Finds the {@linkcode MessageFacts} of a message that comes in chunks. */
export class MessageMeter {
  readonly #wire = new WireMeter();
  readonly #hash = createHash("sha256");
  readonly #date = new HeaderDate();
  #kept = 0;

  /** Takes the next chunk into account; it is not kept. */
  push(chunk: Uint8Array): void {
    this.#wire.push(chunk);
    this.#hash.update(chunk);
    this.#date.push(chunk);
    this.#kept += chunk.length;
  }

  /** The facts of all that was pushed; to be called once. */
  finish(): MessageFacts {
    return {
      ...this.#wire.finish(),
      kept: this.#kept,
      fingerprint: this.#hash.digest("hex"),
      date: this.#date.finish(),
    };
  }
}

/** The {@linkcode MessageFacts} of a whole message. */
export function measureMessage(message: Uint8Array): MessageFacts {
  const meter = new MessageMeter();
  meter.push(message);
  return meter.finish();
}

/**
 * The {@linkcode MessageFacts} of a message that is given to a store. Each chunk goes to `take`, which
 * is waited for and copies what it needs longer.
 */
export async function measureIncoming(
  octets: NewMimeItem["octets"],
  interrupt: Interrupt,
  take: (chunk: Uint8Array) => void | Promise<void>,
): Promise<MessageFacts> {
  const meter = new MessageMeter();
  const source = new Intake(octets, interrupt);
  try {
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      meter.push(chunk);
      await take(chunk);
    }
  } finally {
    await source.close();
  }
  return meter.finish();
}
