/**
 * The options of the `s3` store, checked before anything is sent.
 *
 * @module
 */
import type { Logger } from "../../log.ts";
import { StoreError } from "../errors.ts";
import type { RetryPolicy } from "../retry.ts";
import type { ServiceFetch } from "../network_failure.ts";

/** Options of {@linkcode S3Store.open}. */
export interface S3StoreOptions {
  /** The service's URL, `http:` or `https:`, without the bucket. */
  readonly endpoint: string;
  /** What requests are signed for. @default {"us-east-1"} */
  readonly region?: string;
  /** Must be there already. */
  readonly bucket: string;
  /** Stands before every key, so that many maildrops share a bucket: `mail/joe/`. @default {""} */
  readonly prefix?: string;
  /** The access key's id. */
  readonly accesskeyid: string;
  /** The access key itself; it is never sent. */
  readonly secretaccesskey: string;
  /** Goes with temporary access keys. */
  readonly sessiontoken?: string;
  /** How long one attempt of a request may take without progress. @default {60} */
  readonly timeoutSeconds?: number;
  /** How long to insist when the service fails in passing. */
  readonly retry?: RetryPolicy;
  /** How long a maildrop's lock outlives its holder. @default {60} */
  readonly leaseSeconds?: number;
  /** Messages above this size go in parts of it; at least 5 MiB for most services. @default {8388608} */
  readonly partOctets?: number;
  /** Hears of locks that could not be renewed, and of what was put in order. */
  readonly logger?: Logger;
  /** What requests are sent with. @default {globalThis.fetch} */
  readonly fetch?: ServiceFetch;
}

/** The prefix's octets at most: a key has 1024. */
const PREFIX_LIMIT = 200;

/** The endpoint without a slash at its end; throws `config` if it is none. */
export function checkedEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (
    url === undefined || !isHttp || url.search !== "" || url.hash !== "" || url.username !== "" ||
    url.password !== ""
  ) throw config("use this endpoint: it is an absolute http(s) URL");
  return url.href.replace(/\/+$/, "");
}

/** The bucket's name; throws `config` if no bucket can have it. */
export function checkedBucket(bucket: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket)) return bucket;
  throw config(
    `use the bucket ${JSON.stringify(bucket.slice(0, 100))}: a name has 3 to 63 letters, digits, ` +
      "dots and hyphens",
  );
}

/** The prefix, ending in a slash unless it is empty; throws `config` if it cannot begin a key. */
export function checkedPrefix(prefix: string): string {
  const whole = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const segments = whole.split("/").slice(0, -1);
  const octets = new TextEncoder().encode(whole).length;
  // Dots would be taken out of the URL on the way.
  const isPath = segments.every((each) => each !== "" && each !== "." && each !== "..");
  // deno-lint-ignore no-control-regex -- they are what must not be there
  if (isPath && octets <= PREFIX_LIMIT && whole.isWellFormed() && !/[\x00-\x1f\x7f]/.test(whole)) {
    return whole;
  }
  throw config(
    `use the prefix ${JSON.stringify(prefix.slice(0, 100))}: it is a path like mail/joe/ of at ` +
      `most ${PREFIX_LIMIT} octets`,
  );
}

/** A text that must not be missing; throws `config`, never showing it. */
export function checkedPresent(name: string, value: string): string {
  // deno-lint-ignore no-control-regex -- they are what must not be there
  if (value !== "" && !/[\x00-\x20\x7f]/.test(value)) return value;
  throw config(`sign requests: ${name} is missing, or has blanks in it`);
}

/** A number of at least `least`; throws `config` otherwise. */
export function checkedNumber(name: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw config(`use ${name} ${value}: it is a number of at least ${least}`);
}

function config(what: string): StoreError {
  return new StoreError("config", `Cannot ${what}`);
}
