import type { Command } from "./command.ts";

const SPACE = 0x20;
const ZERO = 0x30;
/** Clears the bit that tells lower-case letters from upper-case ones, in four octets at once. */
const UPPER_CASE = 0xdfdfdfdf;

type Numbered = "RETR" | "DELE" | "LIST" | "UIDL";
type Bare = "NOOP" | "STAT" | "LIST" | "UIDL" | "RSET" | "QUIT" | "CAPA";

const NUMBERED = byCode<Numbered>(["RETR", "DELE", "LIST", "UIDL"]);
const BARE = byCode<Bare>(["NOOP", "STAT", "LIST", "UIDL", "RSET", "QUIT", "CAPA"]);

/**
 * Reads the commands that clients send by the thousand: a verb of four letters alone, or with one
 * number of up to nine digits, and nothing else. Anything else, right or wrong, is `undefined` and
 * left to the full parser, which takes twenty times as long and agrees on all that is read here.
 */
export function readQuickly(line: Uint8Array): Command | undefined {
  if (line.length < 4) return undefined;
  const code = codeOf(line);
  if (line.length === 4) {
    const verb = BARE.get(code);
    return verb === undefined ? undefined : { verb };
  }
  const verb = NUMBERED.get(code);
  if (verb === undefined || line[4] !== SPACE || line.length > 14) return undefined;
  const number = numberAt(line, 5);
  return number > 0 ? { verb, number } : undefined;
}

/** The decimal number from `start` to the end of the line; -1 if there is something else. */
function numberAt(line: Uint8Array, start: number): number {
  let number = 0;
  for (let at = start; at < line.length; at++) {
    const digit = (line[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** The first four octets as one number, in upper case if they are letters. */
function codeOf(octets: Uint8Array): number {
  const high = ((octets[0] ?? 0) << 24) | ((octets[1] ?? 0) << 16);
  return (high | ((octets[2] ?? 0) << 8) | (octets[3] ?? 0)) & UPPER_CASE;
}

function byCode<V extends string>(verbs: readonly V[]): ReadonlyMap<number, V> {
  return new Map(verbs.map((verb) => [codeOf(new TextEncoder().encode(verb)), verb]));
}
