/**
 * What kind of no a server said: one for now, or one for good.
 *
 * @module
 */

import type { ServerRefusal } from "../protocol/errors.ts";

/** Response codes that say what to do (RFC 2449 §8, RFC 3206 §4), and what may detail them. */
const KNOWN_CODE = /^(IN-USE|LOGIN-DELAY|AUTH|SYS\/TEMP|SYS\/PERM|SYS)(?:\/|$)/i;

/** Those that mean "not now". */
const LATER_CODES: ReadonlySet<string | undefined> = new Set([
  "IN-USE",
  "LOGIN-DELAY",
  "SYS/TEMP",
  "SYS",
]);

/** Servers without response codes say it in words. */
const LATER_TEXT = new RegExp(
  [
    "\\block busy\\b",
    "\\b(mail ?box|mail ?drop|spool|folder|inbox)\\b.{0,40}\\b(lock(ed)?|busy|in use)\\b",
    "\\b(lock|locked|open|in use) by another\\b",
    "\\b(can'?t|cannot|could ?n[o']t|unable to|failed to) (get |obtain |acquire )?(a )?lock\\b",
    "\\banother (session|process|pop3? |client|connection)",
    "\\b(wait|try again|retry) (a (few|while|minute|moment)|later|in \\d+|after)",
    "\\btemporar(y|ily)\\b",
    "\\bservice (is )?((currently|temporarily) )?(not available|unavailable)\\b",
    "\\btoo (many|frequent) (\\w+ )?(connections?|sessions?|log-?ins?|requests?)\\b",
    "\\blogin (rate|delay)\\b",
    "\\b(download|bandwidth|traffic)\\b.{0,40}\\b(exceed(s|ed)?|limits?|quota)\\b",
  ].join("|"),
  "i",
);

/** An account that is closed does not open by itself, whatever else is said of it. */
const FOR_GOOD = /\baccount\b.{0,30}\b(locked|disabled|suspended|closed)\b/i;

/**
 * The response code in upper case and without what details it further: RFC 2449 §8 has those who do
 * not know the detail go by what stands before it. `undefined` for codes that say nothing to us.
 */
export function knownCode({ code }: Pick<ServerRefusal, "code">): string | undefined {
  return KNOWN_CODE.exec(code ?? "")?.[1]?.toUpperCase();
}

/**
 * Whether trying again later may help: by the response code, else by the server's words.
 *
 * @example
 * ```ts
 * import { meansLater, ServerRefusal } from "@izyware/izypop3";
 *
 * meansLater(new ServerRefusal("PASS ***", "mailbox locked", "IN-USE")); // true
 * meansLater(new ServerRefusal("PASS ***", "invalid password")); // false
 * ```
 */
export function meansLater(refusal: Pick<ServerRefusal, "code" | "text">): boolean {
  const code = knownCode(refusal);
  // [AUTH] and [SYS/PERM] are as clear as the others; what else there is tells nothing.
  if (code !== undefined) return LATER_CODES.has(code);
  return LATER_TEXT.test(refusal.text) && !FOR_GOOD.test(refusal.text);
}
