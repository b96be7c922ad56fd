/**
 * Which server, who signs in, and under what protection: from flags, or from one URL.
 *
 * @module
 */
import {
  type DiscoveredServer,
  discoverServer,
  providerServer,
  type ServiceResolver,
} from "../../client/discovery.ts";
import { defaultPort, type Security } from "../../client/options.ts";
import { UsageError } from "../../config/errors.ts";
import type { Settings } from "../../config/option.ts";
import type { CLIENTPOP3_OPTIONS } from "../../config/option_table.ts";
import type { Invocation } from "../command.ts";

/** Settings of `clientpop3`. */
export type ClientSettings = Settings<typeof CLIENTPOP3_OPTIONS>;

/** Those of them that tell where to connect to, and who signs in. */
export type SessionSettings = Pick<
  ClientSettings,
  | "ip"
  | "port"
  | "provider"
  | "user"
  | "pass"
  | "pass-file"
  | "pass-command"
  | "tls"
  | "stls"
  | "tls-ca"
  | "auth"
  | "token"
  | "token-file"
  | "token-command"
  | "allow-plaintext"
  | "timeout"
>;

/** Where to connect to, and as whom. */
export interface Target {
  readonly hostname: string;
  readonly port: number;
  readonly security: Security;
  readonly user: string | undefined;
  /** From the URL; visible to other users of the machine. */
  readonly password: string | undefined;
  readonly auth: ClientSettings["auth"];
}

/** What a URL says. */
interface UrlTarget {
  readonly hostname: string;
  readonly tls: boolean;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly auth: ClientSettings["auth"] | undefined;
}

type Given = Invocation<typeof CLIENTPOP3_OPTIONS>["given"];

/** Whether a word is meant as the URL of a server. */
export function looksLikeUrl(word: string): boolean {
  return /^[a-z0-9+.-]+:\/\//i.test(word);
}

/**
 * The server that is meant.
 *
 * @throws {UsageError} if there is none, or what was said does not fit together.
 */
export function resolveTarget(
  settings: SessionSettings,
  given: Given,
  operandUrl: string | undefined,
  discovered?: DiscoveredServer,
): Target {
  if (settings.tls && settings.stls) {
    throw new UsageError(
      "Cannot use --tls and --stls together: --tls encrypts from the first octet on, --stls " +
        "upgrades a plain connection; give the one that the server's port wants",
    );
  }
  const target = readTarget(settings, given, operandUrl, discovered);
  // deno-lint-ignore no-control-regex -- control characters are just what is looked for
  if (/[\x00-\x1f\x7f]/.test(target.user ?? "")) {
    throw new UsageError("Cannot sign in: the user's name (--user) holds a control character");
  }
  return target;
}

/**
 * The same; where no server was given but a mail address, the DNS is asked for its server (RFC 6186).
 *
 * @throws {UsageError} as {@linkcode resolveTarget}.
 */
export async function findTarget(
  settings: SessionSettings,
  given: Given,
  operandUrl: string | undefined,
  resolve: ServiceResolver,
): Promise<{ readonly target: Target; readonly discovered: DiscoveredServer | undefined }> {
  const { ip, provider, user, tls, stls } = settings;
  const domain = /^[^@]+@([a-z0-9.-]+)$/i.exec(user ?? "")?.[1];
  const named = operandUrl !== undefined || ip !== undefined || provider !== undefined;
  const discovered = named || domain === undefined
    ? undefined
    : await discoverServer(domain, resolve, tls ? ["tls"] : stls ? ["stls"] : undefined);
  return { target: resolveTarget(settings, given, operandUrl, discovered), discovered };
}

function readTarget(
  settings: SessionSettings,
  given: Given,
  operandUrl: string | undefined,
  discovered: DiscoveredServer | undefined,
): Target {
  const { ip, provider, user } = settings;
  const urlText = operandUrl ?? (ip !== undefined && looksLikeUrl(ip) ? ip : undefined);
  if (urlText !== undefined) {
    if (operandUrl !== undefined && given.get("ip") === "flag") throw twice("--ip");
    if (provider !== undefined && given.get("provider") === "flag") throw twice("--provider");
    return fromUrl(readUrl(urlText), settings, given);
  }
  const server = provider === undefined ? discovered : providerServer(provider, user);
  const hostname = ip ?? server?.hostname;
  if (hostname === undefined) {
    throw new UsageError(
      "Cannot connect: no server was given; add --ip HOST or a URL like pop3s://user@host" +
        (user?.includes("@") === true ? " (the DNS names none for the user's mail address)" : ""),
    );
  }
  const said = given.has("tls") || given.has("stls");
  const security = settings.tls ? "tls" : settings.stls ? "stls" : "none";
  // What was given wins over what a provider is known for.
  const known = said && server?.security !== security ? undefined : server;
  return {
    // An IPv6 address may stand in brackets, as in a URL.
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: settings.port ?? known?.port ?? defaultPort(security),
    security: known?.security ?? security,
    user,
    password: undefined,
    auth: settings.auth,
  };
}

function fromUrl(url: UrlTarget, settings: SessionSettings, given: Given): Target {
  if (url.port !== undefined && given.get("port") === "flag") throw twice("--port");
  if (url.user !== undefined && given.get("user") === "flag") throw twice("--user");
  if (url.auth !== undefined && given.get("auth") === "flag") throw twice("--auth");
  if (url.tls && settings.stls && given.get("stls") === "flag") {
    throw new UsageError(
      "Cannot use --stls with pop3s://, which is TLS from the start: write pop3://",
    );
  }
  const asked = (name: "tls" | "stls") => settings[name] && given.get(name) === "flag";
  const security = url.tls || asked("tls") ? "tls" : asked("stls") ? "stls" : "none";
  // A port from the environment belongs to a host from there, not to this URL.
  const port = url.port ?? (given.get("port") === "flag" ? settings.port : undefined);
  return {
    hostname: url.hostname,
    port: port ?? defaultPort(security),
    security,
    user: url.user ?? settings.user,
    password: url.password,
    auth: url.auth ?? settings.auth,
  };
}

/** Reads `pop3s://user@host:995`, also with RFC 2384's `;AUTH=`. Never shown: it may hold a password. */
function readUrl(text: string): UrlTarget {
  const scheme = /^[^:]*/.exec(text)?.[0].toLowerCase() ?? "";
  if (!["pop3", "pop3s", "pop"].includes(scheme)) throw wrongUrl("it begins with another scheme");
  const url = parseUrl(text);
  if (url === undefined || url.hostname === "") throw wrongUrl("it has no valid host or port");
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    throw wrongUrl("there is something behind the host and port");
  }
  // The parser writes a ";" and a "=" in a user's name as %3B and %3D.
  const [user = "", auth] = url.username.split(/%3BAUTH%3D/i);
  return {
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    tls: scheme === "pop3s",
    port: url.port === "" ? undefined : Number(url.port),
    user: decoded(user),
    password: decoded(url.password),
    auth: auth === undefined ? undefined : readAuth(decoded(auth) ?? ""),
  };
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** RFC 2384 §4: `*` is any way, `+APOP` is APOP, else a SASL mechanism. */
function readAuth(auth: string): ClientSettings["auth"] {
  const known: Readonly<Record<string, ClientSettings["auth"]>> = {
    "*": "auto",
    "+APOP": "apop",
    "PLAIN": "plain",
    "LOGIN": "login",
    "SCRAM-SHA-256": "scram-sha-256",
    "OAUTHBEARER": "oauthbearer",
    "XOAUTH2": "xoauth2",
  };
  return known[auth.toUpperCase()] ?? wrongAuth();
}

function wrongAuth(): never {
  throw wrongUrl(
    "its ;AUTH= is none of *, +APOP, PLAIN, LOGIN, SCRAM-SHA-256, OAUTHBEARER, XOAUTH2",
  );
}

function decoded(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrongUrl("a % in it is not followed by two hexadecimal digits of UTF-8");
  }
}

function wrongUrl(reason: string): UsageError {
  return new UsageError(
    `Cannot read the server's URL: ${reason}; write pop3://user@host:110 or pop3s://user@host:995`,
  );
}

function twice(flag: string): UsageError {
  return new UsageError(`Cannot use ${flag} together with the same in a URL: give one of them`);
}
