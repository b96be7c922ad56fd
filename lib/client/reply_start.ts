/**
 * Tells a reply from the content of a message.
 *
 * @module
 */

/** What a status line can begin with; a space, a line end or a tab stands behind it. */
const MARKS = ["+OK", "-ERR"];

/**
 * Whether `octets` begin with a status line; `undefined` while there are too few to tell. Some
 * servers write it in lower case.
 */
export function startsReply(octets: Uint8Array): boolean | undefined {
  const begin = String.fromCharCode(...octets.subarray(0, 5)).toUpperCase();
  for (const mark of MARKS) {
    if (begin.length > mark.length && begin.startsWith(mark)) {
      return /[ \t\r\n]/.test(begin.charAt(mark.length));
    }
    if (mark.startsWith(begin)) return undefined;
  }
  return false;
}
