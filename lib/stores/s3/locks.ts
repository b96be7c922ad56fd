/**
 * The lock of a maildrop: an object, made only if it is not there, that is renewed as long as its
 * holder lives. Whether it has run out is told by the object store's clock alone.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { StoreError } from "../errors.ts";
import { utf8 } from "../octets.ts";
import type { LeaseTaker } from "../lease.ts";
import type { S3Answer } from "./client.ts";
import type { Bucket } from "./bucket.ts";

const KEY = "lock";
const WHAT = "lock the maildrop";
/** An owner's name is cut there. */
const OWNER_LENGTH = 100;
/** Object stores tell times by the second. */
const GRAIN = 1000;
/** Somebody else may let it go just when we look; not so often. */
const ATTEMPTS = 3;

interface Holder {
  readonly holder: string;
  readonly owner: string;
  readonly seconds: number;
}

/** A claim on the lease: the same one for all that a store object does, in turn. */
export class LockObject implements LeaseTaker {
  readonly #bucket: Bucket;
  readonly #seconds: number;
  readonly #holder = randomUUID();
  #owner = "";
  #etag = "";

  constructor(bucket: Bucket, seconds: number) {
    this.#bucket = bucket;
    this.#seconds = seconds;
  }

  /** Takes the lease; throws `in-use` if somebody else has it. */
  async take(owner: string): Promise<void> {
    this.#owner = owner.toWellFormed().slice(0, OWNER_LENGTH).toWellFormed();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const made = await this.#bucket.put(WHAT, KEY, this.#body(), { ifNone: true });
      if (made !== undefined) {
        this.#etag = made;
        return;
      }
      const there = await this.#bucket.get(WHAT, KEY);
      if (there !== undefined && await this.#takeOver(there)) return;
    }
    throw inUse(undefined);
  }

  /** Whether it is still ours; a renewal whose answer was lost is found out. */
  async renew(): Promise<boolean> {
    const renewed = await this.#bucket.put(WHAT, KEY, this.#body(), { ifMatch: this.#etag });
    if (renewed !== undefined) {
      this.#etag = renewed;
      return true;
    }
    const there = await this.#bucket.get(WHAT, KEY);
    if (there === undefined || readHolder(there.text)?.holder !== this.#holder) return false;
    this.#etag = there.headers.get("etag") ?? "";
    return true;
  }

  /** Removes it, if it is ours. */
  async release(): Promise<void> {
    const request = { method: "DELETE", key: KEY } as const;
    // Not all know conditions here; the lease is young enough that it cannot be another's.
    const { status } = await this.#bucket.send(WHAT, {
      ...request,
      headers: { "if-match": this.#etag },
      allow: [400, 404, 412, 501],
    });
    if (status === 400 || status === 501) {
      await this.#bucket.send(WHAT, { ...request, allow: [404] });
    }
  }

  async #takeOver(there: S3Answer): Promise<boolean> {
    const held = readHolder(there.text);
    const etag = there.headers.get("etag") ?? "";
    if (held?.holder === this.#holder) {
      // Ours: the answer that said so was lost, or the one to its release.
      return await this.renewFrom(etag);
    }
    const made = Date.parse(there.headers.get("last-modified") ?? "");
    const age = this.#bucket.client.now() - made;
    const seconds = held?.seconds ?? this.#seconds;
    if (Number.isNaN(age) || age < seconds * 1000 + GRAIN) throw inUse(held?.owner);
    if (await this.renewFrom(etag)) return true;
    throw inUse(undefined);
  }

  /** Puts our own in place of that one, if it is still there. */
  async renewFrom(etag: string): Promise<boolean> {
    const renewed = await this.#bucket.put(WHAT, KEY, this.#body(), { ifMatch: etag });
    if (renewed === undefined) return false;
    this.#etag = renewed;
    return true;
  }

  /** Never twice the same, as an ETag tells only what an object holds. */
  #body(): Uint8Array<ArrayBuffer> {
    const holder: Holder = { holder: this.#holder, owner: this.#owner, seconds: this.#seconds };
    return utf8(JSON.stringify({ ...holder, once: randomUUID() }));
  }
}

function readHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { holder, owner, seconds } = value as Record<string, unknown>; // an object has no others
    const isWhole = typeof holder === "string" && typeof owner === "string" &&
      typeof seconds === "number";
    return isWhole ? { holder, owner, seconds } : undefined;
  } catch {
    return undefined;
  }
}

function inUse(owner: string | undefined): StoreError {
  return new StoreError(
    "in-use",
    `Cannot ${WHAT}: ${owner ?? "somebody else"} uses it; try later`,
  );
}
