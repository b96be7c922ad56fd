/**
 * The commands before sign-in of RFC 1939, and QUIT.
 *
 * @module
 */

import type { Credentials } from "../auth/authenticator.ts";
import { mayBePassword } from "../protocol/sasl/saslprep.ts";
import type { CommandOf } from "./command_table.ts";
import { err, ok, type Outcome, thenClose } from "./outcome.ts";
import type { SessionState } from "./session_state.ts";
import { concludeSignIn, counted } from "./sign_in.ts";

/** Answers the same for every name, so that nobody learns which ones exist (RFC 1939 §13). */
export function user(state: SessionState, command: CommandOf<"USER">): Outcome {
  if (!state.services.authenticator.kinds.has("password")) {
    return err("Signing in with USER and PASS is not offered here.");
  }
  state.offeredUser = command.name;
  return ok("Send PASS");
}

/** Signs in with the name that USER gave; whatever comes of it, that name is used up. */
export function pass(
  state: SessionState,
  command: CommandOf<"PASS">,
): Outcome | Promise<Outcome> {
  const name = state.offeredUser;
  if (name === undefined) return err("Send USER first.");
  state.offeredUser = undefined;
  const { password } = command;
  // RFC 6856 §2.2: it must be refused, whatever somebody has for a password.
  if (!mayBePassword(password)) return concludeSignIn(state, name, undefined);
  return signIn(state, name, { kind: "password", user: name, password });
}

/** RFC 1939 §7. */
export function apop(
  state: SessionState,
  command: CommandOf<"APOP">,
): Outcome | Promise<Outcome> {
  const { timestamp } = state;
  if (timestamp === undefined) return err("APOP is not offered here.");
  state.offeredUser = undefined;
  const { name: user, digest } = command;
  return signIn(state, user, { kind: "apop", user, timestamp, digest });
}

async function signIn(
  state: SessionState,
  user: string,
  credentials: Credentials,
): Promise<Outcome> {
  const mechanism = credentials.kind === "apop" ? "APOP" : "USER";
  return await counted(state, mechanism, async () => {
    const identity = await state.services.authenticator.authenticate(credentials);
    return await concludeSignIn(state, user, identity);
  });
}

/** QUIT: before sign-in it only says goodbye; after it, the deletions come first. */
export async function quit(state: SessionState): Promise<Outcome> {
  const { maildrop } = state;
  state.phase = "closed";
  state.quitted = true;
  state.maildrop = undefined;
  if (maildrop === undefined) return thenClose(ok("Bye"));
  const { deleted, remaining, fault } = await maildrop.commit();
  state.tally.deleted = Math.max(0, deleted - remaining);
  if (remaining === 0) return { ...thenClose(ok(`Bye, ${deleted} messages deleted`)), fault };
  return { ...thenClose(err(`${remaining} messages could not be removed.`, "SYS/TEMP")), fault };
}
