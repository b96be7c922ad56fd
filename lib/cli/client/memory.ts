/**
 * What one run of `clientpop3` remembers over its sessions, so that a new one goes on where the
 * last one was cut.
 *
 * @module
 */
import type { RemoteMessage } from "../../client/select.ts";
import type { MimeItem } from "../../stores/mime_store.ts";
import { ExplainedError } from "../errors.ts";
import { Tally } from "./tally.ts";

/** A run's memory. */
export class RunMemory {
  readonly #done = new Map<string, MimeItem | undefined>();
  /** What was under way when sessions broke off: the larger, the later it is fetched. */
  readonly #brokenOff = new Map<string, number>();
  /** What this session fetches, in that order; of it so many were begun. */
  #order: readonly string[] = [];
  #begun = 0;
  #selected: ReadonlySet<string> | undefined;
  #numbersHold = true;
  #tellFailure: unknown;
  #onProgress = (): void => {};

  /** What became of the messages. */
  readonly tally = new Tally();
  /** Whether something was done that a further session would do twice. */
  irrevocable = false;
  /** Whether messages are on their way to the store. */
  fetching = false;

  /** A new session begins; `onProgress` is told of every message that is done. */
  begin(onProgress: () => void): void {
    this.#onProgress = onProgress;
  }

  /** What ended the last session. */
  failed(error: unknown): void {
    this.#tellFailure = error;
    // Into a store only: what is written somewhere else keeps its order.
    if (!this.fetching) return;
    // The one that was being read; but if it was whole, the one that was waited for.
    this.#blame(this.#order[this.#begun - 1], 2);
    this.#blame(this.#order[this.#begun], 1);
    this.#order = [];
  }

  /** Whether there are messages that the session had not come to when it broke off, nor others. */
  get othersLeft(): boolean {
    return this.fetching &&
      this.#order.slice(this.#begun + 1).some((key) => !this.#brokenOff.has(key));
  }

  /** The octets of one more message begin to come, of those that {@linkcode RunMemory.left} gave. */
  begins(message: RemoteMessage): void {
    this.#begun = this.#order.indexOf(keyOf(message), this.#begun) + 1;
  }

  /**
   * Of these messages those that are still to be fetched: in the first session all of them, later
   * those of the first that are not done, and last of all those at which sessions broke off: a
   * server that dies of a message does not keep the others from us. `listed` are all that the server
   * lists now.
   *
   * @throws {ExplainedError} if that cannot be told any more.
   */
  left(
    wanted: readonly RemoteMessage[],
    listed: readonly RemoteMessage[],
  ): { readonly left: readonly RemoteMessage[]; readonly vanished: number } {
    if (this.#selected === undefined) {
      this.#selected = new Set(wanted.map(keyOf));
      return { left: this.#inOrder(wanted), vanished: 0 };
    }
    const keys = new Set(listed.map(keyOf));
    const missing = [...this.#selected].filter((key) => !keys.has(key) && !this.#done.has(key));
    if (this.#numbersHold && missing.some((key) => key.startsWith(NUMBERED))) {
      throw new ExplainedError(
        "Cannot go on where the connection was lost: the mailbox has changed meanwhile, and " +
          "the server gives no unique ids; start again",
        this.#tellFailure,
      );
    }
    const left = wanted.filter((message) => {
      const key = keyOf(message);
      if (!this.#numbersHold && key.startsWith(NUMBERED)) return true;
      return this.#selected?.has(key) === true && !this.#done.has(key);
    });
    return { left: this.#inOrder(left), vanished: missing.length };
  }

  /** The message is done; for a store with the item that it became. */
  done(message: RemoteMessage, item?: MimeItem): void {
    this.#done.set(keyOf(message), item);
    this.#onProgress();
  }

  #blame(key: string | undefined, weight: number): void {
    if (key === undefined || this.#done.has(key)) return;
    this.#brokenOff.set(key, (this.#brokenOff.get(key) ?? 0) + weight);
  }

  #inOrder(messages: readonly RemoteMessage[]): readonly RemoteMessage[] {
    const breaks = (message: RemoteMessage): number => this.#brokenOff.get(keyOf(message)) ?? 0;
    const ordered = this.#brokenOff.size === 0
      ? messages
      : messages.toSorted((one, other) => breaks(one) - breaks(other));
    this.#order = ordered.map(keyOf);
    this.#begun = 0;
    return ordered;
  }

  /** The item that a message became in this run. */
  itemOf(message: RemoteMessage): MimeItem | undefined {
    return this.#done.get(keyOf(message));
  }

  /** Whether something was to be deleted. */
  get deletes(): boolean {
    return !this.#numbersHold;
  }

  /** Messages may go at the server from now on: a number may be another message's next time. */
  forgetNumbers(): void {
    this.#numbersHold = false;
    for (const key of [...this.#done.keys()]) {
      if (key.startsWith(NUMBERED)) this.#done.delete(key);
    }
  }
}

/** No unique id has a line end. */
const NUMBERED = "\n";

function keyOf({ number, size, uid }: RemoteMessage): string {
  return uid ?? `${NUMBERED}${number} ${size}`;
}
