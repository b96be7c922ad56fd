/**
 * `--metrics HOST:PORT`: what the server counts, and whether it serves, over HTTP.
 *
 * @module
 */
import { UsageError } from "../../config/errors.ts";
import { toConnectionError } from "../../net/deno_errors.ts";
import type { NetAddress } from "../../net/transport.ts";
import { METRICS_CONTENT_TYPE } from "../../server/metrics/families.ts";

/** Who waits for an answer when the door closes gets it within so many ms. */
const LAST_ANSWER_MS = 500;

/** What the door shows. */
export interface Observed {
  /** The text for `/metrics`. */
  metrics(): string | Promise<string>;
  /** Whether new connections are taken. */
  isServing(): boolean;
}

/** The door; disposing it closes it. */
export interface MetricsDoor extends AsyncDisposable {
  readonly address: NetAddress;
}

/**
 * Opens the door at `where`.
 *
 * @throws {UsageError} if that is no `HOST:PORT`.
 * @throws {ConnectionError} if it cannot listen there.
 */
export function openMetricsDoor(where: string, observed: Observed): MetricsDoor {
  const { hostname, port } = readWhere(where);
  const cut = new AbortController();
  try {
    const server = Deno.serve(
      // Without `onListen` Deno announces itself on standard output, which belongs to data.
      { hostname, port, signal: cut.signal, onListen: () => {} },
      (request) => answer(request, observed),
    );
    return {
      address: server.addr,
      async [Symbol.asyncDispose](): Promise<void> {
        const timer = setTimeout(() => cut.abort(), LAST_ANSWER_MS);
        await server.shutdown();
        clearTimeout(timer);
      },
    };
  } catch (error) {
    throw toConnectionError(error, `listen on ${where} for --metrics`);
  }
}

/** The parts of `HOST:PORT`; an IPv6 address stands in brackets. */
function readWhere(where: string): NetAddress {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(where) ?? [];
  const hostname = bracketed ?? plain;
  if (hostname === undefined || Number(port) > 65535) {
    throw new UsageError(
      `Cannot use ${JSON.stringify(where)} for --metrics: write HOST:PORT, ` +
        "127.0.0.1:9110 say, [::1]:9110 for IPv6",
    );
  }
  return { hostname, port: Number(port) };
}

async function answer(request: Request, observed: Observed): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname !== "/metrics" && pathname !== "/healthz") {
    return text(404, "Nothing is here; there are /metrics and /healthz.\n");
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return text(405, "Only GET and HEAD are answered.\n", { allow: "GET, HEAD" });
  }
  if (pathname === "/metrics") {
    return text(200, await observed.metrics(), { "content-type": METRICS_CONTENT_TYPE });
  }
  return observed.isServing() ? text(200, "ok\n") : text(503, "draining\n");
}

function text(status: number, body: string, headers: Record<string, string> = {}): Response {
  const plain = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return new Response(body, { status, headers: { ...plain, ...headers } });
}
