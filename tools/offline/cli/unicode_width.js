// A stand-in for @std/cli/unicode-width: the npm package lacks the table that its module reads.

const NO_WIDTH = /^(?:\p{Cc}|\p{Mn}|\p{Me}|(?!\u{ad})\p{Cf})$/u;
const WIDE_SCRIPT = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}]$/u;
const WIDE = /^(?:\p{Emoji_Presentation}|[\u3000-\u303e\ua000-\ua4cf\uff01-\uff60\uffe0-\uffe6])$/u;
const HALF_WIDTH_FORM = /^[\uff61-\uffdc]$/u;

export function unicodeWidth(str) {
  let columns = 0;
  for (const char of str) columns += charWidth(char);
  return columns;
}

function charWidth(char) {
  if (NO_WIDTH.test(char)) return 0;
  if (HALF_WIDTH_FORM.test(char)) return 1;
  return WIDE.test(char) || WIDE_SCRIPT.test(char) ? 2 : 1;
}
