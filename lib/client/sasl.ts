/**
 * The AUTH command (RFC 5034).
 *
 * @module
 */

import { ConnectionError } from "../net/errors.ts";
import { ProtocolError, ServerRefusal } from "../protocol/errors.ts";
import { COMMAND_LINE_LIMIT } from "../protocol/limits.ts";
import { fromBase64, toBase64 } from "../protocol/sasl/base64.ts";
import { type ClientMechanism, SaslError, type SaslMechanismName } from "../protocol/sasl.ts";
import type { StatusLine } from "../protocol/reply.ts";
import { accepted } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";
import { SignInError } from "./errors.ts";

/** A refusal that is about the form of the command, and no word about who we are. */
const NOT_UNDERSTOOD =
  /syntax|protocol error|argument|parameter|unrecogni[sz]ed|unknown command|bad command/i;

/** What is known of a server and the first response on the line of AUTH (RFC 5034 §4). */
export interface FirstResponse {
  /** It goes in a line of its own: this server refuses it there. */
  twoSteps: boolean;
  /** Whether the connection was lost behind it. */
  broke: boolean;
}

/**
 * Authenticates. The first response rides on the command (RFC 5034 §4) unless it would make the
 * line too long, or this server is known to refuse it there, or the mechanism is older than that
 * RFC, as some servers are; one that turns out not to understand it gets it in two steps, too.
 *
 * @throws {ServerRefusal} if the server says no; with its reasons, where the mechanism carries them.
 * @throws {SignInError} if the server did not keep to the mechanism, or is not who it claims to be.
 */
export async function authenticate(
  conversation: Conversation,
  start: () => ClientMechanism,
  firstResponse: FirstResponse,
): Promise<void> {
  const first = start();
  if (firstResponse.twoSteps || !isYoung(first.name) || !fits(first)) {
    return await exchange(conversation, first, false);
  }
  try {
    await inOneLine(conversation, first, start);
  } catch (error) {
    // Microsoft's servers hang up, some of them behind an -ERR.
    firstResponse.broke = error instanceof ConnectionError && error.kind === "lost";
    throw error;
  }
}

async function inOneLine(
  conversation: Conversation,
  first: ClientMechanism,
  start: () => ClientMechanism,
): Promise<void> {
  try {
    await exchange(conversation, first, true);
  } catch (error) {
    const isNotUnderstood = error instanceof ServerRefusal && error.code === undefined &&
      NOT_UNDERSTOOD.test(error.text);
    if (!isNotUnderstood) throw error;
    await exchange(conversation, start(), false);
  }
}

function isYoung(name: SaslMechanismName): boolean {
  return name !== "PLAIN" && name !== "LOGIN";
}

function fits({ name, initial }: ClientMechanism): boolean {
  if (initial === undefined) return false;
  return `AUTH ${name} ${toBase64(initial)}\r\n`.length <= COMMAND_LINE_LIMIT;
}

async function exchange(
  conversation: Conversation,
  mechanism: ClientMechanism,
  rides: boolean,
): Promise<void> {
  const { name, initial } = mechanism;
  const what = `AUTH ${name}`;
  let unsent = initial;
  let isFirst = true;
  if (rides && initial !== undefined) {
    // RFC 5034 §4: an empty first response is "=".
    conversation.send({ verb: "AUTH", mechanism: name, initial: toBase64(initial) || "=" });
    unsent = undefined;
  } else {
    conversation.send({ verb: "AUTH", mechanism: name });
  }
  for (;;) {
    const line = await conversation.status();
    // Exchange 2003 asks for the response with "+OK" where it should send "+ ".
    const isAsked = line.status === "challenge" ||
      (line.status === "ok" && (unsent !== undefined || mechanism.more));
    if (!isAsked) return end(line, mechanism, conversation.peer);
    let response: Uint8Array;
    try {
      const challenge = line.status === "challenge" ? decode(name, line.data) : new Uint8Array();
      // A server that took no notice of a first response asks for it.
      const isIgnored = isFirst && rides && challenge.length === 0;
      response = unsent ?? (isIgnored ? initial : undefined) ?? await mechanism.respond(challenge);
    } catch (error) {
      if (!(error instanceof SaslError)) throw error;
      await cancel(conversation, what);
      throw broken(name, conversation.peer, error);
    }
    unsent = undefined;
    isFirst = false;
    conversation.sendSecretLine(new TextEncoder().encode(toBase64(response)), what);
  }
}

function end(line: StatusLine, mechanism: ClientMechanism, peer: string): void {
  const { name, failure } = mechanism;
  try {
    accepted(line, `AUTH ${name}`, peer);
  } catch (error) {
    if (!(error instanceof ServerRefusal) || failure === undefined) throw error;
    const text = error.text === "" ? failure : `${error.text} (${failure})`;
    throw new ServerRefusal(error.command, text, error.code);
  }
  try {
    mechanism.verifyEnd();
  } catch (error) {
    throw error instanceof SaslError ? broken(name, peer, error) : error;
  }
}

/** RFC 5034 §4: "*" cancels, and `-ERR` follows. */
async function cancel(conversation: Conversation, what: string): Promise<void> {
  conversation.sendSecretLine(new TextEncoder().encode("*"), what);
  const line = await conversation.status();
  if (line.status !== "challenge") return;
  throw new ProtocolError(
    `Cannot understand ${conversation.peer}: it goes on asking after ${what} was cancelled.`,
  );
}

/** Some servers put plain words where PLAIN and LOGIN have nothing to say: they count as empty. */
function decode(name: string, data: string): Uint8Array {
  try {
    return fromBase64(data.trim());
  } catch (error) {
    if (name === "PLAIN" || name === "LOGIN") return new Uint8Array();
    throw error;
  }
}

function broken(name: string, peer: string, { message }: SaslError): SignInError {
  return new SignInError(`Cannot sign in to ${peer} with ${name}: ${message}`);
}
