/**
 * AUTH: signing in with a SASL mechanism (RFC 5034).
 *
 * @module
 */

import { mechanismsOf, startServerMechanism } from "../auth/sasl_server.ts";
import type { ServerMechanism, ServerStep } from "../auth/server_mechanism.ts";
import { decodeText, EMPTY } from "../protocol/octets.ts";
import { saslMechanism } from "../protocol/sasl.ts";
import { fromBase64, toBase64 } from "../protocol/sasl/base64.ts";
import type { CommandOf } from "./command_table.ts";
import { err, type Outcome } from "./outcome.ts";
import type { SessionState } from "./session_state.ts";
import { concludeSignIn, counted, countFailure, refusal } from "./sign_in.ts";

/** Starts a mechanism; without one, lists what there is (as old clients ask, and RFC 1734 servers answered). */
export function auth(
  state: SessionState,
  { mechanism, initial }: CommandOf<"AUTH">,
): Outcome | Promise<Outcome> {
  const { authenticator } = state.services;
  const offered = mechanismsOf(authenticator);
  if (mechanism === undefined) {
    return { reply: { kind: "lines", text: "Mechanisms follow", lines: offered } };
  }
  const name = saslMechanism(mechanism);
  if (name === undefined || !offered.includes(name)) {
    return err("This mechanism is not offered here; CAPA lists those that are.");
  }
  const response = readInitial(initial);
  if (response === "bad") return notBase64();
  state.offeredUser = undefined;
  state.exchange = startServerMechanism(name, authenticator);
  return step(state, response);
}

/** Takes a line that is no command, but the answer to a challenge. */
export function respond(state: SessionState, line: Uint8Array): Outcome | Promise<Outcome> {
  if (state.refusedToken) return tellRefusal(state);
  // RFC 5034 §4: a lone asterisk cancels.
  if (line.length === 1 && line[0] === ASTERISK) return giveUp(state, err("Sign-in cancelled."));
  const response = readBase64(decodeText(line));
  return response === undefined ? giveUp(state, notBase64()) : step(state, response);
}

/** Ends the mechanism that was under way. */
export function giveUp(state: SessionState, outcome: Outcome): Outcome {
  if (state.refusedToken) return tellRefusal(state);
  const { exchange } = state;
  if (exchange !== undefined) state.services.metrics?.signedIn(exchange.name, "broken_off");
  state.exchange = undefined;
  return outcome;
}

const ASTERISK = 0x2a;

function step(
  state: SessionState,
  response: Uint8Array | undefined,
): Outcome | Promise<Outcome> {
  const { exchange } = state;
  if (exchange === undefined) return err("No sign-in is under way.");
  return counted(state, exchange.name, () => advance(state, exchange, response));
}

async function advance(
  state: SessionState,
  exchange: ServerMechanism,
  response: Uint8Array | undefined,
): Promise<Outcome> {
  let outcome: ServerStep;
  try {
    outcome = await exchange.step(response);
  } catch (error) {
    state.exchange = undefined;
    throw error;
  }
  if (outcome.kind === "challenge") {
    return { reply: { kind: "challenge", data: toBase64(outcome.data) } };
  }
  state.exchange = undefined;
  switch (outcome.kind) {
    case "done":
      return await concludeSignIn(state, outcome.identity.user, outcome.identity);
    case "refused":
      return outcome.explanation === undefined
        ? await concludeSignIn(state, outcome.user, undefined)
        : await explainRefusal(state, exchange.name, outcome.user, outcome.explanation);
    case "malformed":
      return err(outcome.reason);
  }
}

/** It tells as much as the refusal: it waits as long, and whoever hangs up then has failed too. */
async function explainRefusal(
  state: SessionState,
  mechanism: string,
  user: string | undefined,
  explanation: Uint8Array,
): Promise<Outcome> {
  state.services.metrics?.signedIn(mechanism, "wrong");
  await countFailure(state, user);
  state.refusedToken = true;
  return { reply: { kind: "challenge", data: toBase64(explanation) } };
}

function tellRefusal(state: SessionState): Outcome {
  state.refusedToken = false;
  return refusal(state);
}

/** `undefined` where there was none, which is not the same as an empty one (RFC 5034 §4). */
function readInitial(initial: string | undefined): Uint8Array | undefined | "bad" {
  if (initial === undefined) return undefined;
  return initial === "=" ? EMPTY : readBase64(initial) ?? "bad";
}

function readBase64(text: string): Uint8Array | undefined {
  try {
    return fromBase64(text);
  } catch {
    return undefined;
  }
}

function notBase64(): Outcome {
  return err("This is not Base64.");
}
