/**
 * The commands before sign-in, and CAPA.
 *
 * @module
 */

import type { Credentials, Identity } from "../auth/authenticator.ts";
import type { CommandOf } from "./command_table.ts";
import { FAILED_SIGN_INS } from "../protocol/limits.ts";
import { err, ok, type Outcome, thenClose } from "./outcome.ts";
import type { SessionState } from "./session_state.ts";

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
  return signIn(state, { kind: "password", user: name, password: command.password });
}

/** RFC 1939 §7. */
export function apop(
  state: SessionState,
  command: CommandOf<"APOP">,
): Outcome | Promise<Outcome> {
  const { timestamp } = state;
  if (timestamp === undefined) return err("APOP is not offered here.");
  state.offeredUser = undefined;
  return signIn(state, { kind: "apop", user: command.name, timestamp, digest: command.digest });
}

/** The maildrop is locked before `+OK` is said (RFC 1939 §4). */
async function signIn(state: SessionState, credentials: Credentials): Promise<Outcome> {
  const identity = await state.services.authenticator.authenticate(credentials);
  if (identity === undefined) return refuseSignIn(state);
  return await enter(state, identity);
}

function refuseSignIn(state: SessionState): Outcome {
  const refusal = err("The user name or the password is wrong.", "AUTH");
  return ++state.failedSignIns < FAILED_SIGN_INS ? refusal : thenClose(refusal);
}

async function enter(state: SessionState, identity: Identity): Promise<Outcome> {
  const maildrop = await state.services.openMaildrop(identity);
  state.maildrop = maildrop;
  state.user = identity.user;
  state.phase = "transaction";
  state.timestamp = undefined;
  return ok(`${maildrop.count} messages (${maildrop.octets} octets)`);
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

/** What can be used, and nothing else (RFC 2449 §5). */
export function capa(state: SessionState): Outcome {
  const { authenticator, commitMode, implementation } = state.services;
  const lines = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"];
  if (authenticator.kinds.has("password")) lines.push("USER");
  // RFC 2449 §6.7: 0 means that what was retrieved may be gone after QUIT.
  lines.push(commitMode ? "EXPIRE 0" : "EXPIRE NEVER");
  // RFC 2449 §6.9 allows to tell only those who signed in.
  if (state.phase === "transaction") lines.push(`IMPLEMENTATION ${implementation}`);
  return { reply: { kind: "lines", text: "Capabilities follow", lines } };
}
