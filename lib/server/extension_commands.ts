/**
 * STLS (RFC 2595), UTF8 and LANG (RFC 6856).
 *
 * @module
 */

import type { CommandOf } from "./command_table.ts";
import { err, ok, type Outcome } from "./outcome.ts";
import type { SessionState } from "./session_state.ts";

/** Our texts are in English; i-default (RFC 2277 §4.5) is what one gets without asking. */
const LANGUAGES: ReadonlyMap<string, string> = new Map([
  ["en", "English"],
  ["i-default", "Default, in English"],
]);

/** Whether STLS would be accepted now. */
export function mayStartTls({ services, phase, secure, utf8 }: SessionState): boolean {
  return services.startTls && phase === "authorization" && !secure && !utf8;
}

/** Has the connection go on over TLS once the reply is sent. */
export function stls(state: SessionState): Outcome {
  if (!state.services.startTls) return err("STLS is not offered here.");
  if (state.secure) return err("TLS is in use already.");
  // RFC 6856 §2.1
  if (state.utf8) return err("STLS must come before UTF8.");
  return { ...ok("Begin TLS"), then: "start-tls" };
}

/**
 * Messages are served as they are stored from now on (see `surrogate.ts`), and STLS is over. Our
 * texts stay ASCII, which is UTF-8.
 */
export function utf8(state: SessionState): Outcome {
  state.utf8 = true;
  return ok("UTF-8 it is");
}

/** Lists the languages, or chooses one (RFC 6856 §3); a refusal changes nothing. */
export function lang(_state: SessionState, { tag }: CommandOf<"LANG">): Outcome {
  if (tag === undefined) {
    const lines = [...LANGUAGES].map(([name, description]) => `${name} ${description}`);
    return { reply: { kind: "lines", text: "Languages follow", lines } };
  }
  const chosen = tag === "*" ? "i-default" : lookUp(tag.toLowerCase());
  return chosen === undefined
    ? err("This language is not offered; LANG lists those that are.")
    : ok(`${chosen} ${LANGUAGES.get(chosen)}`);
}

/** RFC 4647 §3.4: `en-GB-oed`, then `en-GB`, then `en`. */
function lookUp(tag: string): string | undefined {
  if (LANGUAGES.has(tag)) return tag;
  const shorter = tag.replace(/(-[a-z0-9])?-[a-z0-9]+$/, "");
  return shorter === tag ? undefined : lookUp(shorter);
}
