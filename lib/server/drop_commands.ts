/**
 * The commands after sign-in (RFC 1939 §5 and §7). What needs no store answers at once, without a
 * promise: a pipelining client sends thousands of them.
 *
 * @module
 */

import type { MimeItem } from "../stores/mime_store.ts";
import type { CommandOf } from "./command_table.ts";
import type { Maildrop } from "./maildrop.ts";
import { err, ok, type Outcome } from "./outcome.ts";
import type { BodyChunks } from "./message_body.ts";
import type { SessionState } from "./session_state.ts";
import { inAscii } from "./surrogate.ts";

/** Count and octets of what is not marked as deleted. */
export function stat(state: SessionState): Outcome {
  const maildrop = maildropOf(state);
  return ok(`${maildrop.count} ${maildrop.octets}`);
}

/** Number and octets of one message, or of all that are not marked as deleted. */
export function list(state: SessionState, command: CommandOf<"LIST">): Outcome {
  const maildrop = maildropOf(state);
  const { number } = command;
  if (number === undefined) {
    const text = `${maildrop.count} messages (${maildrop.octets} octets)`;
    return { reply: { kind: "lines", text, lines: scan(maildrop, sizeOf) } };
  }
  const item = maildrop.item(number);
  return item === undefined ? noSuchMessage(maildrop, number) : ok(`${number} ${item.size}`);
}

/** Number and unique id of one message, or of all that are not marked as deleted. */
export function uidl(state: SessionState, command: CommandOf<"UIDL">): Outcome {
  const maildrop = maildropOf(state);
  const { number } = command;
  if (number === undefined) {
    const text = `${maildrop.count} unique ids follow`;
    return { reply: { kind: "lines", text, lines: scan(maildrop, uidOf) } };
  }
  const item = maildrop.item(number);
  return item === undefined
    ? noSuchMessage(maildrop, number)
    : ok(`${number} ${maildrop.uid(number)}`);
}

/** A whole message. */
export function retr(
  state: SessionState,
  command: CommandOf<"RETR">,
): Outcome | Promise<Outcome> {
  const maildrop = maildropOf(state);
  const { number } = command;
  const item = maildrop.item(number);
  if (item === undefined) return noSuchMessage(maildrop, number);
  return onceThere(maildrop.retrieve(number, item), (chunks) => {
    state.tally.retrieved++;
    return message(state, `${item.size} octets`, chunks, item);
  });
}

/** The header of a message and the first lines of its body. */
export function top(state: SessionState, command: CommandOf<"TOP">): Outcome | Promise<Outcome> {
  const maildrop = maildropOf(state);
  const item = maildrop.item(command.number);
  if (item === undefined) return noSuchMessage(maildrop, command.number);
  const { number, lines } = command;
  return onceThere(maildrop.top(number, item, lines), (chunks) => {
    return message(state, "The top of the message follows", chunks, item);
  });
}

/** Marks a message as deleted; QUIT does the rest. */
export function dele(state: SessionState, command: CommandOf<"DELE">): Outcome {
  const maildrop = maildropOf(state);
  const { number } = command;
  const item = maildrop.item(number);
  if (item === undefined) return noSuchMessage(maildrop, number);
  maildrop.delete(number, item);
  return ok(`Message ${number} will be deleted at QUIT`);
}

/** Does nothing. */
export function noop(): Outcome {
  return DONE;
}

/** Takes back all marks. */
export function rset(state: SessionState): Outcome {
  const maildrop = maildropOf(state);
  maildrop.reset();
  return ok(`${maildrop.count} messages (${maildrop.octets} octets)`);
}

const DONE = ok("");

function maildropOf(state: SessionState): Maildrop {
  // The command table lets these commands run after sign-in only.
  if (state.maildrop === undefined) throw new Error("There is no maildrop in this phase.");
  return state.maildrop;
}

function noSuchMessage(maildrop: Maildrop, number: number): Outcome {
  return err(
    maildrop.isDeleted(number) ? `Message ${number} is deleted.` : `There is no message ${number}.`,
  );
}

/** Without a promise where there is none: it would cost more than all the rest. */
function onceThere<Body>(
  body: Body | Promise<Body>,
  answer: (body: Body) => Outcome | Promise<Outcome>,
): Outcome | Promise<Outcome> {
  return body instanceof Promise ? body.then(answer) : answer(body);
}

function message(
  { utf8, services }: SessionState,
  text: string,
  chunks: BodyChunks,
  { stuffing }: MimeItem,
): Outcome | Promise<Outcome> {
  if (utf8 || !services.asciiHeaders) return { reply: { kind: "message", text, chunks, stuffing } };
  return onceThere(inAscii(chunks), (shown): Outcome => {
    const said = shown.isSurrogate ? SURROGATE : text;
    return { reply: { kind: "message", text: said, chunks: shown.chunks, stuffing } };
  });
}

/** It has another size than LIST tells (RFC 6856 §2.1 does not insist). */
const SURROGATE = "With the header in ASCII; UTF8 gets the message itself";

function* scan(
  maildrop: Maildrop,
  valueOf: (maildrop: Maildrop, number: number) => string | number,
): Iterable<string> {
  for (const number of maildrop.numbers()) yield `${number} ${valueOf(maildrop, number)}`;
}

function sizeOf(maildrop: Maildrop, number: number): number {
  return maildrop.item(number)?.size ?? 0;
}

function uidOf(maildrop: Maildrop, number: number): string {
  return maildrop.uid(number);
}
