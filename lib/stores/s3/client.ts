/**
 * Requests to an S3-compatible object store: signed by `aws4fetch`, sent by `fetch`, repeated
 * while it fails in passing. Everything asked for here may be asked for twice.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { AwsV4Signer } from "npm:aws4fetch@^1.0.20";
import { StoreError } from "../errors.ts";
import { networkFailure, type ServiceFetch } from "../network_failure.ts";
import { retrying, type RetryPolicy } from "../retry.ts";
import { answerFailure } from "./failures.ts";

/** How to reach a bucket. */
export interface S3ClientOptions {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  readonly fetch: ServiceFetch;
  readonly timeoutSeconds: number;
  readonly retry: RetryPolicy;
}

/** A request. */
export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Without it the bucket itself is meant. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the body in hexadecimal, where it is known already. */
  readonly sha256?: string;
  /** Statuses other than 2xx that are an answer and no failure. */
  readonly allow?: readonly number[];
  readonly signal?: AbortSignal;
  /** Called before each attempt; throws where it must not be sent any more. */
  readonly guard?: () => void;
}

/** An answer that is there as a whole. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Octets a second that even a slow line moves: large requests get more time. */
const SLOW_LINE = 100_000;
/** Longer answers than a page of a listing are not taken. */
const ANSWER_LIMIT = 16 * 1024 * 1024;

/** One bucket. */
export class S3Client {
  readonly #options: S3ClientOptions;
  /** Signing keys, one a day. */
  readonly #cache = new Map<string, ArrayBuffer>();
  /** By so much its clock is ahead of ours, ms. */
  #ahead = 0;

  constructor(options: S3ClientOptions) {
    this.#options = options;
  }

  /** The time by the object store's clock, which all who use it share; ms since the epoch. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Sends a request and reads the answer. */
  async send(what: string, request: S3Request): Promise<S3Answer> {
    return await retrying(
      () =>
        this.#attempt(what, request, async (response) => {
          const text = await response.text();
          if (text.length <= ANSWER_LIMIT) {
            return { status: response.status, headers: response.headers, text };
          }
          throw new StoreError("protocol", `Cannot ${what}: the object store's answer is too long`);
        }),
      this.#options.retry,
      request.signal,
    );
  }

  /** Sends a request whose answer's body the caller reads, or cancels. */
  async open(what: string, request: S3Request): Promise<Response> {
    return await retrying(
      () => this.#attempt(what, request, (response) => Promise.resolve(response)),
      this.#options.retry,
      request.signal,
    );
  }

  async #attempt<T>(
    what: string,
    request: S3Request,
    take: (response: Response) => Promise<T>,
  ): Promise<T> {
    const { signal, body } = request;
    const seconds = this.#options.timeoutSeconds + Math.floor((body?.length ?? 0) / SLOW_LINE);
    // Not AbortSignal.timeout: it would cut a body that is read long after its beginning.
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), seconds * 1000);
    try {
      const { url, headers } = await this.#sign(request);
      request.guard?.();
      const response = await this.#options.fetch(url.href, {
        method: request.method,
        headers,
        redirect: "manual",
        signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
        ...(body === undefined ? {} : { body }),
      });
      const date = Date.parse(response.headers.get("date") ?? "");
      if (!Number.isNaN(date)) this.#ahead = date - Date.now();
      if (response.ok || request.allow?.includes(response.status) === true) {
        return await take(response);
      }
      throw answerFailure(what, response.status, await response.text());
    } catch (error) {
      signal?.throwIfAborted();
      if (stop.signal.aborted) {
        throw new StoreError(
          "temporary",
          `Cannot ${what}: the object store gave no answer within ${seconds} seconds; try later`,
        );
      }
      throw networkFailure(what, error);
    } finally {
      clearTimeout(timer);
    }
  }

  #sign(request: S3Request): Promise<{ url: URL; headers: Headers }> {
    const { endpoint, bucket, region, accessKeyId, secretAccessKey, sessionToken } = this.#options;
    const path = (request.key ?? "").split("/").map(encodeURIComponent).join("/");
    const url = new URL(`${endpoint}/${bucket}${request.key === undefined ? "" : `/${path}`}`);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      url.searchParams.set(name, value);
    }
    const sha256 = request.sha256 ??
      createHash("sha256").update(request.body ?? new Uint8Array()).digest("hex");
    return new AwsV4Signer({
      method: request.method,
      url: url.href,
      // What arrives is what was signed, or it is refused: also where there is no TLS.
      headers: { ...request.headers, "x-amz-content-sha256": sha256 },
      ...{ accessKeyId, secretAccessKey, region, service: "s3", cache: this.#cache },
      ...(sessionToken === undefined ? {} : { sessionToken }),
    }).sign();
  }
}
