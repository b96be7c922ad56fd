/**
 * The mbox format with the quoting called "mboxrd": every line that could be taken for the start
 * of a message gets one more `>`, and loses it again, so that messages come out as they went in.
 * Messages pass through in pieces; no message and no line is ever held as a whole.
 *
 * @module
 */
import { StoreError } from "./errors.ts";
import { EMPTY, joined } from "../protocol/octets.ts";
import { blankLine, FROM, FromFinder, isFromPart } from "./mbox/from_finder.ts";

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x3e;

/** The line that a message begins with; the sender is not known to us. */
export function mboxStart(milliseconds: number): Uint8Array {
  const [day = "", date = "", month = "", year = "", time = ""] = new Date(milliseconds)
    .toUTCString().replace(",", "").split(" ");
  return new TextEncoder().encode(
    `From MAILER-DAEMON ${day} ${month} ${date.replace(/^0/, " ")} ${time} ${year}\n`,
  );
}

/** Quotes one message that comes in chunks. */
export class MboxQuoter {
  readonly #finder = new FromFinder();
  #last = LF;

  /** The next chunk, quoted. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    const { octets, lines, end } = this.#finder.push(chunk);
    let done = 0;
    for (const { at } of lines) {
      yield octets.subarray(done, at);
      // As good here as in front of all others, and it need not be known where those began.
      yield Uint8Array.of(QUOTE);
      done = at;
    }
    yield octets.subarray(done, end);
    this.#last = octets[end - 1] ?? this.#last;
  }

  /** The rest, the line end that a message must have, and the blank line behind it. */
  *finish(): Generator<Uint8Array> {
    const rest = this.#finder.held;
    yield rest;
    yield Uint8Array.of(...((rest.at(-1) ?? this.#last) === LF ? [LF] : [LF, LF]));
  }
}

/**
 * The messages of an mbox, one after the other. Each is to be read before the next one is asked
 * for; what was not read of it is passed over. A piece is valid until the next one is asked for.
 *
 * @param name what to call it where it is no mbox
 * @throws {StoreError} `corrupt` where it does not begin as an mbox does.
 */
export async function* readMbox(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<AsyncGenerator<Uint8Array>> {
  const parts = partsOf(chunks, name);
  let isOver = false;
  let isInside = false;
  /** The next piece; a message's own end is found when the next one begins. */
  const step = async (): Promise<Uint8Array | undefined> => {
    const { done, value } = await parts.next();
    isOver = done === true;
    isInside = !isOver && value !== undefined;
    return done === true ? undefined : value;
  };
  const message = async function* (): AsyncGenerator<Uint8Array> {
    while (isInside) {
      const piece = await step();
      if (piece !== undefined) yield piece;
    }
  };
  try {
    await step();
    while (!isOver) {
      isInside = true;
      yield message();
      while (isInside) await step();
    }
  } finally {
    await parts.return(undefined);
  }
}

/** Octets of messages, and `undefined` where one begins. */
async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array | undefined> {
  const splitter = new MboxSplitter(name);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  yield* splitter.finish();
}

class MboxSplitter {
  readonly #name: string;
  readonly #finder = new FromFinder();
  /** What came before we know that it is an mbox. */
  #beginning: Uint8Array | undefined = EMPTY;
  /** Whether we are in a line that a message begins with. */
  #inFromLine = false;

  constructor(name: string) {
    this.#name = name;
  }

  *push(chunk: Uint8Array): Generator<Uint8Array | undefined> {
    if (this.#beginning === undefined) return yield* this.#split(chunk);
    const octets = joined([this.#beginning, chunk]);
    const start = octets.findIndex((octet) => octet !== CR && octet !== LF);
    const rest = start === -1 ? EMPTY : octets.subarray(start);
    this.#beginning = rest;
    if (rest.length < FROM.length && isFromPart(rest)) return;
    if (!isFromPart(rest.subarray(0, FROM.length))) throw this.#noMbox();
    this.#beginning = undefined;
    this.#inFromLine = true;
    yield* this.#split(rest);
  }

  *finish(): Generator<Uint8Array | undefined> {
    if (this.#beginning !== undefined) {
      if (this.#beginning.length > 0) throw this.#noMbox();
      return;
    }
    const rest = this.#finder.held;
    // The blank line that ends a message; and a last line that was cut begins none.
    if (!this.#inFromLine && blankLine(rest, rest.length, 0, true) !== 0) yield rest;
  }

  *#split(chunk: Uint8Array): Generator<Uint8Array | undefined> {
    const { octets, lines, end, startsLine } = this.#finder.push(chunk, true);
    let done = 0;
    if (this.#inFromLine) {
      done = octets.indexOf(LF) + 1;
      if (done === 0) return;
      this.#inFromLine = false;
      yield undefined;
    }
    for (const { at, isQuoted } of lines) {
      if (at < done) continue;
      if (isQuoted) {
        yield octets.subarray(done, at - 1);
        done = at;
        continue;
      }
      const blank = blankLine(octets, at, done, done > 0 || startsLine);
      if (blank === undefined) continue;
      if (blank > done) yield octets.subarray(done, blank);
      done = octets.indexOf(LF, at) + 1;
      this.#inFromLine = done === 0;
      if (this.#inFromLine) return;
      yield undefined;
    }
    if (end > done) yield octets.subarray(done, end);
  }

  #noMbox(): StoreError {
    return new StoreError(
      "corrupt",
      `Cannot read ${this.#name} as an mbox: it does not begin with a line "From …"; ` +
        "a message by itself is taken by add",
    );
  }
}
