/**
 * The ways to sign in. A new one is a row in {@linkcode METHODS} and, if it is a SASL mechanism, a
 * {@linkcode SaslClient}.
 *
 * @module
 */

import { isLoopback } from "../net/loopback.ts";
import { ServerRefusal } from "../protocol/errors.ts";
import type { Conversation } from "./conversation.ts";
import { SignInError } from "./errors.ts";
import type { KnownCapabilities } from "./known_capabilities.ts";
import { authenticate, loginClient, plainClient, toBase64 } from "./sasl.ts";

/** A way to sign in, by the name that `--auth` gives it. */
export type SignInMethod = "user" | "apop" | "plain" | "login";

/** Who signs in, and how. */
export interface SignInOptions {
  /** The name of the mailbox, often the whole mail address. */
  readonly user: string;
  /** Text goes out as UTF-8; no RFC defines a charset for PASS, so octets are taken as well. */
  readonly password: string | Uint8Array;
  /**
   * `auto`: AUTH PLAIN where the server announces it and the connection is TLS or stays on this
   * machine, else USER and PASS. APOP is weak (MD5), and only done when asked for.
   * @default {"auto"}
   */
  readonly method?: SignInMethod | "auto";
}

/** All that a method may need. */
export interface SignInContext {
  readonly conversation: Conversation;
  readonly user: string;
  readonly password: Uint8Array;
  /** The text of the server's greeting. */
  readonly greeting: string;
}

const METHODS: Readonly<Record<SignInMethod, (context: SignInContext) => Promise<void>>> = {
  user: userAndPass,
  apop,
  plain: ({ conversation, user, password }) =>
    authenticate(conversation, plainClient(user, password)),
  login: ({ conversation, user, password }) =>
    authenticate(conversation, loginClient(user, password)),
};

/**
 * Signs in.
 *
 * @throws {ServerRefusal} if the server says no; {@linkcode refusedAtSignIn} is true of it.
 * @throws {SignInError} if the method cannot be used with this server.
 */
export async function signIn(
  conversation: Conversation,
  options: SignInOptions,
  greeting: string,
  capabilities: KnownCapabilities,
): Promise<void> {
  const { user, password } = options;
  const octets = typeof password === "string" ? new TextEncoder().encode(password) : password;
  const method = options.method === undefined || options.method === "auto"
    ? await chooseMethod(conversation, capabilities)
    : options.method;
  conversation.hide(secretForms(user, octets));
  try {
    await METHODS[method]({ conversation, user, password: octets, greeting });
  } finally {
    conversation.hide([]);
  }
}

/** Whether what the server refused was a sign-in, not something else. */
export function refusedAtSignIn(error: unknown): error is ServerRefusal {
  return error instanceof ServerRefusal && /^(USER|PASS|APOP|AUTH)\b/.test(error.command);
}

async function chooseMethod(
  conversation: Conversation,
  capabilities: KnownCapabilities,
): Promise<SignInMethod> {
  // Some servers drop the connection on CAPA: not asked where the answer would change nothing.
  if (!conversation.secure && !isLoopback(conversation.remoteHostname)) return "user";
  const announced = (await capabilities.get()).params("SASL").map((name) => name.toUpperCase());
  return announced.includes("PLAIN") ? "plain" : "user";
}

async function userAndPass({ conversation, user, password }: SignInContext): Promise<void> {
  await conversation.ask({ verb: "USER", name: user });
  await conversation.ask({ verb: "PASS", password });
}

/** RFC 1939 §7. Only a real message id is hashed: CVE-2007-1558 used others to learn passwords. */
async function apop({ conversation, user, password, greeting }: SignInContext): Promise<void> {
  const timestamp = /<[\x21-\x3b\x3d\x3f\x41-\x7e]+@[\x21-\x3b\x3d\x3f\x41-\x7e]+>/.exec(greeting);
  if (timestamp === null) {
    throw new SignInError(
      `Cannot sign in with APOP: the greeting of ${conversation.peer} has no timestamp, so it ` +
        "does not offer APOP. Use --auth auto.",
    );
  }
  // Web Crypto has no MD5; and most sessions need none, so it is loaded here and not before.
  const { createHash } = await import("node:crypto");
  const digest = createHash("md5").update(timestamp[0]).update(password).digest("hex");
  await conversation.ask({ verb: "APOP", name: user, digest });
}

/** What a server might echo of the password: itself, or as it goes over the wire in AUTH PLAIN. */
function secretForms(user: string, password: Uint8Array): string[] {
  const text = new TextDecoder().decode(password);
  const plain = plainClient(user, password).respond(new Uint8Array());
  return [text, text.trim(), toBase64(password), toBase64(plain)];
}
