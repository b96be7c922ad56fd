/**
 * From credentials to an open maildrop, whichever command brought them.
 *
 * @module
 */

import type { Identity } from "../auth/authenticator.ts";
import { FAILED_SIGN_INS } from "../protocol/limits.ts";
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
  await delay(state, user, identity);
  return identity === undefined ? refuseSignIn(state) : await enter(state, identity);
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
  if (milliseconds > 0) await services.wait(milliseconds);
}

function refuseSignIn(state: SessionState): Outcome {
  const refusal = err("The user name or the password is wrong.", "AUTH");
  return ++state.failedSignIns < FAILED_SIGN_INS ? refusal : thenClose(refusal);
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
