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
  readonly #block = new Uint8Array(BLOCK);
  readonly #encoder = new TextEncoder();
  #filled = 0;

  /** @param sink Writes some of the octets, at least one, and says how many. */
  constructor(sink: (octets: Uint8Array) => Promise<number>) {
    this.#sink = sink;
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
    if (isLarge) return await this.#writeOut(octets);
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
    const filled = this.#filled;
    this.#filled = 0;
    await this.#writeOut(this.#block.subarray(0, filled));
  }

  async #writeOut(octets: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < octets.length;) done += await this.#sink(octets.subarray(done));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) {
        throw new OutputClosedError("Cannot write the output: nobody reads it any more");
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new OutputError(`Cannot write the output: ${reason}`, { cause: error });
    }
  }
}
