/**
 * The mbox format with the quoting called "mboxrd": every line that could be taken for the start
 * of a message gets one more `>`, and loses it again, so that messages come out as they went in.
 *
 * @module
 */

const LF = 0x0a;
const QUOTE = 0x3e;
const FROM = new TextEncoder().encode("From ");
/** A longer line is passed on in pieces. */
const PIECE = 1024 * 1024;

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
  readonly #lines = new LineCutter();
  #endsInLine = true;

  /** The next chunk, quoted. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    for (const line of this.#lines.push(chunk)) yield* this.#quoted(line);
  }

  /** The rest, the line end that a message must have, and the blank line behind it. */
  *finish(): Generator<Uint8Array> {
    for (const line of this.#lines.finish()) yield* this.#quoted(line);
    yield Uint8Array.of(...(this.#endsInLine ? [LF] : [LF, LF]));
  }

  *#quoted({ octets, isStart }: Line): Generator<Uint8Array> {
    if (isStart && isFromLine(octets, quotes(octets))) yield Uint8Array.of(QUOTE);
    this.#endsInLine = octets.at(-1) === LF;
    yield octets;
  }
}

/** The messages of an mbox, one after the other, each as its pieces. */
export async function* readMbox(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly Uint8Array[]> {
  const splitter = new MboxSplitter();
  const lines = new LineCutter();
  for await (const chunk of chunks) {
    for (const line of lines.push(chunk)) yield* splitter.push(line);
  }
  for (const line of lines.finish()) yield* splitter.push(line);
  yield* splitter.finish();
}

class MboxSplitter {
  #message: Uint8Array[] | undefined;
  /** A blank line that belongs to the message unless a new one begins behind it. */
  #blank: Uint8Array | undefined;

  *push({ octets, isStart }: Line): Generator<readonly Uint8Array[]> {
    const count = isStart ? quotes(octets) : 0;
    const isFrom = isStart && isFromLine(octets, count);
    if (isFrom && count === 0 && (this.#message === undefined || this.#blank !== undefined)) {
      this.#blank = undefined;
      yield* this.finish();
      this.#message = [];
      return;
    }
    if (this.#message === undefined) return;
    if (this.#blank !== undefined) this.#message.push(this.#blank);
    this.#blank = undefined;
    if (isStart && (octets[0] === LF || (octets[0] === 0x0d && octets[1] === LF))) {
      this.#blank = octets;
    } else this.#message.push(isFrom && count > 0 ? octets.subarray(1) : octets);
  }

  *finish(): Generator<readonly Uint8Array[]> {
    if (this.#message !== undefined) yield this.#message;
    this.#message = undefined;
  }
}

/** A line with its ending, or a piece of one that is too long. */
interface Line {
  readonly octets: Uint8Array;
  /** Whether it begins a line. */
  readonly isStart: boolean;
}

/** Cuts chunks into lines; the octets are copies. */
class LineCutter {
  #rest: Uint8Array = new Uint8Array();
  #isStart = true;

  *push(chunk: Uint8Array): Generator<Line> {
    const octets = new Uint8Array(this.#rest.length + chunk.length);
    octets.set(this.#rest);
    octets.set(chunk, this.#rest.length);
    let at = 0;
    for (let end = octets.indexOf(LF); end !== -1; end = octets.indexOf(LF, at)) {
      yield this.#line(octets.subarray(at, end + 1), true);
      at = end + 1;
    }
    this.#rest = octets.subarray(at);
    if (this.#rest.length < PIECE) return;
    yield this.#line(this.#rest, false);
    this.#rest = new Uint8Array();
  }

  *finish(): Generator<Line> {
    if (this.#rest.length > 0) yield this.#line(this.#rest, false);
    this.#rest = new Uint8Array();
  }

  #line(octets: Uint8Array, ends: boolean): Line {
    const line = { octets, isStart: this.#isStart };
    this.#isStart = ends;
    return line;
  }
}

/** How many `>` the line begins with. */
function quotes(line: Uint8Array): number {
  let count = 0;
  while (line[count] === QUOTE) count++;
  return count;
}

function isFromLine(line: Uint8Array, from: number): boolean {
  return FROM.every((octet, i) => line[from + i] === octet);
}
