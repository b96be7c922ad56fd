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
  }

  /**
   * Of these messages those that are still to be fetched: in the first session all of them, later
   * those of the first that are not done. `listed` are all that the server lists now.
   *
   * @throws {ExplainedError} if that cannot be told any more.
   */
  left(
    wanted: readonly RemoteMessage[],
    listed: readonly RemoteMessage[],
  ): { readonly left: readonly RemoteMessage[]; readonly vanished: number } {
    if (this.#selected === undefined) {
      this.#selected = new Set(wanted.map(keyOf));
      return { left: wanted, vanished: 0 };
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
    return { left, vanished: missing.length };
  }

  /** The message is done; for a store with the item that it became. */
  done(message: RemoteMessage, item?: MimeItem): void {
    this.#done.set(keyOf(message), item);
    this.#onProgress();
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
