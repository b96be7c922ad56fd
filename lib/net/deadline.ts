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

/** Who is told when a deadline has passed. */
export interface Expiring {
  /** Called once; the deadline may be reset to be called again. Must not throw. */
  expire(): void;
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

  /** Has `target` expire when `milliseconds` pass without a {@linkcode Deadline.reset}. */
  watch(milliseconds: number, target: Expiring): Deadline {
    // One more tick, since the first one may come at once.
    const ticks = Math.ceil(milliseconds / this.#tickMs) + 1;
    const deadline = new Watched(this, ticks, target);
    this.#watched.add(deadline);
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs);
    return deadline;
  }

  /** Ticks that have passed; only their difference means anything. */
  get now(): number {
    return this.#now;
  }

  /** Lets go of a deadline that {@linkcode watch} gave. */
  forget(deadline: Deadline): void {
    if (deadline instanceof Watched) this.#watched.delete(deadline);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.#now++;
    for (const deadline of this.#watched) deadline.check();
  }
}

/** Holds no closures: there is one for every idle connection. */
class Watched implements Deadline {
  readonly #timer: DeadlineTimer;
  readonly #ticks: number;
  readonly #target: Expiring;
  #since: number;

  constructor(timer: DeadlineTimer, ticks: number, target: Expiring) {
    this.#timer = timer;
    this.#ticks = ticks;
    this.#target = target;
    this.#since = timer.now;
  }

  reset(): void {
    this.#since = this.#timer.now;
  }

  cancel(): void {
    this.#timer.forget(this);
  }

  check(): void {
    if (this.#timer.now - this.#since < this.#ticks) return;
    this.#since = Infinity;
    this.#target.expire();
  }
}
