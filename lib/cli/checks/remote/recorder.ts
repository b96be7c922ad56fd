/**
 * Keeps what a server sends, as it came, and how long it took to begin.
 *
 * @module
 */
import type { Dialogue } from "../../../client/conversation.ts";
import { join } from "../../../protocol/octets.ts";

/** More than this of one reply is not kept. */
const KEPT = 8 * 1024 * 1024;

/** Listens to a conversation. */
export class Recorder {
  #octets: Uint8Array[] = [];
  #size = 0;
  #wait = 0;
  #lastSent = "";
  readonly dialogue: Dialogue = {
    onOctets: (octets) => {
      this.#size += octets.length;
      if (this.#size <= KEPT) this.#octets.push(octets.slice());
    },
    onSend: (text) => void (this.#lastSent = text),
    onWait: (milliseconds) => void (this.#wait = milliseconds),
  };

  /** The last command that was sent, secrets as `***`. */
  get lastSent(): string {
    return this.#lastSent;
  }

  /** How long the last reply took to begin, in ms. */
  get wait(): number {
    return this.#wait;
  }

  /** What has come since this was last asked, one character an octet. */
  take(): string {
    let all: Uint8Array = new Uint8Array();
    for (const part of this.#octets) all = join(all, part);
    this.#octets = [];
    this.#size = 0;
    let text = "";
    for (let at = 0; at < all.length; at += 8192) {
      text += String.fromCharCode(...all.subarray(at, at + 8192));
    }
    return text;
  }
}
