/**
 * A small server with a mailbox and bad habits, over a memory transport: it takes one command at a
 * time and writes the whole reply before it reads on, as many real ones do.
 *
 * @module
 */

import { memoryPair } from "../../lib/net/memory_transport.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { concat, latin1, text } from "../helpers/random.ts";

/** The mailbox and the habits. */
export interface Habits {
  /** The messages as they go over the wire, before stuffing. */
  readonly messages: readonly Uint8Array[];
  /** What LIST says of a message of so many octets. @default the truth */
  readonly listedSize?: (octets: number) => number;
  /** Whether lines that begin with a dot get another one. @default {true} */
  readonly stuffs?: boolean;
  /** Whether the final dot comes right behind a message that lacks a last line end. */
  readonly gluesDot?: boolean;
  /** How a reply is cut into writes. @default one write */
  readonly portions?: (octets: Uint8Array) => readonly Uint8Array[];
  /** What NOOP is answered. @default {"+OK"} */
  readonly noopReply?: string;
  /** Numbers that RETR refuses. */
  readonly refused?: readonly number[];
  /** Closes the connection after so many octets of the replies to RETR. */
  readonly closesAfter?: number;
  /** Unique ids; without them UIDL is refused. */
  readonly uids?: readonly string[];
}

/** A running server. */
export interface MailboxServer {
  /** The client's end. */
  readonly transport: Transport;
  /** The commands that came. */
  readonly commands: readonly string[];
}

/** Starts a server. */
export function mailboxServer(habits: Habits): MailboxServer {
  const [transport, end] = memoryPair();
  const commands: string[] = [];
  // A client that closes in the middle of a reply ends the server, and no test minds.
  serve(end, habits, commands).catch(() => {}).finally(() => end.close());
  return { transport, commands };
}

async function serve(end: Transport, habits: Habits, commands: string[]): Promise<void> {
  let budget = habits.closesAfter ?? Infinity;
  await send(end, latin1("+OK ready\r\n"), habits);
  for await (const command of lines(end)) {
    commands.push(command);
    const reply = replyTo(command, habits);
    const part = command.startsWith("RETR") ? reply.subarray(0, budget) : reply;
    await send(end, part, habits);
    if (part.length < reply.length || command === "QUIT") return;
    if (command.startsWith("RETR")) budget -= reply.length;
  }
}

async function send(end: Transport, octets: Uint8Array, habits: Habits): Promise<void> {
  for (const part of habits.portions?.(octets) ?? [octets]) await end.write(part);
}

function replyTo(command: string, habits: Habits): Uint8Array {
  const [verb, argument] = command.split(" ");
  const number = Number(argument);
  switch (verb) {
    case "CAPA":
      return latin1("+OK\r\nPIPELINING\r\nUIDL\r\nTOP\r\n.\r\n");
    case "LIST":
      if (argument !== undefined) return listOne(number, habits);
      return listing(habits.messages.map((message) => String(listedSize(message, habits))));
    case "UIDL":
      return habits.uids === undefined ? latin1("-ERR what?\r\n") : listing(habits.uids);
    case "RETR":
      return retrReply(number, habits);
    case "NOOP":
      return latin1(`${habits.noopReply ?? "+OK"}\r\n`);
    default:
      return latin1("+OK\r\n");
  }
}

function listedSize(message: Uint8Array, habits: Habits): number {
  return habits.listedSize?.(message.length) ?? message.length;
}

function listOne(number: number, habits: Habits): Uint8Array {
  const message = habits.messages[number - 1];
  if (message === undefined) return latin1("-ERR no such message\r\n");
  return latin1(`+OK ${number} ${listedSize(message, habits)}\r\n`);
}

function listing(values: readonly string[]): Uint8Array {
  return latin1(`+OK\r\n${values.map((value, i) => `${i + 1} ${value}\r\n`).join("")}.\r\n`);
}

function retrReply(number: number, habits: Habits): Uint8Array {
  const message = habits.messages[number - 1];
  if (message === undefined || habits.refused?.includes(number)) {
    return latin1("-ERR no such message\r\n");
  }
  const body = habits.stuffs === false ? message : stuffed(message);
  const isEnded = habits.gluesDot === true || message.length === 0 || text(body).endsWith("\r\n");
  const end = isEnded ? ".\r\n" : "\r\n.\r\n";
  return concat([latin1(`+OK ${message.length} octets\r\n`), body, latin1(end)]);
}

/** Line by line on purpose: it is the yardstick for the code that is not. */
function stuffed(message: Uint8Array): Uint8Array {
  return latin1(text(message).replace(/(^|\r\n)\./g, "$1.."));
}

async function* lines(end: Transport): AsyncGenerator<string, void, undefined> {
  const buffer = new Uint8Array(4096);
  let rest = "";
  for (;;) {
    const parts = rest.split("\r\n");
    rest = parts.pop() ?? "";
    yield* parts;
    const count = await end.read(buffer);
    if (count === 0) return;
    rest += text(buffer.subarray(0, count));
  }
}
