/**
 * The same command for many messages.
 *
 * @module
 */

import type { Command } from "../protocol/command.ts";
import { ServerRefusal } from "../protocol/errors.ts";
import { accepted } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";
import type { IncomingMessage } from "./incoming_message.ts";
import { Pipeline } from "./pipeline.ts";
import type { Answer, Request, Window } from "./pipeline.ts";

/** What became of a message that was to be fetched. */
export type Retrieval =
  | {
    /** Its number. */
    readonly number: number;
    /** Its octets as LIST told them, if it did. */
    readonly announcedSize: number | undefined;
    /** Its octets, as they come. */
    readonly octets: IncomingMessage;
    /** The server sent it. */
    readonly refusal?: undefined;
  }
  | {
    /** Its number. */
    readonly number: number;
    /** The server's no. */
    readonly refusal: ServerRefusal;
    /** There are none. */
    readonly octets?: undefined;
  };

/** What became of a message that was to be deleted. */
export interface Deletion {
  /** The message's number. */
  readonly number: number;
  /** The server's no, if it said so. */
  readonly refusal?: ServerRefusal;
}

interface NumberRequest extends Request {
  readonly number: number;
}

/** Fetches messages within a window. */
export async function* retrieveMany(
  conversation: Conversation,
  numbers: Iterable<number>,
  sizes: readonly number[],
  window: Window,
): AsyncGenerator<Retrieval, void, undefined> {
  const pipeline = new Pipeline(conversation, retrRequests(numbers, sizes), window);
  const open = (answer: Answer<NumberRequest>): Retrieval => {
    const { number } = answer.request;
    const refusal = refusalOf(answer, `RETR ${number}`, conversation.peer);
    if (refusal !== undefined) return { number, refusal };
    const announcedSize = sizes[number];
    const octets = conversation.message(`message ${number}`, announcedSize, number);
    return { number, announcedSize, octets };
  };
  let current: IncomingMessage | undefined;
  try {
    for (let answer = await pipeline.next(); answer !== undefined; answer = await pipeline.next()) {
      const retrieval = open(answer);
      current = retrieval.octets;
      yield retrieval;
      await current?.finish();
    }
  } finally {
    conversation.leave(async () => {
      await current?.finish();
      for (let left = await pipeline.drain(); left !== undefined; left = await pipeline.drain()) {
        await open(left).octets?.finish();
      }
    });
  }
}

/**
 * The octets of one message, in parts that the caller may keep. Leaving early makes the rest be read
 * and dropped before the next command.
 */
export async function* retrieveOne(
  conversation: Conversation,
  command: Command,
  name: string,
  announcedSize: number | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  await conversation.ask(command);
  const number = command.verb === "RETR" ? command.number : undefined;
  const message = conversation.message(name, announcedSize, number);
  try {
    for await (const part of message) yield part.slice();
  } finally {
    conversation.leave(() => message.finish());
  }
}

/** Marks messages as deleted, within a window. */
export async function* deleteMany(
  conversation: Conversation,
  numbers: Iterable<number>,
  window: Window,
): AsyncGenerator<Deletion, void, undefined> {
  const pipeline = new Pipeline(conversation, deleRequests(numbers), window);
  const result = (answer: Answer<NumberRequest>): Deletion => {
    const { number } = answer.request;
    const refusal = refusalOf(answer, `DELE ${number}`, conversation.peer);
    return refusal === undefined ? { number } : { number, refusal };
  };
  try {
    for (let answer = await pipeline.next(); answer !== undefined; answer = await pipeline.next()) {
      yield result(answer);
    }
  } finally {
    conversation.leave(async () => {
      while (await pipeline.drain() !== undefined);
    });
  }
}

function* retrRequests(
  numbers: Iterable<number>,
  sizes: readonly number[],
): Generator<NumberRequest, void, undefined> {
  for (const number of numbers) {
    yield { number, command: { verb: "RETR", number }, weight: sizes[number] ?? 0 };
  }
}

function* deleRequests(numbers: Iterable<number>): Generator<NumberRequest, void, undefined> {
  for (const number of numbers) yield { number, command: { verb: "DELE", number }, weight: 0 };
}

function refusalOf(
  answer: Answer<NumberRequest>,
  what: string,
  peer: string,
): ServerRefusal | undefined {
  try {
    accepted(answer.status, what, peer);
    return undefined;
  } catch (error) {
    if (error instanceof ServerRefusal) return error;
    throw error;
  }
}
