/**
 * Standard output: octets exactly, gathered into large writes.
 *
 * @module
 */
import { OutputClosedError, OutputError } from "./errors.ts";

/** Gathered before one write. */
const BLOCK = 64 * 1024;

/** Where data goes. */
export class Output {
  readonly #sink: (octets: Uint8Array) => Promise<number>;
  readonly #isWatched: boolean;
  readonly #block = new Uint8Array(BLOCK);
  readonly #encoder = new TextEncoder();
  #filled = 0;
  /** The last of the writes under way; never rejects. */
  #writing: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isFlushing = false;
  /** Ends the wait that is on for whoever reads. */
  #giveUp: ((reason: unknown) => void) | undefined;
  #gaveUp: { readonly reason: unknown } | undefined;
  /** Why a write failed that nobody waited for. */
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param sink Writes some of the octets, at least one, and says how many.
   * @param isWatched Somebody looks on, and may be shown other things in between.
   */
  constructor(sink: (octets: Uint8Array) => Promise<number>, isWatched = false) {
    this.#sink = sink;
    this.#isWatched = isWatched;
  }

  /**
   * Writes octets; they may wait until {@linkcode flush}.
   *
   * @throws {OutputClosedError} if nobody reads any more.
   * @throws {OutputError} if they cannot be written.
   */
  async write(octets: Uint8Array): Promise<void> {
    const isLarge = octets.length > BLOCK / 2;
    // A large part is written without a copy, but never before what was gathered.
    if (isLarge || this.#filled + octets.length > BLOCK) await this.flush();
    if (isLarge) return await this.#inTurn(octets);
    this.#check();
    this.#block.set(octets, this.#filled);
    this.#filled += octets.length;
  }

  /** Writes a line of text. */
  async line(text: string): Promise<void> {
    await this.write(this.#encoder.encode(`${text}\n`));
  }

  /** Writes a value as a line of JSON. */
  async json(value: Readonly<Record<string, unknown>>): Promise<void> {
    await this.line(JSON.stringify(value));
  }

  /** Writes what has been gathered. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#inTurn(this.#taken());
  }

  /**
   * Lets others read at once what has been gathered, without waiting for it: what comes in the same
   * moment goes out together. The next call throws what goes wrong.
   */
  async flushSoon(): Promise<void> {
    if (this.#isWatched) return await this.flush();
    if (this.#timer !== undefined || this.#isFlushing) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#flushAll();
    }, 0);
  }

  /** From then on nobody waits for whoever reads: what cannot be written at once throws `reason`. */
  giveUpAfter(milliseconds: number, reason: unknown): void {
    setTimeout(() => {
      this.#gaveUp = { reason };
      this.#giveUp?.(reason);
    }, milliseconds);
  }

  /** Never rejects. Others go on gathering meanwhile, and wait once there is a block full. */
  async #flushAll(): Promise<void> {
    this.#isFlushing = true;
    while (this.#filled > 0) {
      await this.#inTurn(this.#taken(), (error) => this.#failure = { error }).catch(() => {});
    }
    this.#isFlushing = false;
  }

  #taken(): Uint8Array {
    const octets = this.#block.slice(0, this.#filled);
    this.#filled = 0;
    return octets;
  }

  /** Behind the writes that are under way; `onFailure` is called before those that come after. */
  async #inTurn(octets: Uint8Array, onFailure?: (error: unknown) => void): Promise<void> {
    const before = this.#writing;
    const mine = (async () => {
      await before;
      this.#check();
      await this.#writeOut(octets);
    })();
    this.#writing = mine.catch(onFailure ?? (() => {}));
    await mine;
  }

  #check(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  async #writeOut(octets: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < octets.length;) done += await this.#sunk(octets.subarray(done));
    } catch (error) {
      if (this.#gaveUp !== undefined) throw this.#gaveUp.reason;
      if (error instanceof Deno.errors.BrokenPipe) {
        throw new OutputClosedError("Cannot write the output: nobody reads it any more");
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new OutputError(`Cannot write the output: ${reason}`, { cause: error });
    }
  }

  async #sunk(octets: Uint8Array): Promise<number> {
    if (this.#gaveUp !== undefined) throw this.#gaveUp.reason;
    try {
      return await new Promise((resolve, reject) => {
        this.#giveUp = reject;
        this.#sink(octets).then(resolve, reject);
      });
    } finally {
      this.#giveUp = undefined;
    }
  }
}
