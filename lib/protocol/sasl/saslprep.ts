/**
 * SASLprep (RFC 4013): two ways to type the same name or password become the same octets.
 *
 * Two things are not as RFC 3454 has them. Its tables are of Unicode 3.2; what was assigned since
 * (emoji, say) is allowed and normalised as the runtime knows it. And of the bidirectional
 * property, which JavaScript does not tell, letters outside the right-to-left scripts count as
 * left-to-right.
 *
 * @module
 */

import { SaslError } from "../sasl.ts";

/** C.1.2: spaces other than U+0020. */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;

/** B.1: commonly mapped to nothing, joiners and variation selectors among them. */
const NOTHING = new RegExp(
  "\\u{ad}|\\u{34f}|\\u{1806}|[\\u{180b}-\\u{180d}]|\\u{200c}|\\u{200d}|\\u{2060}" +
    "|[\\u{fe00}-\\u{fe0f}]|\\u{feff}",
  "gu",
);

/** C.2 to C.9: controls, private use, non-characters, surrogates, and what misleads the eye. */
const PROHIBITED = new RegExp(
  "[\\p{Cc}\\p{Co}\\p{Cs}\\p{Noncharacter_Code_Point}" +
    "\\u{6dd}\\u{70f}\\u{180e}\\u{2028}\\u{2029}\\u{2060}-\\u{2063}\\u{206a}-\\u{206f}" +
    "\\u{fff9}-\\u{fffd}\\u{1d173}-\\u{1d17a}\\u{2ff0}-\\u{2ffb}\\u{340}\\u{341}" +
    "\\u{200e}\\u{200f}\\u{202a}-\\u{202e}\\u{e0001}\\u{e0020}-\\u{e007f}]",
  "u",
);

/** D.1: the characters that are written from right to left. */
const RIGHT_TO_LEFT = "\\u{5be}\\u{5c0}\\u{5c3}\\u{5d0}-\\u{5ea}\\u{5f0}-\\u{5f4}\\u{61b}\\u{61f}" +
  "\\u{621}-\\u{63a}\\u{640}-\\u{64a}\\u{66d}-\\u{66f}\\u{671}-\\u{6d5}\\u{6e5}\\u{6e6}" +
  "\\u{6fa}-\\u{6fe}\\u{700}-\\u{70d}\\u{710}\\u{712}-\\u{72c}\\u{780}-\\u{7a5}\\u{7b1}" +
  "\\u{fb1d}\\u{fb1f}-\\u{fb28}\\u{fb2a}-\\u{fb36}\\u{fb38}-\\u{fb3c}\\u{fb3e}\\u{fb40}\\u{fb41}" +
  "\\u{fb43}\\u{fb44}\\u{fb46}-\\u{fbb1}\\u{fbd3}-\\u{fd3d}\\u{fd50}-\\u{fd8f}\\u{fd92}-\\u{fdc7}" +
  "\\u{fdf0}-\\u{fdfc}\\u{fe70}-\\u{fe74}\\u{fe76}-\\u{fefc}";

const HAS_RIGHT_TO_LEFT = new RegExp(`[${RIGHT_TO_LEFT}]`, "u");
const ALL_RIGHT_TO_LEFT = new RegExp(`^[${RIGHT_TO_LEFT}](?:.*[${RIGHT_TO_LEFT}])?$`, "su");
const HAS_LEFT_TO_RIGHT = new RegExp(`(?![${RIGHT_TO_LEFT}])[\\p{L}\\p{Nl}]`, "u");

/** What nearly every name is: nothing to be done. */
const PLAIN_ASCII = /^[\x20-\x7e]*$/;

/**
 * `text` prepared. What is prepared once stays as it is when prepared again, and an empty result is
 * possible.
 *
 * @throws {SaslError} if it has a character that is prohibited, or directions are mixed.
 */
export function saslprep(text: string): string {
  if (PLAIN_ASCII.test(text)) return text;
  const prepared = text.replace(SPACES, " ").replace(NOTHING, "").normalize("NFKC");
  if (PROHIBITED.test(prepared)) {
    throw new SaslError(
      "A name or password has a character that may not be used (RFC 4013, section 2.3).",
    );
  }
  if (HAS_RIGHT_TO_LEFT.test(prepared)) checkDirections(prepared);
  return prepared;
}

/** `text` prepared, or as it is where it may not be prepared. */
export function saslprepOrAsIs(text: string): string {
  try {
    return saslprep(text);
  } catch {
    return text;
  }
}

/**
 * A password prepared for SCRAM and for comparing. No RFC says what to do where that is not
 * possible (octets that are not UTF-8, a control character) or where nothing would be left: such a
 * password counts as it is, which is what other servers do.
 */
export function preparedPassword(password: Uint8Array): Uint8Array {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(password);
    const prepared = saslprep(text);
    return prepared === "" ? password : new TextEncoder().encode(prepared);
  } catch {
    return password;
  }
}

/** Whether octets may be a password where RFC 6856 §2.2 holds: UTF-8, and nothing prohibited. */
export function mayBePassword(password: Uint8Array): boolean {
  try {
    saslprep(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(password));
    return true;
  } catch {
    return false;
  }
}

/** RFC 3454 §6. */
function checkDirections(prepared: string): void {
  if (HAS_LEFT_TO_RIGHT.test(prepared) || !ALL_RIGHT_TO_LEFT.test(prepared)) {
    throw new SaslError("A name or password mixes directions of writing (RFC 4013, section 2.4).");
  }
}
