/**
 * Where a message in a reply ends: at the line ".", wherever the server puts it.
 *
 * @module
 */

import { DotDecoder } from "../protocol/dot_decoder.ts";
import { ProtocolError } from "../protocol/errors.ts";
import {
  MESSAGE_OVERRUN,
  MESSAGE_OVERRUN_FACTOR,
  REPLY_LINE_ACCEPTED,
} from "../protocol/limits.ts";
import { LF } from "../protocol/octets.ts";
import { startsReply } from "./reply_start.ts";

/** What a message in a reply is called, and how its end is told from its content. */
export interface BodyOptions {
  /** For errors: `message 3`. */
  readonly name: string;
  /** Its octets as LIST told them, if it did. */
  readonly announcedSize?: number | undefined;
  /**
   * A line "." came before the announced size: what the server sends next tells whether that was
   * the end, so this must make sure that a command is under way to which it has to reply.
   */
  readonly onUnsure: () => void;
  /** How it is found out whether a dot without a line of its own was the end; else it never is. */
  readonly glued?: GluedEnd | undefined;
}

/**
 * Exchange 2000 sets the final dot right behind a last line that has no end of its own. Any line
 * that ends in a dot looks like that, but nothing comes behind this one; and when a command is sent
 * all the same, the reply to it.
 */
export interface GluedEnd {
  /** Whether replies to other commands are due: then they come at once. */
  readonly ahead: () => boolean;
  /** So many ms without an octet make it worth to ask. */
  readonly patience: number;
  /** Sends a command whose reply cannot be foreseen by whoever wrote the message; must not throw. */
  readonly ask: () => void;
  /** Whether a line is the reply to that. */
  readonly isAnswer: (line: Uint8Array) => boolean;
}

/** Where the octets come from. */
interface Feed {
  /** What was read and not looked at yet; `undefined` if there is nothing. */
  unread(): Uint8Array | undefined;
  /** Waits for more. */
  more(): Promise<Uint8Array>;
}

interface Circumstances {
  /** `host:port`, for errors. */
  readonly peer: string;
  /** How the status line before the message ended. */
  readonly lineEnding: "crlf" | "lf";
}

/**
 * The octets of a message, exactly, without stuffing; a part is valid until the next is asked for.
 * It ends only where the server ended the message. Gives back what came behind that.
 *
 * @throws {ProtocolError} if it does not end, far behind its announced size, or if where it ends
 *   cannot be told while other replies are due.
 */
export async function* messageBody(
  feed: Feed,
  options: BodyOptions,
  { peer, lineEnding }: Circumstances,
): AsyncGenerator<Uint8Array, Uint8Array, undefined> {
  const { name, announcedSize, glued } = options;
  const decoder = new DotDecoder({
    lineEnding,
    ...(announcedSize === undefined ? {} : { expectedSize: announcedSize }),
  });
  const most = (announcedSize ?? 0) * MESSAGE_OVERRUN_FACTOR + MESSAGE_OVERRUN;
  const watch = glued?.ahead() === true ? new EndWatch(announcedSize ?? 0) : undefined;
  while (decoder.state !== "ended") {
    if (decoder.size > most) {
      throw new ProtocolError(
        `Cannot read ${name} from ${peer}: it does not end after ${most} octets.`,
      );
    }
    const unread = feed.unread();
    const suspect = unread === undefined && decoder.endsInDot && glued?.ahead() === false;
    const { chunk, asked } = suspect
      ? await patiently(feed, glued)
      : { chunk: unread ?? await feed.more(), asked: false };
    const parts = asked && glued !== undefined
      ? await gluedOrNot(decoder, chunk, feed, glued)
      : decoder.push(chunk);
    for (const part of parts) {
      if (watch?.sees(part) === true) throw new ProtocolError(cannotTell(name, peer));
      yield part;
    }
    while (decoder.state === "unsure") {
      const isReply = startsReply(decoder.rest);
      if (isReply !== undefined) {
        yield* decoder.decide(isReply ? "end" : "content");
        continue;
      }
      options.onUnsure();
      decoder.push(await feed.more());
    }
  }
  return decoder.rest;
}

/** The next octets, and whether it took them so long that we asked. */
async function patiently(
  feed: Feed,
  glued: GluedEnd,
): Promise<{ readonly chunk: Uint8Array; readonly asked: boolean }> {
  let asked = false;
  const timer = setTimeout(() => {
    asked = true;
    glued.ask();
  }, glued.patience);
  try {
    const chunk = await feed.more();
    return { chunk, asked };
  } finally {
    clearTimeout(timer);
  }
}

/** What came after we asked: the reply, so that the dot was the end, or more of the message. */
async function gluedOrNot(
  decoder: DotDecoder,
  chunk: Uint8Array,
  feed: Feed,
  glued: GluedEnd,
): Promise<readonly Uint8Array[]> {
  decoder.doubt();
  decoder.push(chunk);
  for (;;) {
    const isReply = startsReply(decoder.rest);
    const end = decoder.rest.indexOf(LF);
    if (isReply === true && end >= 0) {
      return decoder.decide(glued.isAnswer(decoder.rest.subarray(0, end)) ? "end" : "content");
    }
    if (isReply === false || decoder.rest.length > REPLY_LINE_ACCEPTED) {
      return decoder.decide("content");
    }
    decoder.push(await feed.more());
  }
}

function cannotTell(name: string, peer: string): string {
  return `Cannot tell where ${name} from ${peer} ends: where it should, a reply seems to stand ` +
    "behind a dot that is no line of its own. Send one command at a time (--pipeline off).";
}

/** A final dot and the next reply behind it. */
const REPLY_BEHIND_DOT = /^\.\r\n(?:\+OK|-ERR)[ \t\r\n]/;
/** Octets that it takes to tell. */
const LOOKED_AT = 8;

/**
 * Looks at what stands where a message should have ended. Taken for content, a reply there would make
 * this message swallow the next one, and all that come after it bear wrong numbers.
 */
class EndWatch {
  readonly #from: number;
  #size = 0;
  #text = "";

  /** Looks behind so many octets. */
  constructor(from: number) {
    this.#from = from;
  }

  /** Whether a reply stands there, once that can be told. */
  sees(part: Uint8Array): boolean {
    const at = Math.max(0, this.#from - this.#size);
    this.#size += part.length;
    if (at >= part.length || this.#text.length >= LOOKED_AT) return false;
    this.#text += String.fromCharCode(...part.subarray(at, at + LOOKED_AT - this.#text.length));
    return REPLY_BEHIND_DOT.test(this.#text);
  }
}
