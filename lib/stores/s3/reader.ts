/**
 * Reading a message: a stream that goes on where it broke off.
 *
 * @module
 */
import { StoreError } from "../errors.ts";
import { sleep } from "../retry.ts";
import type { Bucket } from "./bucket.ts";
import { mailKey } from "./keys.ts";

const WHAT = "read a message";
/** So often a stream may break without a single octet having come. */
const ATTEMPTS = 5;
const FIRST_DELAY = 100;

/**
 * A message's octets as they are kept; `undefined` once where it is not there. Messages never
 * change, so what comes from several requests fits together.
 */
export async function* readMessage(
  bucket: Bucket,
  id: string,
  stallSeconds: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array | undefined> {
  let at = 0;
  let total: number | undefined;
  for (let failures = 0; total === undefined || at < total;) {
    const before = at;
    const response = await bucket.client.open(WHAT, {
      ...{ method: "GET", key: bucket.prefix + mailKey(id), allow: [404] },
      ...(at === 0 ? {} : { headers: { range: `bytes=${at}-` } }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.status === 404) {
      await response.body?.cancel();
      yield undefined;
      return;
    }
    total ??= lengthOf(response);
    // Who does not know ranges starts anew.
    let skip = response.status === 206 ? 0 : at;
    try {
      for await (const chunk of withoutStalls(response, stallSeconds, signal)) {
        const part = chunk.subarray(skip);
        skip -= chunk.length - part.length;
        at += part.length;
        if (part.length > 0) yield part;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (at === before && ++failures >= ATTEMPTS) throw broken(error);
    }
    if (at === before && at < total) {
      if (++failures >= ATTEMPTS) throw broken(undefined);
      await sleep(FIRST_DELAY * 2 ** failures, signal);
    } else failures = 0;
  }
}

function lengthOf(response: Response): number {
  const length = response.headers.get("content-length");
  if (length !== null && /^\d{1,15}$/.test(length)) return Number(length);
  throw new StoreError("protocol", `Cannot ${WHAT}: the object store does not say how long it is`);
}

async function* withoutStalls(
  response: Response,
  seconds: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => void reader.cancel().catch(() => {});
  signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      timer = setTimeout(stop, seconds * 1000);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      signal?.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    await reader.cancel().catch(() => {});
  }
}

function broken(cause: unknown): StoreError {
  return new StoreError(
    "temporary",
    `Cannot ${WHAT}: the connection to the object store breaks again and again; try later`,
    { cause },
  );
}
