/** A function that answers requests, in place of `fetch` or behind a port. */

/** Answers a request. */
export type Handler = (request: Request) => Promise<Response>;

/** What stores ask of `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Stands in for `fetch`: nothing goes over a network, and an abort is heeded at once. */
export function fetchFrom(handler: Handler): Fetch {
  return async (url, init) => {
    init.signal?.throwIfAborted();
    const answer = handler(new Request(url, { ...init, signal: null }));
    const aborted = new Promise<never>((_, reject) => {
      init.signal?.addEventListener("abort", () => reject(init.signal?.reason), { once: true });
    });
    return await Promise.race([answer, aborted]);
  };
}

/** Serves on a free port of the loopback; `url` ends without a slash. */
export function serveHandler(handler: Handler): AsyncDisposable & { readonly url: string } {
  // Its own way of shutting down waits for idle connections, on Deno 2.4 for a minute.
  const stop = new AbortController();
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      // A body that breaks off is meant to.
      onError: () => new Response(),
      signal: stop.signal,
    },
    handler,
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return server.finished;
    },
  };
}
