/**
 * The real program serving a `localfs` folder full of messages, for clients to fetch from.
 *
 * @module
 */

import { type CorpusMessage, onTheWire } from "./corpus.ts";
import { runIzypop3, serveIzypop3, type ServerProgram } from "./program.ts";
import { certificateFile } from "./certificates.ts";
import { text } from "./random.ts";

/** The ways to a server. */
export const CHANNELS = ["plain", "STLS", "TLS"] as const;

/** One of them. */
export type Channel = (typeof CHANNELS)[number];

/** The certificate by which clients know the servers of these tests. */
export const CA = certificateFile("ca.pem");

/** A message as a client should see it. */
export interface ServedMessage {
  readonly name: string;
  /** The message number in the maildrop. */
  readonly number: number;
  /** What RETR must bring, un-stuffed. */
  readonly wire: Uint8Array;
}

/** Where a server is. */
export interface Ports {
  /** Plain, with STLS. */
  readonly server: ServerProgram;
  readonly tlsPort: number;
}

/** A server on two ports; disposing it ends it. */
export interface Served extends Ports, AsyncDisposable {}

/** Where somebody wants to sign in. */
export interface Account extends Ports {
  readonly user: string;
  readonly password: string;
}

/** A served folder; disposing it ends the server and removes everything. */
export interface ServedFolder extends Account, AsyncDisposable {
  /** In the order of their numbers. */
  readonly messages: readonly ServedMessage[];
  /** The flags that name the store, for other commands of the program. */
  readonly store: readonly string[];
  /** An empty folder for what a client leaves behind. */
  readonly scratch: string;
}

/** The port for a way to the server. */
export function portFor({ server, tlsPort }: Ports, channel: Channel): string {
  return String(channel === "TLS" ? tlsPort : server.port);
}

/** Runs the program with STLS on one port and TLS on another. */
export async function serve(...args: string[]): Promise<Served> {
  const server = await serveIzypop3([
    ...["--tls-cert", certificateFile("server.pem"), "--tls-key", certificateFile("server.key")],
    ...["--tls-port", "0", ...args],
  ]);
  const tlsPort = Number(/offers TLS on \S+:(\d+)$/m.exec(server.log())?.[1]);
  return { server, tlsPort, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Puts each message into a folder as a file of its own and serves the folder. */
export async function serveMessages(messages: readonly CorpusMessage[]): Promise<ServedFolder> {
  const folder = await Deno.makeTempDir({ prefix: "izypop3-served-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    await Deno.mkdir(`${folder}/store`);
    await Deno.mkdir(`${folder}/scratch`);
    for (const { name, octets } of messages) {
      await Deno.writeFile(`${folder}/store/${name}.eml`, octets);
    }
    const store = ["--mimestore.modhandler", "localfs", "--mimestore.path", `${folder}/store`];
    const numbered = await numberAll(messages, store);
    // Few clients say UTF8; these tests are about octets that arrive as they are.
    const flags = ["--password", "s3cret word", "--no-ascii-headers"];
    const { server, tlsPort } = await serve(...store, ...flags);
    return {
      server,
      tlsPort,
      user: "me",
      password: "s3cret word",
      messages: numbered,
      store,
      scratch: `${folder}/scratch`,
      [Symbol.asyncDispose]: async () => {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A store's query has the order of the maildrop, and its names tell which message is which. */
async function numberAll(
  messages: readonly CorpusMessage[],
  store: readonly string[],
): Promise<ServedMessage[]> {
  const outcome = await runIzypop3(["querystore", "--json", ...store]);
  const lines = new TextDecoder().decode(outcome.stdout).split("\n").filter((line) => line !== "");
  if (outcome.code !== 0 || lines.length !== messages.length) {
    throw new Error(
      `querystore gave ${lines.length} lines, code ${outcome.code}: ${outcome.stderr}`,
    );
  }
  const byName = new Map(messages.map((message) => [`${message.name}.eml`, message]));
  return lines.map((line, index) => {
    // The item's keys are fixed by the contract of the command line.
    const item = JSON.parse(line) as { readonly name: string };
    const message = byName.get(item.name);
    if (message === undefined) throw new Error(`querystore names an unknown file: ${item.name}`);
    return { name: message.name, number: index + 1, wire: onTheWire(message.octets) };
  });
}

/**
 * Says for which messages `got` differs from `expected`, and how; an empty list is what a test
 * wants. `undefined` from `got` means that the client has not brought the message at all.
 */
export async function differences(
  messages: readonly ServedMessage[],
  got: (message: ServedMessage) => Promise<Uint8Array | undefined> | Uint8Array | undefined,
  expected: (message: ServedMessage) => Uint8Array = (message) => message.wire,
): Promise<string[]> {
  const found: string[] = [];
  for (const message of messages) {
    const difference = compare(await got(message), expected(message));
    if (difference !== undefined) found.push(`${message.number} ${message.name}: ${difference}`);
  }
  return found;
}

function compare(got: Uint8Array | undefined, expected: Uint8Array): string | undefined {
  if (got === undefined) return "missing";
  let at = 0;
  while (at < expected.length && at < got.length && got[at] === expected[at]) at++;
  if (at === expected.length && at === got.length) return undefined;
  const near = (octets: Uint8Array) =>
    JSON.stringify(text(octets.subarray(Math.max(0, at - 10), at + 20)));
  return `${got.length} octets instead of ${expected.length}, differs at ${at}: ` +
    `${near(got)} instead of ${near(expected)}`;
}

/** A file's octets, or `undefined` where there is none. */
export async function fileOrNothing(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** `octets` with each CRLF as LF: what programs do that write files in the manner of Unix. */
export function unixLines(octets: Uint8Array): Uint8Array {
  const kept = new Uint8Array(octets.length);
  let length = 0;
  let start = 0;
  for (let at = octets.indexOf(13); at >= 0; at = octets.indexOf(13, at + 1)) {
    if (octets[at + 1] !== 10) continue;
    kept.set(octets.subarray(start, at), length);
    length += at - start;
    start = at + 1;
  }
  kept.set(octets.subarray(start), length);
  return kept.slice(0, length + octets.length - start);
}

/** The sizes that `text`, lines of `NUMBER SIZE`, gives. */
export function listedSizes(lines: string): Map<number, number> {
  const pairs = lines.split("\n").map((line) => line.trim()).filter((line) => /^\d/.test(line));
  return new Map(pairs.map((pair) => {
    const [number, size] = pair.split(" ");
    return [Number(number), Number(size)];
  }));
}
