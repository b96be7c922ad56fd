/**
 * The header part of a message: all that stands before its first blank line, and that line.
 *
 * @module
 */

/** Behind so many octets the end of a header is looked for no more: real ones have a tenth. */
export const HEAD_LIMIT = 256 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/** Gathers the header part of a message that comes in chunks. */
export class HeadGatherer {
  #octets: Uint8Array = new Uint8Array(4096);
  #length = 0;
  /** How far it was searched. */
  #searched = 0;
  #isWhole = false;

  /** Takes (and copies) what belongs to the header part; whether that is whole now. */
  push(chunk: Uint8Array): boolean {
    if (this.#isWhole) return true;
    this.#append(chunk.subarray(0, HEAD_LIMIT - this.#length));
    const end = headEnd(this.#octets.subarray(0, this.#length), this.#searched);
    // A blank line has up to three octets, which may come in as many chunks.
    this.#searched = Math.max(0, this.#length - 2);
    if (end !== undefined) this.#length = end;
    return this.#isWhole = end !== undefined || this.#length === HEAD_LIMIT;
  }

  /** What was gathered; all of the message where it has no blank line. */
  get head(): Uint8Array {
    return this.#octets.subarray(0, this.#length);
  }

  #append(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#octets.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#octets.length));
      larger.set(this.#octets.subarray(0, this.#length));
      this.#octets = larger;
    }
    this.#octets.set(part, this.#length);
    this.#length = length;
  }
}

/** Reads no further than to the end of the header part. */
export async function readHead(
  octets: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  const gatherer = new HeadGatherer();
  for await (const chunk of octets) if (gatherer.push(chunk)) break;
  return gatherer.head;
}

/** A message whose header part was read already. */
export interface Peeked extends AsyncDisposable {
  readonly head: Uint8Array;
  /** All octets, from the first one on; to be read once. */
  readonly octets: AsyncIterable<Uint8Array>;
}

/** Looks at the header part of a message that is still to be read. Dispose it to stop reading. */
export async function peekHead(octets: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const iterator = octets[Symbol.asyncIterator]();
  const rest = { [Symbol.asyncIterator]: () => iterator };
  const gatherer = new HeadGatherer();
  const taken: Uint8Array[] = [];
  for (let isWhole = false; !isWhole;) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    // Copied: the giver may use its buffer again for the next chunk.
    taken.push(value.slice());
    isWhole = gatherer.push(value);
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield* taken.splice(0);
    yield* rest;
  };
  return {
    head: gatherer.head,
    octets: all(),
    [Symbol.asyncDispose]: async () => void await iterator.return?.(),
  };
}

/** Where the header part ends, its blank line included. */
function headEnd(octets: Uint8Array, from: number): number | undefined {
  if (octets[0] === LF) return 1;
  if (octets[0] === CR && octets[1] === LF) return 2;
  for (let at = octets.indexOf(LF, from); at !== -1; at = octets.indexOf(LF, at + 1)) {
    if (octets[at + 1] === LF) return at + 2;
    if (octets[at + 1] === CR && octets[at + 2] === LF) return at + 3;
  }
  return undefined;
}
