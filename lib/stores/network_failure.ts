/**
 * What goes wrong on the way to a service that is reached by `fetch`.
 *
 * @module
 */
import { StoreError } from "./errors.ts";

/** What a request is sent with: `globalThis.fetch`, or what stands in for it. */
export type ServiceFetch = (url: string, init: RequestInit) => Promise<Response>;

/** The request did not get there, or the answer did not come back whole. */
export function networkFailure(what: string, error: unknown): unknown {
  // Another class than that of fetch's own errors: an error of ours, or a missing permission.
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const isNetwork = error instanceof TypeError || error.name.startsWith("Connection") ||
    error.name === "UnexpectedEof" || error.name === "Http" || error.name === "BrokenPipe";
  if (!isNetwork) return error;
  const text = `${error.message} ${causes(error)}`;
  if (/certificate|unknownissuer|handshake/i.test(text)) {
    return new StoreError(
      "denied",
      `Cannot ${what}: the server's certificate is not to be trusted; let Deno know its authority`,
    );
  }
  if (/requests to port \d+ are blocked/i.test(text)) {
    return new StoreError(
      "config",
      `Cannot ${what}: the service's address has a port that is for other services; correct it`,
    );
  }
  if (/refused|dns|lookup|resolve|not known|unreachable|no route/i.test(text)) {
    return new StoreError(
      "unavailable",
      `Cannot ${what}: nothing answers at the service's address; check it, and the network`,
    );
  }
  return new StoreError(
    "temporary",
    `Cannot ${what}: the connection broke before the answer was there; try again later`,
  );
}

function causes(error: Error): string {
  return error.cause instanceof Error ? `${error.cause.message} ${causes(error.cause)}` : "";
}
