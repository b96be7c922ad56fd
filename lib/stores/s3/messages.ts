/**
 * Messages as objects: each is put once, if it is not there yet, and never changed.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { StoreError } from "../errors.ts";
import { utf8 } from "../octets.ts";
import type { Tag } from "../mime_store.ts";
import { type Bucket, conditionHeaders } from "./bucket.ts";
import { base64url, type Identity, identityText, mailKey, tagOr } from "./keys.ts";
import { element } from "./xml.ts";

/** What goes with a message, known before its octets are. */
export interface Label {
  readonly id: string;
  readonly identity: Identity;
  readonly tag: Tag;
  readonly created: number;
  /** Tells our object from one that somebody else put at the same time. */
  readonly writer: string;
}

/** What an object says of itself. */
export interface StoredLabel {
  readonly tag: Tag;
  readonly created: number;
  readonly writer: string;
}

/** Object stores take 2 KB of metadata. */
const METADATA_LIMIT = 1500;
const WHAT = "store a message";

/** What is written on a message that is there; `undefined` if it is not. */
export async function readLabel(
  bucket: Bucket,
  id: string,
  signal?: AbortSignal,
): Promise<StoredLabel | undefined> {
  const head = await bucket.head("look for a message", mailKey(id), signal);
  if (head === undefined) return undefined;
  const created = Number(head.headers.get("x-amz-meta-created") ?? "");
  const modified = Date.parse(head.headers.get("last-modified") ?? "");
  return {
    tag: tagOr(head.headers.get("x-amz-meta-tag")),
    // An object that somebody else put there is as old as it says.
    created: Number.isSafeInteger(created) && created > 0 ? created : modified,
    writer: head.headers.get("x-amz-meta-writer") ?? "",
  };
}

/** Puts a message that is there as a whole; `false` if there is one already. */
export async function putMessage(
  bucket: Bucket,
  label: Label,
  octets: Uint8Array<ArrayBuffer>,
  sha256: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const more = {
    headers: labelHeaders(label),
    sha256,
    ...(signal === undefined ? {} : { signal }),
  };
  return await bucket.put(WHAT, mailKey(label.id), octets, { ifNone: true }, more) !== undefined;
}

/** A message that is put part by part: no more than one part is ever held. */
export class PartedMessage {
  readonly #bucket: Bucket;
  readonly #label: Label;
  readonly #signal: { readonly signal?: AbortSignal };
  readonly #etags: string[] = [];
  #upload: string | undefined;

  constructor(bucket: Bucket, label: Label, signal?: AbortSignal) {
    this.#bucket = bucket;
    this.#label = label;
    this.#signal = signal === undefined ? {} : { signal };
  }

  /** Whether a part was put. */
  get hasBegun(): boolean {
    return this.#upload !== undefined;
  }

  /** Puts the next part. */
  async add(octets: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#upload ??= await this.#begin();
    const { headers } = await this.#bucket.send(WHAT, {
      ...{ method: "PUT", key: mailKey(this.#label.id), body: octets },
      query: { partNumber: String(this.#etags.length + 1), uploadId: this.#upload },
      sha256: createHash("sha256").update(octets).digest("hex"),
      ...this.#signal,
    });
    this.#etags.push(headers.get("etag") ?? "");
  }

  /** Makes the object of the parts; `false` if there is one already. */
  async finish(): Promise<boolean> {
    const parts = this.#etags.map((etag, index) =>
      `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`
    );
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const { status, text } = await this.#bucket.send(WHAT, {
      ...{ method: "POST", key: mailKey(this.#label.id), query: { uploadId: this.#upload ?? "" } },
      headers: { ...conditionHeaders({ ifNone: true }), "content-type": "application/xml" },
      body: utf8(body),
      // The second attempt of one whose answer was lost finds no upload any more.
      allow: [404, 412],
      ...this.#signal,
    });
    // This one answer may turn out to be a failure when its status is long sent.
    if (text.includes("<Error>") && status === 200) {
      throw new StoreError(
        "temporary",
        `Cannot ${WHAT}: the object store says ${element(text, "Code") ?? "nothing"}; try later`,
      );
    }
    if (status === 200) this.#upload = undefined;
    return status === 200;
  }

  /** Takes back what was put; harmless when nothing was. Never throws. */
  async abandon(): Promise<void> {
    if (this.#upload === undefined) return;
    try {
      await this.#bucket.send(WHAT, {
        ...{ method: "DELETE", key: mailKey(this.#label.id), query: { uploadId: this.#upload } },
        allow: [404],
      });
    } catch {
      // Such parts show nowhere; docs/scale-out.md says how the store removes them by itself.
    }
  }

  async #begin(): Promise<string> {
    const { text } = await this.#bucket.send(WHAT, {
      ...{ method: "POST", key: mailKey(this.#label.id), query: { uploads: "" } },
      headers: labelHeaders(this.#label),
      ...this.#signal,
    });
    const upload = element(text, "UploadId");
    if (upload !== undefined && upload !== "") return upload;
    throw new StoreError(
      "protocol",
      `Cannot ${WHAT}: the object store began no upload; check endpoint`,
    );
  }
}

/** Collects octets until there are enough for a part; one buffer for all parts of a message. */
export class PartBuffer {
  #buffer = new Uint8Array(0);
  #octets = 0;

  /** How many there are. */
  get octets(): number {
    return this.#octets;
  }

  /** Takes a copy. */
  push(chunk: Uint8Array): void {
    const needed = this.#octets + chunk.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#octets));
      larger.set(this.#buffer.subarray(0, this.#octets));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#octets);
    this.#octets = needed;
  }

  /** All that is there; valid until the next `push`. */
  take(): Uint8Array<ArrayBuffer> {
    const octets = this.#buffer.subarray(0, this.#octets);
    this.#octets = 0;
    return octets;
  }
}

function labelHeaders(label: Label): Record<string, string> {
  const identity = base64url(identityText(label.identity));
  return {
    "content-type": "message/rfc822",
    "x-amz-meta-created": String(label.created),
    "x-amz-meta-tag": label.tag,
    "x-amz-meta-writer": label.writer,
    ...(identity.length <= METADATA_LIMIT ? { "x-amz-meta-identity": identity } : {}),
  };
}
