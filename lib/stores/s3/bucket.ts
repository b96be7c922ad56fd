/**
 * The part of a bucket that belongs to one store: everything below its prefix.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import type { S3Answer, S3Client, S3Request } from "./client.ts";
import { type ListedObject, readListing } from "./xml.ts";

/** Objects a request: what every store allows. */
const PAGE = 1000;

/** An object's headers. */
export interface Head {
  readonly etag: string;
  readonly size: number;
  readonly headers: Headers;
}

/** A condition on what is there, kept by the object store. */
export type Condition = { readonly ifNone: true } | { readonly ifMatch: string };

/** Objects below a prefix. */
export class Bucket {
  readonly client: S3Client;
  readonly prefix: string;

  constructor(client: S3Client, prefix: string) {
    this.client = client;
    this.prefix = prefix;
  }

  /** Sends a request for a key below the prefix. */
  send(what: string, request: S3Request & { readonly key: string }): Promise<S3Answer> {
    return this.client.send(what, { ...request, key: this.prefix + request.key });
  }

  /** What is known of an object; `undefined` if it is not there. */
  async head(what: string, key: string, signal?: AbortSignal): Promise<Head | undefined> {
    const { status, headers } = await this.send(what, {
      ...{ method: "HEAD", key, allow: [404] },
      ...(signal === undefined ? {} : { signal }),
    });
    if (status === 404) return undefined;
    return { etag: headers.get("etag") ?? "", size: sizeOf(headers), headers };
  }

  /** A small object; `undefined` if it is not there. Throws `missing` if the bucket is not. */
  async get(what: string, key: string): Promise<S3Answer | undefined> {
    const answer = await this.send(what, { method: "GET", key, allow: [404] });
    if (answer.status !== 404) return answer;
    if (!answer.text.includes("<Code>NoSuchBucket</Code>")) return undefined;
    throw new StoreError(
      "missing",
      `Cannot ${what}: the object store has no such bucket; create it, or correct its name`,
    );
  }

  /** Puts an object, if the condition holds; gives its ETag, or `undefined` if it does not. */
  async put(
    what: string,
    key: string,
    body: Uint8Array<ArrayBuffer>,
    condition?: Condition,
    more: Pick<S3Request, "headers" | "sha256" | "signal" | "guard"> = {},
  ): Promise<string | undefined> {
    const { status, headers } = await this.send(what, {
      ...more,
      ...{ method: "PUT", key, body },
      headers: { ...more.headers, ...conditionHeaders(condition) },
      // Where the object that was to match is gone, some say 404.
      allow: condition === undefined ? [] : [404, 412],
    });
    return status === 404 || status === 412 ? undefined : headers.get("etag") ?? "";
  }

  /** Removes an object; it is no error if it is not there. */
  async delete(what: string, key: string, guard?: () => void): Promise<void> {
    const more = guard === undefined ? {} : { guard };
    await this.send(what, { method: "DELETE", key, allow: [404], ...more });
  }

  /**
   * The objects whose keys begin with `start`, in the order of their keys, page by page. Who wants
   * only `wanted` of them gets small pages, and stops when he has them.
   */
  async *list(
    what: string,
    start: string,
    wanted = Infinity,
  ): AsyncGenerator<readonly ListedObject[]> {
    const prefix = this.prefix + start;
    let token: string | undefined;
    for (;;) {
      const { text } = await this.client.send(what, {
        method: "GET",
        query: {
          "list-type": "2",
          "max-keys": String(Math.min(PAGE, wanted)),
          ...{ prefix },
          ...(token === undefined ? {} : { "continuation-token": token }),
        },
      });
      const page = readListing(text);
      if (page === undefined) {
        throw new StoreError(
          "protocol",
          `Cannot ${what}: the object store's listing is none, or not whole; check endpoint`,
        );
      }
      yield page.objects.map((each) => ({ ...each, key: each.key.slice(prefix.length) }));
      if (page.next === undefined) return;
      token = page.next;
    }
  }
}

/** The headers that ask for a condition. */
export function conditionHeaders(condition: Condition | undefined): Record<string, string> {
  if (condition === undefined) return {};
  return "ifNone" in condition ? { "if-none-match": "*" } : { "if-match": condition.ifMatch };
}

function sizeOf(headers: Headers): number {
  const size = Number(headers.get("content-length") ?? 0);
  return Number.isSafeInteger(size) ? size : 0;
}
