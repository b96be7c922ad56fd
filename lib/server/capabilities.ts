/**
 * CAPA: what can be used on this connection, and nothing else (RFC 2449 §5).
 *
 * @module
 */

import { mechanismsOf } from "../auth/sasl_server.ts";
import { mayStartTls } from "./extension_commands.ts";
import type { Outcome } from "./outcome.ts";
import { maySignIn, type SessionState } from "./session_state.ts";

/** The reply to CAPA. */
export function capa(state: SessionState): Outcome {
  const lines = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"];
  if (mayStartTls(state)) lines.push("STLS");
  lines.push(...signInCapabilities(state), "LANG");
  const { commitMode, implementation, loginDelay } = state.services;
  // RFC 2449 §6.7: 0 means that what was retrieved may be gone after QUIT.
  lines.push(commitMode ? "EXPIRE 0" : "EXPIRE NEVER");
  if (loginDelay !== undefined) lines.push(`LOGIN-DELAY ${loginDelay.seconds}`);
  // RFC 2449 §6.9 allows to tell only those who signed in.
  if (state.phase === "transaction") lines.push(`IMPLEMENTATION ${implementation}`);
  return { reply: { kind: "lines", text: "Capabilities follow", lines } };
}

/**
 * USER, SASL and UTF8 are announced after sign-in as well: RFC 2449 §6.2, RFC 5034 §3 and RFC 6856
 * §2 want them in both states, without a difference.
 */
function signInCapabilities(state: SessionState): string[] {
  if (!maySignIn(state)) return ["UTF8"];
  const { authenticator } = state.services;
  const mechanisms = mechanismsOf(authenticator);
  return [
    ...(authenticator.kinds.has("password") ? ["USER", "UTF8 USER"] : ["UTF8"]),
    ...(mechanisms.length > 0 ? [`SASL ${mechanisms.join(" ")}`] : []),
  ];
}
