/**
 * Whether RETR and TOP bring what LIST announced, stuffed as RFC 1939 §3 wants it.
 *
 * @module
 */
import type { Pop3Client } from "../../../client/client.ts";
import type { ListEntry } from "../../../client/listings.ts";
import type { Capabilities } from "../../../protocol/capability.ts";
import { ServerRefusal } from "../../../protocol/errors.ts";
import { type Finding, fine, judged, stray } from "./finding.ts";
import { refused } from "./listings.ts";
import type { Recorder } from "./recorder.ts";
import type { StatusLines } from "./status_lines.ts";

/** At most so many messages are fetched, the smallest, and none that is larger than this. */
const FETCHED = 10;
const LARGEST = 1024 * 1024;

/** Those that are worth looking at: the smallest. */
export function fewSmall(entries: readonly ListEntry[]): readonly ListEntry[] {
  return entries.filter(({ size }) => size <= LARGEST)
    .toSorted((one, other) => one.size - other.size).slice(0, FETCHED);
}

/** Fetches a few messages one by one, and then together. */
export async function* transfer(
  client: Pop3Client,
  recorder: Recorder,
  entries: readonly ListEntry[],
  status: StatusLines,
  capabilities: Capabilities,
): AsyncGenerator<Finding, void, undefined> {
  const few = fewSmall(entries);
  if (few.length === 0) {
    yield fine("RETR", "no message to try it with");
    return;
  }
  const { texts, findings } = await fetched(client, recorder, few, status);
  yield* findings;
  if (texts.size === 0) return;
  yield* tops(client, recorder, texts, capabilities);
  yield await ahead(client, texts, capabilities);
}

interface Fetched {
  /** By number, one character an octet; without those that are not stuffed. */
  readonly texts: ReadonlyMap<number, string>;
  readonly findings: readonly Finding[];
}

async function fetched(
  client: Pop3Client,
  recorder: Recorder,
  few: readonly ListEntry[],
  status: StatusLines,
): Promise<Fetched> {
  const texts = new Map<number, string>();
  const refusals: string[] = [];
  const sizes: string[] = [];
  const stuffing: string[] = [];
  let octets = 0;
  let compared = 0;
  const start = performance.now();
  for (const { number, size } of few) {
    recorder.take();
    try {
      texts.set(number, await textOf(client.retr(number)));
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error;
      refusals.push(error.message);
    }
    const reply = recorder.take();
    status.look(reply);
    const text = texts.get(number);
    if (text === undefined) continue;
    if (text.length !== size) {
      sizes.push(`message ${number} has ${text.length} octets, where LIST says ${size}`);
    }
    octets += text.length;
    compared++;
    if (isStuffed(reply, text)) continue;
    stuffing.push(`message ${number} is not`);
    // Asked for once more, its dots could end the session, and with it all that is to come.
    texts.delete(number);
  }
  const took = `${(performance.now() - start).toFixed(1)} ms`;
  const many = `${compared} compared`;
  const findings = [
    judged("RETR", refusals, `${compared} messages, ${octets} octets, in ${took}`),
    judged("LIST sizes are those of RETR", sizes, many),
    judged("lines that begin with a dot are stuffed (RFC 1939 §3)", stuffing, many),
  ];
  return { texts, findings };
}

async function* tops(
  client: Pop3Client,
  recorder: Recorder,
  texts: ReadonlyMap<number, string>,
  capabilities: Capabilities,
): AsyncGenerator<Finding, void, undefined> {
  const faults: string[] = [];
  try {
    for (const [number, whole] of [...texts].slice(0, 3)) {
      const top = await textOf(client.top(number, 0));
      const end = whole.indexOf("\r\n\r\n");
      const wanted = end < 0 ? whole : whole.slice(0, end + 4);
      if (!whole.startsWith(top)) faults.push(`TOP ${number} 0 is not the beginning of RETR`);
      else if (top.length > wanted.length) faults.push(`TOP ${number} 0 has lines of the body`);
      else if (top.length < wanted.length) faults.push(`TOP ${number} 0 lacks part of the header`);
    }
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    yield refused("TOP", capabilities);
    return;
  } finally {
    recorder.take();
  }
  yield judged("TOP", faults, "header and blank line, the same as in RETR");
}

/** Several RETR at once, where the server says that it can; the octets must be the same. */
async function ahead(
  client: Pop3Client,
  texts: ReadonlyMap<number, string>,
  capabilities: Capabilities,
): Promise<Finding> {
  const name = "PIPELINING";
  if (!capabilities.has("PIPELINING")) return fine(name, "not announced");
  const start = performance.now();
  // What was refused alone is no matter of pipelining.
  for await (const { number, octets } of client.retrieve(texts.keys())) {
    if (octets === undefined) return stray(name, `RETR ${number} is refused when sent ahead`);
    if (await textOf(octets) !== texts.get(number)) {
      return stray(name, `message ${number} is another one when asked for ahead`);
    }
  }
  const took = `${(performance.now() - start).toFixed(1)} ms`;
  return fine(name, `announced, and real: ${texts.size} RETR under way at once, in ${took}`);
}

/** Whether `reply` holds the message with a dot more on each line that begins with one. */
function isStuffed(reply: string, text: string): boolean {
  const start = reply.indexOf("\n") + 1;
  // In a session of bare LF a line begins behind each of them.
  const lineStart = reply.startsWith("\r", start - 2) ? /^\.|(?<=\r\n)\./g : /^\.|(?<=\n)\./g;
  return reply.startsWith(text.replace(lineStart, ".."), start);
}

/** One character an octet. */
async function textOf(octets: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of octets) {
    for (let at = 0; at < part.length; at += 8192) {
      text += String.fromCharCode(...part.subarray(at, at + 8192));
    }
  }
  return text;
}
