/**
 * An object store in memory for tests: it keeps its conditions, checks signatures, and fails when
 * told to. It stands in for `fetch`, or is served on a port.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Fetch, fetchFrom, serveHandler } from "./handler.ts";
import { concat } from "./random.ts";
import { signatureFault } from "./signature_v4.ts";

/** The access key that it knows. */
export const ACCESS_KEY = { accesskeyid: "AKIDEXAMPLE", secretaccesskey: "S3CR3T/key+" } as const;

/** How a request is to go wrong; `lost` and `cut` happen after it was carried out. */
export type S3Fault =
  | { readonly kind: "status"; readonly status: number; readonly code?: string }
  | { readonly kind: "lost" | "cut" | "hang" };

/** What a request said. */
export interface SeenRequest {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly octets: number;
}

interface Stored {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly modified: number;
  readonly headers: readonly (readonly [string, string])[];
}

interface Upload {
  readonly key: string;
  readonly headers: Stored["headers"];
  readonly parts: Map<number, Uint8Array<ArrayBuffer>>;
}

/** One bucket, called `mail`. */
export class MemoryS3 {
  /** All requests so far. */
  readonly requests: SeenRequest[] = [];
  /** By key. */
  readonly objects = new Map<string, Stored>();
  /** Unfinished uploads. */
  readonly uploads = new Map<string, Upload>();
  /** Says what is to go wrong with a request; the default is nothing. */
  fault: (request: SeenRequest) => S3Fault | undefined = () => undefined;
  /** Whether it keeps conditions. */
  keepsConditions = true;
  /** Whether it keeps them when many ask at once. */
  keepsThemAtomically = true;
  /** Whether it keeps metadata. */
  keepsMetadata = true;
  /** Its clock is ahead of ours by so many ms. */
  ahead = 0;
  /** Objects in a page of a listing. */
  pageSize = 1000;
  #count = 0;

  /** Stands in for `fetch`: nothing goes over a network. */
  readonly fetch: Fetch = fetchFrom((request) => this.handle(request));

  /** Serves on a free port of the loopback. */
  serve(): AsyncDisposable & { readonly url: string } {
    return serveHandler((request) => this.handle(request));
  }

  /** Answers one request. */
  async handle(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, bucket = "", ...rest] = pathname.split("/").map(decodeURIComponent);
    const body = new Uint8Array(await request.arrayBuffer());
    const seen: SeenRequest = {
      ...{ method: request.method, bucket, key: rest.join("/"), query: searchParams },
      ...{ headers: request.headers, octets: body.length },
    };
    this.requests.push(seen);
    const wrong = signatureFault(request, body, ACCESS_KEY);
    if (wrong !== undefined) return failed(403, wrong, request.method);
    const fault = this.fault(seen);
    if (fault?.kind === "status") return failed(fault.status, fault.code ?? "Fault");
    if (fault?.kind === "hang") await new Promise(() => {});
    // What was there when it was asked for, however late it is answered.
    const early = this.keepsThemAtomically ? undefined : this.objects.get(seen.key);
    if (!this.keepsThemAtomically) await new Promise((resolve) => setTimeout(resolve, 1));
    const answer = this.#answer(seen, body, early);
    answer.headers.set("date", new Date(Date.now() + this.ahead).toUTCString());
    if (fault?.kind === "lost") throw new TypeError("connection reset");
    if (fault?.kind === "cut") {
      const whole = new Uint8Array(await answer.arrayBuffer());
      return new Response(brokenOff(whole), { status: answer.status, headers: answer.headers });
    }
    return answer;
  }

  #answer(seen: SeenRequest, body: Uint8Array<ArrayBuffer>, early?: Stored): Response {
    const { method, key, query, headers } = seen;
    if (seen.bucket !== "mail") return failed(404, "NoSuchBucket");
    if (key === "") return this.#list(query);
    const uploadId = query.get("uploadId");
    if (method === "POST" && query.has("uploads")) return this.#begin(key, headers);
    if (uploadId !== null) return this.#upload(method, key, uploadId, seen, body);
    const there = this.objects.get(key);
    if (method === "PUT") {
      const met = this.keepsThemAtomically ? there : early;
      const kept = this.keepsMetadata ? metadata(headers) : [];
      return this.#refusal(met, headers) ?? this.#put(key, body, kept);
    }
    if (method === "DELETE") {
      const match = headers.get("if-match");
      if (this.keepsConditions && match !== null && there !== undefined && match !== there.etag) {
        return failed(412, "PreconditionFailed");
      }
      this.objects.delete(key);
      return new Response(undefined, { status: 204 });
    }
    if (there === undefined) return failed(404, "NoSuchKey", method);
    return get(there, method, headers.get("range"));
  }

  #refusal(there: Stored | undefined, headers: Headers): Response | undefined {
    if (!this.keepsConditions) return undefined;
    const match = headers.get("if-match");
    if (headers.get("if-none-match") === "*" && there !== undefined) {
      return failed(412, "PreconditionFailed");
    }
    if (match === null || match === there?.etag) return undefined;
    return there === undefined ? failed(404, "NoSuchKey") : failed(412, "PreconditionFailed");
  }

  #put(key: string, body: Uint8Array<ArrayBuffer>, headers: Stored["headers"]): Response {
    const etag = `"${createHash("md5").update(body).digest("hex")}"`;
    const modified = Math.floor((Date.now() + this.ahead) / 1000) * 1000;
    this.objects.set(key, { body, etag, modified, headers });
    return new Response(undefined, { status: 200, headers: { etag } });
  }

  #begin(key: string, headers: Headers): Response {
    const id = `upload ${++this.#count}&<`;
    this.uploads.set(id, { key, headers: metadata(headers), parts: new Map() });
    const xml =
      `<InitiateMultipartUploadResult><UploadId>upload ${this.#count}&amp;&lt;</UploadId>` +
      "</InitiateMultipartUploadResult>";
    return new Response(xml);
  }

  #upload(
    method: string,
    key: string,
    id: string,
    seen: SeenRequest,
    body: Uint8Array<ArrayBuffer>,
  ): Response {
    const upload = this.uploads.get(id);
    if (upload?.key !== key) return failed(404, "NoSuchUpload");
    if (method === "DELETE") {
      this.uploads.delete(id);
      return new Response(undefined, { status: 204 });
    }
    if (method === "PUT") {
      upload.parts.set(Number(seen.query.get("partNumber")), body);
      return new Response(undefined, { headers: { etag: `"part"` } });
    }
    const refusal = this.#refusal(this.objects.get(key), seen.headers);
    if (refusal !== undefined) return refusal;
    this.uploads.delete(id);
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    this.#put(key, new Uint8Array(concat(parts)), upload.headers);
    return new Response("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
  }

  #list(query: URLSearchParams): Response {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after)
      .sort();
    const size = Math.min(this.pageSize, Number(query.get("max-keys") ?? 1000));
    const page = keys.slice(0, size);
    const contents = page.map((key) => {
      const stored = this.objects.get(key);
      const time = new Date(stored?.modified ?? 0).toISOString();
      const escaped = key.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
      return `<Contents><Key>${escaped}</Key><LastModified>${time}</LastModified>` +
        `<ETag>&quot;x&quot;</ETag><Size>${stored?.body.length}</Size></Contents>`;
    });
    const isCut = keys.length > size;
    const token = isCut ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    return new Response(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3">` +
        `<IsTruncated>${isCut}</IsTruncated>${token}${contents.join("")}</ListBucketResult>`,
    );
  }
}

function get(there: Stored, method: string, range: string | null): Response {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const body = there.body.slice(from);
  return new Response(method === "HEAD" ? undefined : body, {
    status: range === null ? 200 : 206,
    headers: [
      ["etag", there.etag],
      ["last-modified", new Date(there.modified).toUTCString()],
      ["content-length", String(body.length)],
      ...there.headers.map(([name, value]): [string, string] => [name, value]),
    ],
  });
}

function metadata(headers: Headers): Stored["headers"] {
  return [...headers].filter(([name]) => name.startsWith("x-amz-meta-"));
}

function failed(status: number, code: string, method = "GET"): Response {
  const xml = `<Error><Code>${code}</Code><Message>about AKIDEXAMPLE</Message></Error>`;
  return new Response(method === "HEAD" ? undefined : xml, { status });
}

/** The first half of it, then the end of the connection. */
function brokenOff(octets: Uint8Array): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream({
    pull(controller) {
      if (isFirst && octets.length > 1) {
        controller.enqueue(octets.slice(0, octets.length / 2));
      } else controller.error(new TypeError("connection reset"));
      isFirst = false;
    },
  });
}
