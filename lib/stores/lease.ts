/**
 * A lock that ends by itself: where nothing tells a service that we died, the lock that it keeps
 * for us is a lease, and we renew it while we live.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import { StoreError } from "./errors.ts";
import type { StoreLock } from "./mime_store.ts";

/** What a service does for a lease. */
export interface LeaseKeeper {
  /** Prolongs it from now on; `false` if it is no longer ours. Throws if that could not be told. */
  renew(): Promise<boolean>;
  /** Gives it back. */
  release(): Promise<void>;
}

/** What a service does for whoever wants one. */
export interface LeaseTaker extends LeaseKeeper {
  /** Begins it, or throws `in-use`. */
  take(owner: string): Promise<void>;
}

/** Options of {@linkcode Lease}. */
export interface LeaseOptions {
  readonly owner: string;
  /** How long it lasts without being renewed. */
  readonly seconds: number;
  /** `performance.now()` when it was asked for: it cannot have begun earlier. */
  readonly since: number;
  readonly logger: Logger;
  /** Called once when it is over, given back or lost. */
  readonly ended?: () => void;
}

/** One moment by two clocks, ms. */
interface Moment {
  readonly running: number;
  readonly wall: number;
}

/** Renewed so many times within its duration: two may fail. */
const RENEWALS = 3;

/** A lease, renewed by a timer until it is disposed of. */
export class Lease implements StoreLock {
  readonly owner: string;
  readonly #keeper: LeaseKeeper;
  readonly #options: LeaseOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  #since: Moment;
  #taken = false;
  #renewing: Promise<void> | undefined;
  #disposal: Promise<void> | undefined;

  constructor(keeper: LeaseKeeper, options: LeaseOptions) {
    this.owner = options.owner;
    this.#keeper = keeper;
    this.#options = options;
    this.#since = moment(options.since);
    this.#timer = setInterval(() => this.#tick(), options.seconds * 1000 / RENEWALS);
    // A lock alone is no reason for a process to live.
    Deno.unrefTimer(Number(this.#timer));
  }

  /** Whether nobody else can have it: it was not taken from us and has not run out. */
  get isHeld(): boolean {
    const now = moment();
    // The first clock stands still while the machine sleeps, the second one can be set back.
    const age = Math.max(now.running - this.#since.running, now.wall - this.#since.wall);
    return !this.#taken && age < this.#options.seconds * 1000;
  }

  /** Throws `in-use` if somebody else may have it by now: then nothing must be changed any more. */
  check(): void {
    if (!this.isHeld) throw this.lost();
  }

  /** What is to be thrown where somebody else may have it. */
  lost(): StoreError {
    return new StoreError(
      "in-use",
      `Cannot go on: ${this.owner} had the maildrop, but could not renew its hold in time and ` +
        "another session may use it now; sign in again",
    );
  }

  /** Gives it back; harmless when done twice. Never throws: it runs out by itself. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    clearInterval(this.#timer);
    // A renewal that arrives behind the release would bring it back.
    await this.#renewing;
    try {
      if (this.isHeld) await this.#keeper.release();
    } catch (error) {
      const { seconds, logger } = this.#options;
      logger.warn("a maildrop's lock could not be given back; it runs out by itself", {
        seconds,
        reason: error instanceof Error ? error.message : String(error),
      });
    } finally {
      this.#options.ended?.();
    }
  }

  #tick(): void {
    this.#renewing ??= this.#renew().finally(() => this.#renewing = undefined);
  }

  async #renew(): Promise<void> {
    const asked = moment();
    try {
      if (await this.#keeper.renew()) {
        this.#since = asked;
        return;
      }
      this.#taken = true;
      clearInterval(this.#timer);
      this.#options.logger.error("a maildrop's lock was lost", { owner: this.owner });
    } catch (error) {
      this.#options.logger.warn("a maildrop's lock could not be renewed", {
        owner: this.owner,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/** How long the leases of a store last, and who hears of them. */
export type StoreLeaseOptions = Pick<LeaseOptions, "seconds" | "logger">;

/** The lock of one store object: one holder at a time, whatever the service says. */
export class StoreLease {
  readonly #taker: LeaseTaker | undefined;
  readonly #options: StoreLeaseOptions;
  #holder: string | undefined;
  #current: Lease | undefined;

  /** Without a `taker` nobody but this object knows of the lock. */
  constructor(taker: LeaseTaker | undefined, options: StoreLeaseOptions) {
    this.#taker = taker;
    this.#options = options;
  }

  /** The lease that is on, if there is one. */
  get current(): Lease | undefined {
    return this.#current;
  }

  /** Takes the lock or throws `in-use`. */
  async lock(owner: string): Promise<StoreLock> {
    if (this.#holder !== undefined) {
      throw new StoreError("in-use", `Cannot lock the store: ${this.#holder} uses it; try later`);
    }
    this.#holder = owner;
    try {
      return this.#taker === undefined ? this.#alone(owner) : await this.#take(owner, this.#taker);
    } catch (error) {
      this.#holder = undefined;
      throw error;
    }
  }

  #alone(owner: string): StoreLock {
    let isHeld = true;
    return {
      owner,
      [Symbol.asyncDispose]: () => {
        if (isHeld) this.#holder = undefined;
        isHeld = false;
        return Promise.resolve();
      },
    };
  }

  async #take(owner: string, taker: LeaseTaker): Promise<StoreLock> {
    const since = performance.now();
    await taker.take(owner);
    const lease = new Lease(taker, {
      ...this.#options,
      owner,
      since,
      ended: () => {
        if (this.#current === lease) this.#current = undefined;
        this.#holder = undefined;
      },
    });
    this.#current = lease;
    return lease;
  }
}

/** Now, or when `performance.now()` gave that. */
function moment(running = performance.now()): Moment {
  return { running, wall: Date.now() - (performance.now() - running) };
}
