/**
 * From credentials to an open maildrop, whichever command brought them.
 *
 * @module
 */

import type { Identity } from "../auth/authenticator.ts";
import { FAILED_SIGN_INS } from "../protocol/limits.ts";
import { StoreError } from "../stores/errors.ts";
import type { SignInResult } from "./metrics.ts";
import { err, ok, type Outcome, thenClose } from "./outcome.ts";
import type { SessionState } from "./session_state.ts";

/**
 * Answers an attempt to sign in as `user` (`undefined` if it did not come so far as to tell), after
 * the delay that earlier failures earned: the same for right and wrong, or the wait would tell.
 * The maildrop is locked before `+OK` is said (RFC 1939 §4), and not while somebody waits.
 */
export async function concludeSignIn(
  state: SessionState,
  user: string | undefined,
  identity: Identity | undefined,
): Promise<Outcome> {
  if (identity === undefined) {
    await countFailure(state, user);
    return refusal(state);
  }
  await delay(state, user, identity);
  return await enter(state, identity);
}

/** An attempt has failed: waits as long as the client has to. */
export async function countFailure(state: SessionState, user: string | undefined): Promise<void> {
  state.failedSignIns++;
  await delay(state, user, undefined);
}

/** Does part of an attempt to sign in, and counts what came of it, if that is clear now. */
export async function counted(
  state: SessionState,
  mechanism: string,
  part: () => Promise<Outcome>,
): Promise<Outcome> {
  const { metrics } = state.services;
  if (metrics === undefined) return await part();
  try {
    const outcome = await part();
    const result = resultOf(outcome);
    if (result !== undefined) metrics.signedIn(mechanism, result);
    return outcome;
  } catch (error) {
    const isInUse = error instanceof StoreError && error.kind === "in-use";
    metrics.signedIn(mechanism, isInUse ? "in_use" : "unavailable");
    throw error;
  }
}

function resultOf({ reply }: Outcome): SignInResult | undefined {
  if (reply.kind === "challenge") return undefined;
  if (reply.kind !== "err") return "ok";
  if (reply.code === "AUTH") return "wrong";
  return reply.code === "LOGIN-DELAY" ? "login_delay" : "broken_off";
}

/** It counts as a failure from now on, so that a second connection does not get by meanwhile. */
async function delay(
  { services, address }: SessionState,
  user: string | undefined,
  identity: Identity | undefined,
): Promise<void> {
  const { throttle } = services;
  if (throttle === undefined) return;
  const milliseconds = throttle.delayFor(address, user);
  if (identity === undefined) throttle.failed(address, user);
  else throttle.succeeded(address, identity.user);
  if (milliseconds === 0) return;
  services.metrics?.delayed(milliseconds);
  await services.wait(milliseconds);
}

/** The answer to an attempt that was counted as failed. */
export function refusal(state: SessionState): Outcome {
  const refusal = err("The user name or the password is wrong.", "AUTH");
  if (state.failedSignIns < FAILED_SIGN_INS) return refusal;
  state.closedFor = "too many failed sign-ins";
  state.services.metrics?.refused("too_many_failed_sign_ins");
  return thenClose(refusal);
}

async function enter(state: SessionState, identity: Identity): Promise<Outcome> {
  const { loginDelay } = state.services;
  const seconds = loginDelay?.secondsLeft(identity.user) ?? 0;
  if (seconds > 0) return err(`Sign in again in ${seconds} seconds.`, "LOGIN-DELAY");
  const maildrop = await state.services.openMaildrop(identity);
  loginDelay?.signedIn(identity.user);
  state.maildrop = maildrop;
  state.user = identity.user;
  state.phase = "transaction";
  state.timestamp = undefined;
  return ok(`${maildrop.count} messages (${maildrop.octets} octets)`);
}
