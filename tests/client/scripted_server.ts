/**
 * A server that follows a written dialogue to the letter, over a memory transport.
 *
 * A dialogue has one step a line: `S: text` (sent with a line end), `S- text` (sent without),
 * `C: text` (the line that the client must send now), `X` (the server closes), `W` (it says nothing
 * more until the client has gone). In texts `\r`, `\n`, `\t`, `\\` and `\xNN` stand for octets. Other
 * lines are comments.
 *
 * @module
 */

import { Pop3Client } from "../../lib/client/client.ts";
import type { SessionOptions } from "../../lib/client/options.ts";
import { memoryPair } from "../../lib/net/memory_transport.ts";
import type { MemoryTransport } from "../../lib/net/memory_transport.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { latin1, octetByOctet, text } from "../helpers/random.ts";

/** How a dialogue is replayed. */
export interface Replay {
  /** How the server's lines end. */
  readonly ending: "\r\n" | "\n";
  /** Whether the client gets what is sent together at once, or an octet at a time. */
  readonly portions: "whole" | "octets";
}

/** Every way to replay a dialogue. */
export const REPLAYS: readonly Replay[] = [
  { ending: "\r\n", portions: "whole" },
  { ending: "\r\n", portions: "octets" },
  { ending: "\n", portions: "whole" },
  { ending: "\n", portions: "octets" },
];

/** The usual way. */
export const PLAIN: Replay = { ending: "\r\n", portions: "whole" };

type Step =
  | { readonly kind: "send"; readonly octets: Uint8Array }
  | { readonly kind: "expect"; readonly line: string }
  | { readonly kind: "wait" }
  | { readonly kind: "close" };

/** A running dialogue. */
export interface ScriptedServer {
  /** The client's end. */
  readonly transport: Transport;
  /** Resolves when the dialogue is over; rejects where the client said something else. */
  readonly finished: Promise<void>;
}

/** Starts a server that follows `dialogue`. */
export function scriptedServer(dialogue: string, replay: Replay = PLAIN): ScriptedServer {
  const [transport, end] = memoryPair();
  const finished = play(end, steps(dialogue, replay.ending), replay);
  // A test that fails before it looks at this must report its own failure.
  finished.catch(() => {});
  return { transport, finished };
}

/** Lets `work` talk to a scripted server, and checks that both followed the dialogue. */
export async function withServer(
  dialogue: string,
  work: (client: Pop3Client, eol: string) => Promise<void>,
  options: SessionOptions & { readonly replay?: Replay; readonly hostname?: string } = {},
): Promise<void> {
  const { replay = PLAIN, ...session } = options;
  const server = scriptedServer(dialogue, replay);
  try {
    await using client = await Pop3Client.over(server.transport, {
      hostname: "pop.example.org",
      pipeline: "off",
      timeoutSeconds: 20,
      capa: asksCapa(dialogue),
      ...session,
    });
    await work(client, replay.ending);
  } finally {
    server.transport.close();
  }
  await server.finished;
}

/** A dialogue without CAPA is for a client that does not ask. */
export function asksCapa(dialogue: string): boolean {
  return /^\s*C: CAPA$/m.test(dialogue);
}

/** Registers a test for each way to replay a dialogue; `eol` is how the server's lines end. */
export function everyWay(
  name: string,
  dialogue: string,
  work: (client: Pop3Client, eol: string) => Promise<void>,
  options: SessionOptions & { readonly hostname?: string } = {},
): void {
  for (const replay of REPLAYS) {
    const way = `${replay.ending === "\n" ? "bare LF, " : ""}${replay.portions}`;
    Deno.test(`${name} (${way})`, () => withServer(dialogue, work, { ...options, replay }));
  }
}

/** All octets of a message, one character an octet. */
export async function textOf(octets: AsyncIterable<Uint8Array>): Promise<string> {
  let whole = "";
  for await (const part of octets) whole += text(part);
  return whole;
}

function steps(dialogue: string, ending: string): Step[] {
  return dialogue.split("\n").flatMap((line): Step[] => {
    const [, mark, rest = ""] = /^(S:|S-|C:|W|X)(?: (.*))?$/.exec(line.trimStart()) ?? [];
    switch (mark) {
      case "S:":
        return [{ kind: "send", octets: latin1(unescaped(rest) + ending) }];
      case "S-":
        return [{ kind: "send", octets: latin1(unescaped(rest)) }];
      case "C:":
        return [{ kind: "expect", line: unescaped(rest) }];
      case "W":
        return [{ kind: "wait" }];
      case "X":
        return [{ kind: "close" }];
      default:
        return [];
    }
  });
}

function unescaped(written: string): string {
  const named: Record<string, string> = { r: "\r", n: "\n", t: "\t", "\\": "\\" };
  return written.replace(
    /\\(x[0-9a-f]{2}|[rnt\\])/gi,
    (_, mark: string) => named[mark] ?? String.fromCharCode(parseInt(mark.slice(1), 16)),
  );
}

async function play(end: MemoryTransport, script: Step[], replay: Replay): Promise<void> {
  const lines = clientLines(end);
  try {
    for (const step of script) {
      if (step.kind === "close") break;
      if (step.kind === "wait") { while ((await lines.next()).done !== true); }
      if (step.kind === "expect") await expectLine(lines, step.line);
      if (step.kind === "send") await sendAll(end, step.octets, replay);
    }
    end.closeWrite();
  } finally {
    end.close();
  }
}

async function expectLine(lines: AsyncIterator<string>, expected: string): Promise<void> {
  const { value, done } = await lines.next();
  const got = done === true ? "nothing more" : JSON.stringify(value);
  if (value !== expected) {
    throw new Error(`The server expected ${JSON.stringify(expected)} and got ${got}`);
  }
}

async function sendAll(end: Transport, octets: Uint8Array, replay: Replay): Promise<void> {
  const portions = replay.portions === "octets" ? octetByOctet(octets) : [octets];
  try {
    for (const portion of portions) await end.write(portion);
  } catch {
    // A client that refuses what it reads goes away; the test looks at its error.
  }
}

async function* clientLines(end: Transport): AsyncGenerator<string, undefined, undefined> {
  const buffer = new Uint8Array(4096);
  let rest = "";
  for (;;) {
    const at = rest.indexOf("\r\n");
    if (at >= 0) {
      yield rest.slice(0, at);
      rest = rest.slice(at + 2);
      continue;
    }
    const count = await end.read(buffer);
    if (count === 0) return undefined;
    rest += text(buffer.subarray(0, count));
  }
}
