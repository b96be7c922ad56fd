/**
 * What kind of no a server said: one for now, or one for good.
 *
 * @module
 */

import type { ServerRefusal } from "../protocol/errors.ts";

/** Response codes that mean "not now" (RFC 2449 §8, RFC 3206 §4). */
const LATER_CODE = /^(IN-USE|LOGIN-DELAY|SYS(\/TEMP.*)?)$/i;

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
  ].join("|"),
  "i",
);

/** An account that is closed does not open by itself, whatever else is said of it. */
const FOR_GOOD = /\baccount\b.{0,30}\b(locked|disabled|suspended|closed)\b/i;

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
export function meansLater({ code, text }: Pick<ServerRefusal, "code" | "text">): boolean {
  if (code !== undefined && LATER_CODE.test(code)) return true;
  // [AUTH] and [SYS/PERM] are as clear as the others; what else there is tells nothing.
  if (code !== undefined && /^(AUTH|SYS\/PERM)\b/i.test(code)) return false;
  return LATER_TEXT.test(text) && !FOR_GOOD.test(text);
}
