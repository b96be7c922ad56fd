/**
 * Deadlines for thousands of connections on one coarse timer.
 *
 * @module
 */

/** Something that must happen again and again, or else. */
export interface Deadline {
  /** It happened: the full time runs again. Costs next to nothing, no clock is read. */
  reset(): void;
  /** It need not happen any more. Harmless when called twice. */
  cancel(): void;
}

/**
 * One timer for all deadlines. A deadline expires between its time and two ticks later, never
 * early. No timer runs while nothing is watched.
 */
export class DeadlineTimer {
  readonly #tickMs: number;
  readonly #watched = new Set<Watched>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #now = 0;

  /** `tickMs` is how often the timer looks, in ms. */
  constructor(tickMs: number = 1000) {
    this.#tickMs = tickMs;
  }

  /**
   * Calls `expired` once when `milliseconds` pass without a {@linkcode Deadline.reset}; it may
   * reset the deadline to be called again. `expired` must not throw.
   */
  watch(milliseconds: number, expired: () => void): Deadline {
    // One more tick, since the first one may come at once.
    const ticks = Math.ceil(milliseconds / this.#tickMs) + 1;
    const deadline = new Watched(this.#clock, ticks, expired, (done) => this.#forget(done));
    this.#watched.add(deadline);
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs);
    return deadline;
  }

  readonly #clock = (): number => this.#now;

  #tick(): void {
    this.#now++;
    for (const deadline of this.#watched) deadline.check();
  }

  #forget(deadline: Watched): void {
    this.#watched.delete(deadline);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

class Watched implements Deadline {
  readonly #clock: () => number;
  readonly #ticks: number;
  readonly #expired: () => void;
  readonly #forget: (deadline: Watched) => void;
  #since: number;

  constructor(
    clock: () => number,
    ticks: number,
    expired: () => void,
    forget: (deadline: Watched) => void,
  ) {
    this.#clock = clock;
    this.#ticks = ticks;
    this.#expired = expired;
    this.#forget = forget;
    this.#since = clock();
  }

  reset(): void {
    this.#since = this.#clock();
  }

  cancel(): void {
    this.#forget(this);
  }

  check(): void {
    if (this.#clock() - this.#since < this.#ticks) return;
    this.#since = Infinity;
    this.#expired();
  }
}
