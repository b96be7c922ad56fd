/**
 * The LOGIN-DELAY capability (RFC 2449 §6.5).
 *
 * @module
 */

/** How many seconds must pass between two sign-ins of one user. */
export class LoginDelay {
  /** What CAPA tells. */
  readonly seconds: number;
  readonly #now: () => number;
  /** When each user signed in last, in ms; the earliest is first. */
  readonly #last = new Map<string, number>();

  /** `now` gives milliseconds that only go forward. */
  constructor(seconds: number, now: () => number = () => performance.now()) {
    this.seconds = seconds;
    this.#now = now;
  }

  /** Whole seconds until `user` may sign in; 0 means now. */
  secondsLeft(user: string): number {
    const last = this.#last.get(user);
    if (last === undefined) return 0;
    return Math.max(0, Math.ceil(this.seconds - (this.#now() - last) / 1000));
  }

  /** `user` has signed in. */
  signedIn(user: string): void {
    const now = this.#now();
    for (const [name, last] of this.#last) {
      if (now - last < this.seconds * 1000) break;
      this.#last.delete(name);
    }
    this.#last.delete(user);
    this.#last.set(user, now);
  }
}
