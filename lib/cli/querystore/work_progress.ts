/**
 * How far the work of `querystore` is, shown on a terminal.
 *
 * @module
 */
import type { Io } from "../io.ts";
import { ProgressBar } from "../progress_bar.ts";

/** What there is to do, as far as it is known. */
export interface Total {
  readonly messages?: number;
  readonly octets: number;
}

/** Counts messages and octets; disposing it takes the bar away. */
export class WorkCounter implements Disposable {
  readonly #bar: ProgressBar;
  readonly #total: Total;
  #messages = 0;
  #octets = 0;

  /** Shows a bar where one is wanted and does not get in the way of what is printed. */
  constructor(io: Io, title: string, total: Total, wanted: boolean, prints: boolean) {
    this.#bar = ProgressBar.start(io, title, wanted && !(prints && io.outputIsTerminal()));
    this.#total = total;
  }

  /** So many messages were done. */
  get messages(): number {
    return this.#messages;
  }

  /** Takes down what was done. */
  add(messages: number, octets: number): void {
    this.#messages += messages;
    this.#octets += octets;
    const { messages: messagesTotal, octets: octetsTotal } = this.#total;
    this.#bar.show({
      messages: this.#messages,
      octets: this.#octets,
      octetsTotal,
      ...(messagesTotal !== undefined && { messagesTotal }),
    });
  }

  /** Takes the bar away for the moment: something is to be said. */
  hide(): void {
    this.#bar.hide();
  }

  [Symbol.dispose](): void {
    this.#bar[Symbol.dispose]();
  }
}
