/**
 * Checks access tokens at the server that issued them: token introspection, RFC 7662.
 *
 * @module
 */

import { isLoopback } from "../net/loopback.ts";
import { INTROSPECTION_REPLY_ACCEPTED } from "../protocol/limits.ts";
import { toBase64 } from "../protocol/sasl/base64.ts";
import { nameOrNothing } from "../protocol/sasl/text.ts";
import type { Authenticator, Credentials, Identity } from "./authenticator.ts";
import { SignInUnavailableError } from "./errors.ts";

/** Options of {@linkcode oauthIntrospect}. */
export interface OauthIntrospectOptions {
  /**
   * The introspection endpoint: https, or http on this machine. A user name and password in it are
   * our own credentials there (RFC 6749 §2.3.1), and are sent as such, not as part of the URL.
   */
  readonly url: string;
  /** A scope that a token must have; without it, any token does that the endpoint calls active. */
  readonly scope?: string;
  /** Seconds to wait for an answer. @default {10} */
  readonly timeoutSeconds?: number;
  /** Asks. @default {fetch} */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** Where to ask, and with which authority. */
interface Endpoint {
  readonly url: string;
  /** For messages. */
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Lets in whoever has a token that the endpoint says is active and belongs to the user named: its
 * `username`, or where there is none its `sub`, must be that name (prepared, RFC 4013).
 *
 * @throws {TypeError} if the URL cannot be used.
 */
export function oauthIntrospect(options: OauthIntrospectOptions): Authenticator {
  const endpoint = readEndpoint(options.url);
  return {
    kinds: new Set(["token"] as const),
    async authenticate(credentials: Credentials): Promise<Identity | undefined> {
      if (credentials.kind !== "token") return undefined;
      const { user, token } = credentials;
      const owner = ownerOf(await introspect(endpoint, token, options), options.scope);
      if (owner === undefined) return undefined;
      const prepared = nameOrNothing(owner);
      if (prepared === undefined) return undefined;
      return user === undefined || nameOrNothing(user) === prepared
        ? { user: prepared }
        : undefined;
    },
  };
}

function readEndpoint(text: string): Endpoint {
  if (!URL.canParse(text)) throw unusable("it is not a URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    throw unusable("tokens would travel in the clear; use https");
  }
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
    ...(username === "" ? {} : { authorization: basic(username, password) }),
  };
  return { url: url.href, host: url.host, headers };
}

/** RFC 6749 §2.3.1: each part is encoded as in a form before the two are put together. */
function basic(username: string, password: string): string {
  const [user = "", secret = ""] = [username, password].map((part) =>
    new URLSearchParams({ "": decodePart(part) }).toString().slice(1)
  );
  return `Basic ${toBase64(new TextEncoder().encode(`${user}:${secret}`))}`;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unusable("a % in its user name or password is written %25");
  }
}

function unusable(reason: string): TypeError {
  return new TypeError(`Cannot use the URL of the OAuth introspection endpoint: ${reason}.`);
}

/** What the endpoint says of a token. */
async function introspect(
  endpoint: Endpoint,
  token: string,
  { timeoutSeconds = 10, fetch = globalThis.fetch }: OauthIntrospectOptions,
): Promise<unknown> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), timeoutSeconds * 1000);
  try {
    const response = await fetch(
      new Request(endpoint.url, {
        method: "POST",
        headers: endpoint.headers,
        body: new URLSearchParams({ token, token_type_hint: "access_token" }).toString(),
        // A token goes where the administrator said, and nowhere else.
        redirect: "manual",
        signal: patience.signal,
      }),
    );
    return await readReply(response, endpoint);
  } catch (error) {
    if (error instanceof SignInUnavailableError) throw error;
    const reason = patience.signal.aborted ? `no answer in ${timeoutSeconds} s` : words(error);
    throw unavailable(endpoint, reason, { permanent: false, cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function readReply(response: Response, endpoint: Endpoint): Promise<unknown> {
  if (response.status !== 200) {
    await response.body?.cancel();
    // 429 and 5xx pass; 401, 404 or a redirection stay until somebody looks after them.
    const permanent = response.status < 500 && response.status !== 429;
    throw unavailable(endpoint, `it answers with status ${response.status}`, { permanent });
  }
  const text = await readText(response, endpoint);
  try {
    return JSON.parse(text);
  } catch {
    throw unavailable(endpoint, "its answer is not JSON", { permanent: true });
  }
}

async function readText(response: Response, endpoint: Endpoint): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let octets = 0;
  for await (const chunk of response.body ?? []) {
    octets += chunk.length;
    if (octets > INTROSPECTION_REPLY_ACCEPTED) {
      throw unavailable(endpoint, "its answer is too long", { permanent: true });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The user whose token it is; `undefined` if it is not to be accepted. */
function ownerOf(reply: unknown, scope: string | undefined): string | undefined {
  if (typeof reply !== "object" || reply === null) return undefined;
  if (!("active" in reply) || reply.active !== true) return undefined;
  const scopes = "scope" in reply && typeof reply.scope === "string" ? reply.scope.split(" ") : [];
  if (scope !== undefined && !scopes.includes(scope)) return undefined;
  const username = "username" in reply ? reply.username : undefined;
  const owner = username ?? ("sub" in reply ? reply.sub : undefined);
  return typeof owner === "string" && owner !== "" ? owner : undefined;
}

function unavailable(
  { host }: Endpoint,
  reason: string,
  options: { readonly permanent: boolean; readonly cause?: unknown },
): SignInUnavailableError {
  const message = `Cannot check a token at ${host}: ${reason}.`;
  return new SignInUnavailableError(message, options);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
