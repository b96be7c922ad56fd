/**
 * A message that is being received.
 *
 * @module
 */

/**
 * The octets of a message as they come, un-stuffed and otherwise exactly as the server sent them.
 * They can be read once. What was not read is dropped before the session goes on.
 */
export class IncomingMessage implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #failed: (reason: unknown) => void;
  readonly #done: (octets: number) => Promise<void> | undefined;
  #size = 0;
  #complete = false;
  #failure: { readonly reason: unknown } | undefined;

  /**
   * `failed` is told why it cannot be read on, `done` how large it was; both at most once. A message
   * for which `done` rejects is no message.
   */
  constructor(
    body: AsyncGenerator<Uint8Array, void, undefined>,
    failed: (reason: unknown) => void,
    done: (octets: number) => Promise<void> | undefined,
  ) {
    this.#body = body;
    this.#failed = failed;
    this.#done = done;
  }

  /** Octets so far. */
  get size(): number {
    return this.#size;
  }

  /** Whether the server's end of the message has come. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The octets in parts; a part is valid until the next is asked for. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let part = await this.#next(); part !== undefined; part = await this.#next()) yield part;
  }

  /** Reads what is left, and drops it. */
  async finish(): Promise<void> {
    while (!this.#complete) await this.#next();
  }

  async #next(): Promise<Uint8Array | undefined> {
    // A generator that threw ends quietly when asked again: that must not look like the end.
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (this.#complete) return undefined;
    try {
      const result = await this.#body.next();
      if (result.done === true) {
        const doubt = this.#done(this.#size);
        if (doubt !== undefined) await doubt;
        this.#complete = true;
        return undefined;
      }
      this.#size += result.value.length;
      return result.value;
    } catch (reason) {
      this.#failure = { reason };
      this.#failed(reason);
      throw reason;
    }
  }
}
