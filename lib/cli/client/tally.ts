/**
 * What became of the messages of a download, for the line that closes it.
 *
 * @module
 */

/** Why a message was not fetched. */
export type SkipReason = "over --max-size" | "over --limit" | "refused by the server";

/** Counts messages and octets. */
export class Tally {
  readonly #started = performance.now();
  readonly #skipped = new Map<SkipReason, number>();
  #sessions = 0;
  #new = 0;
  #known = 0;
  #octets = 0;
  #deleted = 0;
  #isConfirmed = true;

  /** A message was fetched: new in the store, or found there by its content. */
  fetched(outcome: "stored" | "duplicate", octets: number): void {
    if (outcome === "stored") this.#new++;
    else this.#known++;
    this.#octets += octets;
  }

  /**
   * A session begins in which the store has `known` of the messages already: of those the first
   * session counts, for later ones find there what this run has fetched.
   */
  session(known: number): void {
    if (this.#sessions++ === 0) this.#known += known;
    this.#skipped.clear();
  }

  /** Sessions that came as far as to know what there is to fetch. */
  get sessions(): number {
    return this.#sessions;
  }

  /** Messages that stay where they are. */
  skipped(reason: SkipReason, count = 1): void {
    if (count > 0) this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + count);
  }

  /** Messages that were deleted at the server. */
  deleted(count: number): void {
    this.#deleted += count;
  }

  /** QUIT, which deletes them, was not answered with yes. */
  unconfirmed(): void {
    this.#isConfirmed = false;
  }

  get #howDeleted(): string {
    return this.#isConfirmed
      ? "deleted at the server"
      : "marked as deleted at the server, which did not confirm it";
  }

  /** `2 new, 5 known, 3 skipped (1 over --max-size, 2 refused by the server), 4711 octets in 1.2 s`. */
  toString(): string {
    const reasons = [...this.#skipped].map(([reason, count]) => `${count} ${reason}`);
    const skipped = [...this.#skipped.values()].reduce((sum, count) => sum + count, 0);
    const seconds = (performance.now() - this.#started) / 1000;
    return [
      `${this.#new} new`,
      `${this.#known} known`,
      ...(skipped === 0 ? [] : [`${skipped} skipped (${reasons.join(", ")})`]),
      ...(this.#deleted === 0 ? [] : [`${this.#deleted} ${this.#howDeleted}`]),
      `${this.#octets} octets in ${seconds.toFixed(1)} s`,
    ].join(", ");
  }
}
