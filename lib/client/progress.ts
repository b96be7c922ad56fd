/**
 * How far a download is.
 *
 * @module
 */

import type { RemoteMessage } from "./select.ts";

/** How far a download is; octets as LIST announced them, so that they add up to the total. */
export interface DownloadProgress {
  /** Messages that were received or refused. */
  readonly messages: number;
  /** Messages in all. */
  readonly messagesTotal: number;
  /** Octets that were received. */
  readonly octets: number;
  /** Octets in all. */
  readonly octetsTotal: number;
}

/** Counts what comes and tells a listener. */
export class ProgressCounter {
  readonly #tell: ((progress: DownloadProgress) => void) | undefined;
  readonly #messagesTotal: number;
  readonly #octetsTotal: number;
  #messages = 0;
  #octets = 0;

  constructor(
    messages: readonly RemoteMessage[],
    tell: ((progress: DownloadProgress) => void) | undefined,
  ) {
    this.#tell = tell;
    this.#messagesTotal = messages.length;
    this.#octetsTotal = messages.reduce((sum, { size }) => sum + size, 0);
  }

  /** The same octets, counted; a message larger than announced counts only as announced. */
  watch(octets: AsyncIterable<Uint8Array>, message: RemoteMessage): AsyncIterable<Uint8Array> {
    return this.#tell === undefined ? octets : this.#counted(octets, message);
  }

  /** The message was received or refused. */
  done(message: RemoteMessage): void {
    this.#messages++;
    this.#octets += message.size;
    this.#report(0);
  }

  async *#counted(
    octets: AsyncIterable<Uint8Array>,
    { size }: RemoteMessage,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let received = 0;
    for await (const part of octets) {
      received += part.length;
      this.#report(Math.min(received, size));
      yield part;
    }
  }

  #report(current: number): void {
    this.#tell?.({
      messages: this.#messages,
      messagesTotal: this.#messagesTotal,
      octets: this.#octets + current,
      octetsTotal: this.#octetsTotal,
    });
  }
}
