/**
 * The written dialogues of `tests/transcripts/`: a header that says what the client does and what
 * must come of it, a line `---`, and the dialogue as {@linkcode scriptedServer} plays it.
 *
 * Header lines are `Quirk:` (its numbers in docs/quirks.md), `About:`, `Do:` followed by `Then:` (the
 * result) or `Fails:` (`NameOfError: a part of its message`), and where the usual does not fit
 * `Pipeline:`, `Timeout:` (seconds), `Endings:` (`crlf` or `lf` only),
 * `Portions:` (`whole` or `octets` only). In results `|` is the end of a
 * line as the session has it, and other control characters are `\xNN`.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { selectMessages } from "../../lib/client/select.ts";
import {
  asksCapa,
  PLAIN,
  type Replay,
  REPLAYS,
  scriptedServer,
  textOf,
} from "./scripted_server.ts";

/** What the client does, and what must come of it. */
interface Deed {
  readonly words: readonly string[];
  readonly then: string | undefined;
  readonly fails: string | undefined;
}

/** A transcript that was read. */
export interface Transcript {
  /** Numbers in docs/quirks.md. */
  readonly quirks: readonly number[];
  readonly about: string;
  readonly pipeline: "auto" | "off" | number;
  readonly timeoutSeconds: number;
  readonly replays: readonly Replay[];
  readonly deeds: readonly Deed[];
  readonly dialogue: string;
}

/** Reads a transcript; throws where a header line is none. */
export function parseTranscript(text: string): Transcript {
  const [header = "", dialogue] = text.split(/^---\n/m);
  if (dialogue === undefined) throw new Error("Cannot read the transcript: it has no line ---");
  const fields = header.trimEnd().split("\n").map((line): readonly [string, string] => {
    const [, name, value] = /^([A-Z][a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`Cannot read: ${line}`);
    return [name, value];
  });
  const field = (wanted: string) => fields.find(([name]) => name === wanted)?.[1];
  const pipeline = field("Pipeline") ?? "off";
  const endings = field("Endings");
  return {
    quirks: [...(field("Quirk") ?? "").matchAll(/\d+/g)].map(([digits]) => Number(digits)),
    about: field("About") ?? "",
    pipeline: pipeline === "off" || pipeline === "auto" ? pipeline : Number(pipeline),
    timeoutSeconds: Number(field("Timeout") ?? 20),
    replays: REPLAYS.filter(({ ending, portions }) =>
      (endings === undefined || (endings === "lf") === (ending === "\n")) &&
      (field("Portions") ?? portions) === portions
    ),
    deeds: fields.flatMap(([name, value], index): Deed[] => {
      if (name !== "Do") return [];
      const [outcome, text] = fields[index + 1] ?? [];
      return [{
        words: value.split(" "),
        then: outcome === "Then" ? text : undefined,
        fails: outcome === "Fails" ? text : undefined,
      }];
    }),
    dialogue,
  };
}

/** Lets a client do the deeds, and checks what comes of them and what was said. */
export async function replayTranscript(transcript: Transcript, replay: Replay): Promise<void> {
  const { dialogue, deeds, pipeline, timeoutSeconds } = transcript;
  const server = scriptedServer(dialogue, replay);
  let client: Pop3Client | undefined;
  try {
    for (const { words, then, fails } of deeds) {
      const work = async (): Promise<string> => {
        const capa = asksCapa(dialogue);
        const options = { hostname: "pop.example.org", pipeline, timeoutSeconds, capa };
        client ??= await Pop3Client.over(server.transport, options);
        return visible(await done(client, words), replay);
      };
      const what = words.join(" ");
      if (fails === undefined) assertEquals(await work(), then, what);
      else await assertFails(work, fails, what);
    }
  } finally {
    client?.close();
    server.transport.close();
  }
  await server.finished;
}

/** A replay's name. */
export function replayName({ ending, portions }: Replay = PLAIN): string {
  return `${ending === "\n" ? "bare LF" : "CRLF"}, ${portions}`;
}

async function assertFails(
  work: () => Promise<string>,
  fails: string,
  what: string,
): Promise<void> {
  const [, name = "", part = ""] = /^(\w+)(?:: (.*))?$/.exec(fails) ?? [];
  let result: string;
  try {
    result = await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    assertEquals(error.name, name, `${what}: ${error.message}`);
    assertStringIncludes(error.message, part);
    return;
  }
  throw new Error(`${what} gave ${result}, and should have failed: ${fails}`);
}

async function done(client: Pop3Client, words: readonly string[]): Promise<string> {
  const [verb = "", first = "", ...rest] = words;
  const number = Number(first);
  switch (verb) {
    case "connect":
      return client.greeting;
    case "sign-in": {
      const [user = "", password = ""] = rest;
      if (first === "xoauth2") {
        await client.signIn({ user, token: password, method: first });
        return "ok";
      }
      if (first !== "auto" && first !== "user" && first !== "apop" && first !== "plain") {
        throw new Error(`Cannot sign in with ${first}`);
      }
      await client.signIn({ user, password, method: first });
      return "ok";
    }
    case "capabilities":
      return (await client.capabilities()).lines.join(", ");
    case "stat": {
      const { count, octets } = await client.stat();
      return `${count} ${octets}`;
    }
    case "list":
      return listed(first === "" ? await client.list() : [await client.listOne(number)]);
    case "uidl":
      return listed(first === "" ? await client.uidl() : [await client.uidlOne(number)]);
    case "select":
      return listed(await selectMessages(client, { uids: true }));
    case "top":
      return await textOf(client.top(number, Number(rest[0])));
    case "retr":
      return await textOf(client.retr(number));
    case "retrieve":
      return await retrieved(client, [first, ...rest].map(Number));
    case "dele":
      await client.dele(number);
      return "ok";
    case "rset":
      await client.rset();
      return "ok";
    case "quit":
      await client.quit();
      return "ok";
    default:
      throw new Error(`Cannot do ${verb}: no transcript knows it`);
  }
}

async function retrieved(client: Pop3Client, numbers: readonly number[]): Promise<string> {
  const results: string[] = [];
  for await (const { number, octets, refusal } of client.retrieve(numbers)) {
    results.push(`${number} ${octets === undefined ? refusal.message : await textOf(octets)}`);
  }
  return results.join(", ");
}

/** `1 200 uid, …`, with `-` for a uid that is not there. */
function listed(
  entries: readonly {
    readonly number: number;
    readonly size?: number;
    readonly uid?: string;
  }[],
): string {
  return entries.map(({ number, size, uid }) => {
    return [number, size, uid === "" ? "-" : uid].filter((word) => word !== undefined).join(" ");
  }).join(", ");
}

function visible(text: string, { ending }: Replay): string {
  const escape = (char: string) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  // deno-lint-ignore no-control-regex -- those are what cannot be seen
  return text.replaceAll(ending, "|").replace(/[\x00-\x1f\x7f-\xff]/g, escape);
}
