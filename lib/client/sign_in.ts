/**
 * The ways to sign in, and which of them is safe where.
 *
 * @module
 */

import type { ClientSecrets } from "../auth/sasl_client.ts";
import { isLoopback } from "../net/loopback.ts";
import { ServerRefusal } from "../protocol/errors.ts";
import { revealsSecret, SaslError, saslMechanism } from "../protocol/sasl.ts";
import type { ClientMechanism, SaslMechanismName } from "../protocol/sasl.ts";
import { toBase64 } from "../protocol/sasl/base64.ts";
import { preparedPassword } from "../protocol/sasl/saslprep.ts";
import type { Conversation } from "./conversation.ts";
import { SignInError } from "./errors.ts";
import type { KnownCapabilities } from "./known_capabilities.ts";
import { authenticate } from "./sasl.ts";
import type { FirstResponse } from "./sasl.ts";

/** A way to sign in, by the name that `--auth` gives it. */
export type SignInMethod =
  | "user"
  | "apop"
  | "plain"
  | "login"
  | "scram-sha-256"
  | "oauthbearer"
  | "xoauth2";

/** Who signs in, and how. */
export interface SignInOptions {
  /** The name of the mailbox, often the whole mail address. */
  readonly user: string;
  /** Text goes out as UTF-8; no RFC defines a charset for PASS, so octets are taken as well. */
  readonly password?: string | Uint8Array;
  /** An access token, for OAUTHBEARER and XOAUTH2; with it there need be no password. */
  readonly token?: string;
  /**
   * `auto`: the strongest way that is announced and safe. With a token OAUTHBEARER or XOAUTH2;
   * else SCRAM-SHA-256 where it is announced; else, where the connection is TLS or stays on this
   * machine, AUTH PLAIN or LOGIN where announced, and USER and PASS; else APOP, if the greeting has
   * a timestamp.
   * @default {"auto"}
   */
  readonly method?: SignInMethod | "auto";
  /** Send a password or token to another machine even without TLS. @default {false} */
  readonly allowPlaintext?: boolean;
  /**
   * Send AUTH first, and what proves who we are in a line of its own: some servers hang up where
   * they come together. Microsoft's are recognised without it. @default {false}
   */
  readonly twoSteps?: boolean;
}

/** What a session knows of its server. */
export interface KnownServer {
  /** The text of its greeting. */
  readonly greeting: string;
  readonly capabilities: KnownCapabilities;
  readonly firstResponse: FirstResponse;
}

/** All that a method may need. */
interface SignInContext extends KnownServer {
  readonly conversation: Conversation;
  readonly user: string;
  /** The password, or the token for the methods that take one. */
  readonly secret: Uint8Array;
}

/** Their servers refuse a first response on the line of AUTH, and hang up. */
const MICROSOFT_HOST = /(^|\.)(outlook|office365|hotmail|live|msn)\.com(:\d+)?$/i;
/** So do those at a company, or at Microsoft's other hosts. */
const MICROSOFT_GREETING = /\bMicrosoft Exchange\b/i;

/**
 * Signs in.
 *
 * @throws {ServerRefusal} if the server says no; {@linkcode refusedAtSignIn} is true of it.
 * @throws {SignInError} if the method cannot be used with this server, or is not safe here.
 */
export async function signIn(
  conversation: Conversation,
  options: SignInOptions,
  server: KnownServer,
): Promise<void> {
  const { user, method: asked = "auto" } = options;
  const method = asked === "auto" ? await chooseMethod(conversation, options, server) : asked;
  if (!isSafe(conversation, options) && reveals(method)) throw notSafe(conversation.peer);
  await sayUtf8(conversation, server.capabilities);
  server.firstResponse.twoSteps = options.twoSteps === true || isMicrosofts(conversation, server);
  const secret = secretFor(method, options);
  conversation.hide(secretForms(user, secret));
  try {
    const context = { ...server, conversation, user, secret };
    const mechanism = saslMechanism(method);
    if (method === "user") await userAndPass(context);
    else if (method === "apop") await apop(context);
    else if (mechanism !== undefined) await authenticateWith(mechanism, context);
  } finally {
    conversation.hide([]);
  }
}

/**
 * To a client that does not say it a server may give other octets than it has, or refuse to give
 * any (RFC 6856 §2.1). Whoever knows that a server bears no CAPA connects with `capa: false`. What
 * the server answers changes nothing of what is to be done.
 */
async function sayUtf8(
  conversation: Conversation,
  capabilities: KnownCapabilities,
): Promise<void> {
  if (!(await capabilities.get()).has("UTF8")) return;
  try {
    await conversation.ask({ verb: "UTF8" });
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
  }
}

/** Whether what the server refused was a sign-in, not something else. */
export function refusedAtSignIn(error: unknown): error is ServerRefusal {
  return error instanceof ServerRefusal && /^(USER|PASS|APOP|AUTH)\b/.test(error.command);
}

function isMicrosofts({ peer }: Conversation, { greeting }: KnownServer): boolean {
  return MICROSOFT_HOST.test(peer) || MICROSOFT_GREETING.test(greeting);
}

async function chooseMethod(
  conversation: Conversation,
  options: SignInOptions,
  { greeting, capabilities }: KnownServer,
): Promise<SignInMethod> {
  const known = await capabilities.get();
  const announced = known.params("SASL").map((name) => name.toUpperCase());
  const has = (name: SaslMechanismName): boolean => announced.includes(name);
  if (options.token !== undefined) {
    if (has("OAUTHBEARER")) return "oauthbearer";
    // Servers that want a token may announce it nowhere.
    return "xoauth2";
  }
  if (has("SCRAM-SHA-256")) return "scram-sha-256";
  if (!isSafe(conversation, { allowPlaintext: false }) && timestampOf(greeting) !== undefined) {
    return "apop";
  }
  if (has("PLAIN")) return "plain";
  return has("LOGIN") && known.lines.length > 0 && !known.has("USER") ? "login" : "user";
}

/** Whether nobody can listen, or the user takes that upon himself. */
function isSafe(
  { secure, remoteHostname }: Conversation,
  { allowPlaintext = false }: Pick<SignInOptions, "allowPlaintext">,
): boolean {
  // A transport in memory is no network; addresses of real ones are never names.
  return secure || allowPlaintext || isLoopback(remoteHostname) || remoteHostname === "memory";
}

function reveals(method: SignInMethod): boolean {
  if (method === "apop") return false;
  const mechanism = saslMechanism(method);
  return mechanism === undefined || revealsSecret(mechanism);
}

function notSafe(peer: string): SignInError {
  return new SignInError(
    `Cannot sign in to ${peer}: without encryption everybody on the way could read the password. ` +
      "Use --tls or --stls, or --allow-plaintext if that does not matter.",
  );
}

function secretFor(method: SignInMethod, { password, token }: SignInOptions): Uint8Array {
  const takesToken = method === "oauthbearer" || method === "xoauth2";
  const secret = takesToken ? token ?? password : password;
  if (secret === undefined) {
    const missing = takesToken ? "token: give --token-file or --token-command" : "password";
    throw new SignInError(`Cannot sign in with ${method.toUpperCase()} without a ${missing}.`);
  }
  return typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
}

async function authenticateWith(
  name: SaslMechanismName,
  { conversation, user, secret, firstResponse }: SignInContext,
): Promise<void> {
  const [, hostname = "", port = ""] = /^(.*):(\d+)$/.exec(conversation.peer) ?? [];
  const server = { hostname, port: Number(port) };
  const start = await mechanismOf(name, { user, secret, server });
  try {
    const { initial } = start();
    if (initial !== undefined) conversation.hide([...secretForms(user, secret), toBase64(initial)]);
    await authenticate(conversation, start, firstResponse);
  } catch (error) {
    // The name or the secret cannot be sent this way: nothing was.
    if (error instanceof SaslError) throw new SignInError(error.message);
    throw error;
  }
}

/** Loaded when it is needed: most servers are content with PLAIN, or with USER and PASS. */
async function mechanismOf(
  name: SaslMechanismName,
  secrets: ClientSecrets,
): Promise<() => ClientMechanism> {
  if (name === "PLAIN") {
    const { plainClient } = await import("../protocol/sasl/plain.ts");
    return () => plainClient(secrets.user, secrets.secret);
  }
  const { startClientMechanism } = await import("../auth/sasl_client.ts");
  return () => startClientMechanism(name, secrets);
}

async function userAndPass({ conversation, user, secret }: SignInContext): Promise<void> {
  await conversation.ask({ verb: "USER", name: user });
  await conversation.ask({ verb: "PASS", password: secret });
}

/** RFC 1939 §7. Only a real message id is hashed: CVE-2007-1558 used others to learn passwords. */
function timestampOf(greeting: string): string | undefined {
  return /<[\x21-\x3b\x3d\x3f\x41-\x7e]+@[\x21-\x3b\x3d\x3f\x41-\x7e]+>/.exec(greeting)?.[0];
}

async function apop({ conversation, user, secret, greeting }: SignInContext): Promise<void> {
  const timestamp = timestampOf(greeting);
  if (timestamp === undefined) {
    throw new SignInError(
      `Cannot sign in with APOP: the greeting of ${conversation.peer} has no timestamp, so it ` +
        "does not offer APOP. Use --auth auto.",
    );
  }
  // Web Crypto has no MD5; and most sessions need none, so it is loaded here and not before.
  const { createHash } = await import("node:crypto");
  // RFC 6856 §2.2
  const prepared = preparedPassword(secret);
  const digest = createHash("md5").update(timestamp).update(prepared).digest("hex");
  await conversation.ask({ verb: "APOP", name: user, digest });
}

/** What a server might echo of the secret: itself, or as it goes over the wire in AUTH PLAIN. */
function secretForms(user: string, secret: Uint8Array): string[] {
  const text = new TextDecoder().decode(secret);
  const plain = new TextEncoder().encode(`\0${user}\0${text}`);
  return [text, text.trim(), toBase64(secret), toBase64(plain)];
}
