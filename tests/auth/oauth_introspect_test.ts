import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SignInUnavailableError } from "../../lib/auth/errors.ts";
import { oauthIntrospect, type OauthIntrospectOptions } from "../../lib/auth/oauth_introspect.ts";
import { permitted } from "../helpers/permissions.ts";

/** What is asked, and an endpoint that answers with `reply`. */
function endpoint(reply: unknown, status = 200) {
  const requests: { request: Request; body: string }[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    requests.push({ request, body: await request.text() });
    const body = typeof reply === "string" ? reply : JSON.stringify(reply);
    return new Response(body, { status });
  };
  return { fetch, requests };
}

async function signIn(
  reply: unknown,
  user?: string,
  options: Partial<OauthIntrospectOptions> = {},
) {
  const { fetch } = endpoint(reply);
  const tokens = oauthIntrospect({ url: "https://idp.example/introspect", fetch, ...options });
  return (await tokens.authenticate({ kind: "token", user, token: "abc" }))?.user;
}

Deno.test("a token is asked about as RFC 7662 says", async () => {
  const { fetch, requests } = endpoint({ active: true, username: "alice" });
  const url = "https://pop%40client:s%3Acret%20%2B@idp.example/introspect?x=1";
  const tokens = oauthIntrospect({ url, fetch });
  assertEquals([...tokens.kinds], ["token"]);
  const token = "a+b/c==&token=evil";
  const identity = await tokens.authenticate({ kind: "token", user: "alice", token });
  assertEquals(identity, { user: "alice" });
  const { request, body } = requests[0] ?? { request: undefined, body: "" };
  assertEquals([request?.method, request?.url], ["POST", "https://idp.example/introspect?x=1"]);
  assertEquals(request?.headers.get("content-type"), "application/x-www-form-urlencoded");
  assertEquals(request?.redirect, "manual");
  const authorization = atob(request?.headers.get("authorization")?.replace("Basic ", "") ?? "");
  assertEquals(authorization, "pop%40client:s%3Acret+%2B");
  assertEquals([...new URLSearchParams(body)], [
    ["token", token],
    ["token_type_hint", "access_token"],
  ]);
});

Deno.test("without credentials in the URL none are sent", async () => {
  const { fetch, requests } = endpoint({ active: false });
  const tokens = oauthIntrospect({ url: "https://idp.example/introspect", fetch });
  await tokens.authenticate({ kind: "token", user: "alice", token: "abc" });
  assertEquals(requests[0]?.request.headers.has("authorization"), false);
});

Deno.test("a token lets in the user whose it is, and nobody else", async () => {
  const cases: [unknown, string | undefined, string | undefined][] = [
    [{ active: true, username: "alice" }, "alice", "alice"],
    [{ active: true, username: "alice" }, undefined, "alice"],
    [{ active: true, username: "alice" }, "bob", undefined],
    [{ active: true, username: "alice" }, "Alice", undefined],
    [{ active: true, sub: "alice" }, "alice", "alice"],
    [{ active: true, username: "bob", sub: "alice" }, "alice", undefined],
    [{ active: true, username: "a\u0308" }, "ä", "ä"],
    [{ active: true }, "alice", undefined],
    [{ active: true }, undefined, undefined],
    [{ active: true, username: "" }, undefined, undefined],
    [{ active: true, username: "", sub: "alice" }, "alice", undefined],
    [{ active: true, username: 7 }, "7", undefined],
    [{ active: true, username: ["alice"] }, "alice", undefined],
    [{ active: false, username: "alice" }, "alice", undefined],
    [{ active: "true", username: "alice" }, "alice", undefined],
    [{ active: 1, username: "alice" }, "alice", undefined],
    [{ username: "alice" }, "alice", undefined],
    [[], "alice", undefined],
    ["null", "alice", undefined],
    ["true", "alice", undefined],
    ['{"__proto__":{"active":true,"username":"alice"}}', "alice", undefined],
  ];
  for (const [reply, user, expected] of cases) {
    assertEquals(await signIn(reply, user), expected, JSON.stringify([reply, user]));
  }
});

Deno.test("a token must have the scope that is asked for", async () => {
  const reply = (scope: unknown) => ({ active: true, username: "alice", scope });
  for (
    const [scope, user] of [
      ["mail", "alice"],
      ["openid mail profile", "alice"],
      ["openid", undefined],
      ["mail.read", undefined],
      ["", undefined],
      [undefined, undefined],
      [["mail"], undefined],
    ]
  ) {
    assertEquals(await signIn(reply(scope), "alice", { scope: "mail" }), user, String(scope));
  }
});

Deno.test("credentials of another kind are not asked about", async () => {
  const { fetch, requests } = endpoint({ active: true, username: "alice" });
  const tokens = oauthIntrospect({ url: "https://idp.example/", fetch });
  const password = new TextEncoder().encode("abc");
  assertEquals(await tokens.authenticate({ kind: "password", user: "alice", password }), undefined);
  assertEquals(requests.length, 0);
});

Deno.test("an endpoint in trouble is neither yes nor no", async () => {
  const cases: [number, boolean][] = [
    [500, false],
    [503, false],
    [429, false],
    [400, true],
    [401, true],
    [404, true],
    [302, true],
  ];
  for (const [status, permanent] of cases) {
    const { fetch } = endpoint("", status);
    const error = await failure({ url: "https://a:hunter2@idp.example/i", fetch });
    assertEquals(error.permanent, permanent, String(status));
    assertEquals(
      error.message,
      `Cannot check a token at idp.example: it answers with status ${status}.`,
    );
  }
  const html = await failure({ url: "https://idp.example/i", fetch: endpoint("<html>").fetch });
  assertEquals([html.permanent, html.message.includes("not JSON")], [true, true]);
  const endless = endpoint(" ".repeat(70_000)).fetch;
  const long = await failure({ url: "https://idp.example/i", fetch: endless });
  assertEquals(long.message.includes("too long"), true);
  const fetch = () => Promise.reject(new TypeError("connection refused"));
  const lost = await failure({ url: "https://idp.example/i", fetch });
  assertEquals([lost.permanent, lost.message.includes("connection refused")], [false, true]);
});

Deno.test("an endpoint that does not answer is given up on", async () => {
  const fetch = (request: Request) =>
    new Promise<Response>((_, reject) => {
      request.signal.addEventListener("abort", () => reject(new Error("aborted")));
    });
  const error = await failure({ url: "https://idp.example/i", fetch, timeoutSeconds: 0.01 });
  assertEquals([error.permanent, error.message.includes("no answer")], [false, true]);
});

Deno.test("a URL that cannot be used is refused at once, without its secrets", () => {
  for (
    const url of [
      "",
      "idp.example",
      "ftp://idp.example/",
      "http://me:hunter2@idp.example/introspect",
      "http://192.0.2.1/introspect",
      "https://me:hunter2@",
      "https://me:hunter2%@idp.example/",
    ]
  ) {
    const error = assertThrows(() => oauthIntrospect({ url }), TypeError, "Cannot use", url);
    assertEquals(error.message.includes("hunter2"), false);
  }
  for (const url of ["http://127.0.0.1:8080/i", "http://localhost/i", "http://[::1]:80/i"]) {
    assertEquals(oauthIntrospect({ url }).kinds.has("token"), true);
  }
});

permitted(
  { net: true },
  "the endpoint is asked over HTTP, and a redirection not followed",
  async () => {
    const serve = (handler: (request: Request) => Response | Promise<Response>) =>
      Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
    await using server = serve(async (request) => {
      if (new URL(request.url).pathname !== "/introspect") {
        return Response.redirect(request.url, 307);
      }
      const form = new URLSearchParams(await request.text());
      return Response.json({ active: form.get("token") === "good", username: "alice" });
    });
    const base = `http://id:secret@127.0.0.1:${server.addr.port}`;
    const tokens = oauthIntrospect({ url: `${base}/introspect` });
    for (const [token, user] of [["good", "alice"], ["bad", undefined]] as const) {
      const identity = await tokens.authenticate({ kind: "token", user: "alice", token });
      assertEquals(identity?.user, user);
    }
    assertEquals((await failure({ url: `${base}/moved` })).permanent, true);
  },
);

permitted({ net: true }, "an endpoint that is not there is a passing trouble", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  assertEquals((await failure({ url: `http://127.0.0.1:${port}/` })).permanent, false);
});

async function failure(options: OauthIntrospectOptions): Promise<SignInUnavailableError> {
  const tokens = oauthIntrospect(options);
  return await assertRejects(
    () => tokens.authenticate({ kind: "token", user: "alice", token: "hunter2" }),
    SignInUnavailableError,
  );
}
