/**
 * A transport with patience: every wait is bounded, can be aborted, and reading goes on while
 * writes are pending.
 *
 * @module
 */

import { DeadlineTimer } from "../net/deadline.ts";
import type { Deadline } from "../net/deadline.ts";
import { ConnectionError, TimeoutError } from "../net/errors.ts";
import type { ClientTlsOptions, Transport } from "../net/transport.ts";
import { CLIENT_READ_CHUNK } from "../protocol/limits.ts";
import { joined } from "../protocol/octets.ts";

/** Options of a {@linkcode Wire}. */
export interface WireOptions {
  /** So many seconds without an octet in either direction end a wait. */
  readonly timeoutSeconds: number;
  /** Ends every wait with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** `host:port`, for errors. */
  readonly peer: string;
}

/** Reads in turns, writes in the background. */
export class Wire {
  readonly #transport: Transport;
  readonly #seconds: number;
  readonly #peer: string;
  readonly #timer: DeadlineTimer;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  readonly #buffer = new Uint8Array(CLIENT_READ_CHUNK);
  #deadline: Deadline | undefined;
  #waitingFor: string | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #giveUp: ((reason: unknown) => void) | undefined;
  #queue: Uint8Array[] = [];
  #writing: Promise<void> | undefined;
  #writeFailure: { readonly reason: unknown } | undefined;

  constructor(transport: Transport, options: WireOptions) {
    this.#transport = transport;
    this.#seconds = options.timeoutSeconds;
    this.#peer = options.peer;
    // Fine enough that a time-out is at most a fifth late, and never busier than that.
    this.#timer = new DeadlineTimer(Math.min(1000, Math.max(1, options.timeoutSeconds * 100)));
    this.#signal = options.signal;
    this.#onAbort = () => this.fail(this.#signal?.reason);
    if (this.#signal?.aborted === true) this.#onAbort();
    else this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Whether TLS protects what is read and written now. */
  get secure(): boolean {
    return this.#transport.secure;
  }

  /** The address of the peer. */
  get remoteHostname(): string {
    return this.#transport.remote.hostname;
  }

  /** So many seconds without an octet end a wait. */
  get timeoutSeconds(): number {
    return this.#seconds;
  }

  /** Why the conversation cannot go on, once it cannot. */
  get failure(): { readonly reason: unknown } | undefined {
    return this.#failure;
  }

  /**
   * Waits for at least one octet; nothing at the end of the stream. What it gives is overwritten by
   * the next read. `waitingFor` completes "while we waited for …" in the time-out's message.
   */
  async read(waitingFor: string): Promise<Uint8Array> {
    const count = await this.#bounded(waitingFor, () => this.#transport.read(this.#buffer));
    if (count === 0 && this.#writeFailure !== undefined) throw this.#writeFailure.reason;
    return this.#buffer.subarray(0, count);
  }

  /** Sends behind all that was sent before, without waiting for it. `octets` must not change. */
  send(octets: Uint8Array): void {
    this.#mustWork();
    this.#queue.push(octets);
    this.#writing ??= this.#writeAll();
  }

  /** Upgrades to TLS in place, once all is written. */
  async startTls(options: ClientTlsOptions): Promise<void> {
    await this.#writing;
    if (this.#writeFailure !== undefined) throw this.#writeFailure.reason;
    await this.#bounded("the TLS handshake", () => this.#transport.startTls(options));
  }

  /** Ends the connection; every wait, now or later, throws `reason`. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#giveUp?.(this.#failure.reason);
    this.close();
  }

  /** Closes at once; harmless when called twice. Every wait, now or later, throws `lost`. */
  close(): void {
    if (this.#failure === undefined) {
      const message = `The connection to ${this.#peer} was closed on our side.`;
      this.fail(new ConnectionError("lost", message));
      return;
    }
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#transport.close();
  }

  async #bounded<T>(waitingFor: string, operation: () => Promise<T>): Promise<T> {
    this.#mustWork();
    this.#watch(waitingFor);
    try {
      // The transport's own promise may never settle once it is closed (a handshake, say).
      return await new Promise<T>((resolve, reject) => {
        this.#giveUp = reject;
        operation().then(resolve, reject);
      });
    } catch (error) {
      throw this.#failure === undefined ? error : this.#failure.reason;
    } finally {
      this.#giveUp = undefined;
      this.#waitingFor = undefined;
    }
  }

  /** The deadline outlives single waits: setting a timer for each read would cost more than it. */
  #watch(waitingFor: string): void {
    this.#waitingFor = waitingFor;
    if (this.#deadline === undefined) {
      this.#deadline = this.#timer.watch(this.#seconds * 1000, {
        expire: () => this.#expired(),
      });
    } else {
      this.#deadline.reset();
    }
  }

  #expired(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
    if (this.#waitingFor === undefined) return;
    const what = `Cannot get ${this.#waitingFor} from ${this.#peer}`;
    this.fail(new TimeoutError(what, this.#seconds));
  }

  async #writeAll(): Promise<void> {
    // One turn of patience, so that what is sent together leaves in one write.
    await undefined;
    try {
      while (this.#queue.length > 0) {
        const parts = this.#queue;
        this.#queue = [];
        const [first] = parts;
        const isAlone = parts.length === 1 && first !== undefined;
        await this.#transport.write(isAlone ? first : joined(parts));
        this.#deadline?.reset();
      }
    } catch (reason) {
      // What the server said before it closed may still be readable, so reading decides.
      this.#writeFailure = { reason };
      this.#queue = [];
    }
    this.#writing = undefined;
  }

  #mustWork(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}
