/**
 * The real program serving a `localfs` folder full of messages, for clients to fetch from.
 *
 * @module
 */

import { type CorpusMessage, onTheWire } from "./corpus.ts";
import { runIzypop3, serveIzypop3, type ServerProgram } from "./program.ts";
import { text } from "./random.ts";

/** A message as a client should see it. */
export interface ServedMessage {
  readonly name: string;
  /** The message number in the maildrop. */
  readonly number: number;
  /** What RETR must bring, un-stuffed. */
  readonly wire: Uint8Array;
}

/** A served folder; disposing it ends the server and removes everything. */
export interface ServedFolder extends AsyncDisposable {
  readonly server: ServerProgram;
  readonly user: string;
  readonly password: string;
  /** In the order of their numbers. */
  readonly messages: readonly ServedMessage[];
  /** The flags that name the store, for other commands of the program. */
  readonly store: readonly string[];
  /** An empty folder for what a client leaves behind. */
  readonly scratch: string;
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
    const server = await serveIzypop3([...store, "--password", "s3cret word"]);
    return {
      server,
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
  return octets.filter((octet, index) => octet !== 13 || octets[index + 1] !== 10);
}

/** The sizes that `text`, lines of `NUMBER SIZE`, gives. */
export function listedSizes(lines: string): Map<number, number> {
  const pairs = lines.split("\n").map((line) => line.trim()).filter((line) => /^\d/.test(line));
  return new Map(pairs.map((pair) => {
    const [number, size] = pair.split(" ");
    return [Number(number), Number(size)];
  }));
}
