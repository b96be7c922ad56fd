/**
 * What the server offers, remembered as long as it holds.
 *
 * @module
 */

import { parseCapabilities } from "../protocol/capability.ts";
import type { Capabilities } from "../protocol/capability.ts";
import { ServerRefusal } from "../protocol/errors.ts";
import { CAPABILITIES_ACCEPTED } from "../protocol/limits.ts";
import type { Conversation } from "./conversation.ts";

/** Asks CAPA when there is a reason to, and not again before TLS or a sign-in changed the answer. */
export class KnownCapabilities {
  readonly #conversation: Conversation;
  readonly #mayAsk: boolean;
  #known: Capabilities | undefined;
  #broke = false;

  /** Without `mayAsk` the server counts as one that has no CAPA, but for {@linkcode ask}. */
  constructor(conversation: Conversation, mayAsk: boolean) {
    this.#conversation = conversation;
    this.#mayAsk = mayAsk;
  }

  /** Whether the session ended because nobody but us wanted to know: some servers hang up on CAPA. */
  get broke(): boolean {
    return this.#broke;
  }

  /** @throws {ServerRefusal} if the server has no CAPA. */
  async ask(): Promise<Capabilities> {
    const lines: string[] = [];
    const taker = { line: (line: string): void => void lines.push(line) };
    try {
      await this.#conversation.askListing({ verb: "CAPA" }, taker, CAPABILITIES_ACCEPTED);
    } catch (error) {
      // Known by now as well: it is not asked a second time.
      if (error instanceof ServerRefusal) this.#known = parseCapabilities([]);
      throw error;
    }
    return this.#known = parseCapabilities(lines);
  }

  /** What is known, else what the server says; nothing if it has no CAPA. */
  async get(): Promise<Capabilities> {
    try {
      if (this.#known === undefined && this.#mayAsk) return await this.ask();
    } catch (error) {
      this.#broke = !(error instanceof ServerRefusal);
      if (this.#broke) throw error;
    }
    return this.#known ??= parseCapabilities([]);
  }

  /** They may differ from now on (RFC 2449 §5). */
  forget(): void {
    this.#known = undefined;
  }
}
