/**
 * A token service (RFC 7662) for the servers of tests.
 *
 * @module
 */

/** Knows one token. */
export interface Introspection extends AsyncDisposable {
  readonly url: string;
}

/** The token that lets `me` in. */
export const GOOD_TOKEN = "good";

/** Starts a service for which only {@linkcode GOOD_TOKEN} is alive. */
export function startIntrospection(): Introspection {
  const service = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const token = new URLSearchParams(await request.text()).get("token");
      const known = token === GOOD_TOKEN;
      return Response.json(known ? { active: true, username: "me" } : { active: false });
    },
  );
  return {
    url: `http://127.0.0.1:${service.addr.port}/`,
    [Symbol.asyncDispose]: () => service.shutdown(),
  };
}
