/**
 * The reply to TOP of servers that say `+OK` twice (FTGate).
 *
 * @module
 */

import { REPLY_LINE_ACCEPTED } from "../protocol/limits.ts";
import { EMPTY, join, LF } from "../protocol/octets.ts";
import { startsReply } from "./reply_start.ts";

const PLUS = 0x2b;

/**
 * The octets without a first line that is a status line: no header begins like that. Only for TOP:
 * what RETR brings is given as it is.
 */
export async function* withoutSecondStatus(
  parts: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let begin = EMPTY;
  let decided = false;
  for await (const part of parts) {
    if (decided) {
      yield part;
      continue;
    }
    begin = join(begin, part);
    const content = contentOf(begin);
    if (content === undefined) continue;
    decided = true;
    if (content.length > 0) yield content;
  }
  if (!decided && begin.length > 0) yield begin;
}

/** `undefined` while there are too few octets to tell. */
function contentOf(begin: Uint8Array): Uint8Array | undefined {
  const isStatus = startsReply(begin);
  if (isStatus === undefined) return undefined;
  if (!isStatus || begin[0] !== PLUS || begin.length > REPLY_LINE_ACCEPTED) return begin;
  const end = begin.indexOf(LF);
  return end < 0 ? undefined : begin.subarray(end + 1);
}
