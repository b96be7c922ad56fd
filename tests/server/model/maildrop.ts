/** What a maildrop holds and what a session does to it (RFC 1939 §4 to §7), as plainly as can be. */

import type { Tag } from "../../../lib/stores/mime_store.ts";

/** A message: `tag` is `undefined` once it is removed. */
export interface ModelMessage {
  readonly text: string;
  readonly uid: string;
  tag: Tag | undefined;
}

/** What the server does with what was served and deleted. */
export interface Policy {
  readonly commitMode: boolean;
  readonly onDelete: "archive" | "remove";
  readonly lock: boolean;
}

/** One maildrop over several sessions. Its messages are in canonical form. */
export class ModelMaildrop {
  readonly messages: readonly ModelMessage[];
  readonly policy: Policy;
  /** Whether a session has it (RFC 1939 §4). */
  locked = false;

  constructor(texts: readonly string[], policy: Policy) {
    this.messages = texts.map((text, index) => ({ text, uid: `guid-${index + 1}`, tag: "unread" }));
    this.policy = policy;
  }

  open(): OpenMaildrop {
    if (this.policy.lock) this.locked = true;
    return new OpenMaildrop(this);
  }
}

/** A maildrop in the hands of one session: its numbers never change. */
export class OpenMaildrop {
  readonly #drop: ModelMaildrop;
  readonly #shown: readonly ModelMessage[];
  readonly #deleted = new Set<ModelMessage>();
  readonly #served = new Set<ModelMessage>();

  constructor(drop: ModelMaildrop) {
    this.#drop = drop;
    this.#shown = drop.messages.filter(({ tag }) => tag === "unread");
  }

  /** The message of that number, unless it is marked as deleted. */
  message(number: number): ModelMessage | undefined {
    const message = this.#shown[number - 1];
    return message === undefined || this.#deleted.has(message) ? undefined : message;
  }

  /** Numbers and messages that are not marked as deleted. */
  left(): [number, ModelMessage][] {
    return this.#shown.map((message, index): [number, ModelMessage] => [index + 1, message])
      .filter(([, message]) => !this.#deleted.has(message));
  }

  octets(): number {
    return this.left().reduce((sum, [, { text }]) => sum + text.length, 0);
  }

  serve(message: ModelMessage): void {
    if (!this.#drop.policy.commitMode) return;
    message.tag = "staged";
    this.#served.add(message);
  }

  delete(message: ModelMessage): void {
    this.#deleted.add(message);
  }

  reset(): void {
    this.#deleted.clear();
  }

  /** QUIT: only here is anything deleted (RFC 1939 §6). */
  quit(): void {
    for (const message of this.#served) message.tag = "archive";
    const removed = this.#drop.policy.onDelete === "remove" ? undefined : "archive";
    for (const message of this.#deleted) message.tag = removed;
    this.#drop.locked = false;
  }

  /** Any other end. */
  lose(): void {
    for (const message of this.#served) message.tag = "pop3failed";
    this.#drop.locked = false;
  }
}

/** TOP: the header, the blank line, and so many lines of the body. */
export function topOf(text: string, lines: number): string {
  const end = text.startsWith("\r\n") ? 2 : text.indexOf("\r\n\r\n") + 4;
  if (end === 3) return text;
  const body = text.slice(end).split("\r\n").slice(0, -1).slice(0, lines);
  return text.slice(0, end) + body.map((line) => line + "\r\n").join("");
}
