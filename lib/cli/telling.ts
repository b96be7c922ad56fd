/**
 * Telling of work while it is done.
 *
 * @module
 */
import type { AddResult } from "../stores/mime_store.ts";
import { OutputClosedError } from "./errors.ts";
import type { Io } from "./io.ts";
import { tellAdded } from "./items.ts";

/**
 * Tells of each message that is stored, or why it is not. When nobody reads any more (`| head`) it
 * goes quiet: the work was asked for, and half of it must not look like all.
 */
export class Teller {
  readonly #io: Io;
  readonly #json: boolean;
  #isHeard = true;

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  /** A line, or an object, for a message. */
  async tell(id: string | number, result: Pick<AddResult, "item" | "outcome">): Promise<void> {
    await this.#say(() => tellAdded(this.#io, id, result, this.#json));
  }

  /** Programs hear also of a message that stays where it is; people are told otherwise. */
  async skipped(id: number, size: number, reason: string): Promise<void> {
    if (this.#json) await this.#say(() => this.#io.stdout.json({ id, size, skipped: reason }));
  }

  async #say(line: () => Promise<void>): Promise<void> {
    if (!this.#isHeard) return;
    try {
      await line();
    } catch (error) {
      if (!(error instanceof OutputClosedError)) throw error;
      this.#isHeard = false;
    }
  }
}
