/**
 * Looks at a server from the first line to QUIT: what it offers, how fast it answers, and where it
 * strays from the RFCs. It deletes nothing.
 *
 * @module
 */
import type { Pop3Client } from "../../../client/client.ts";
import { type Capabilities, parseCapabilities } from "../../../protocol/capability.ts";
import { ServerRefusal } from "../../../protocol/errors.ts";
import { oneLine } from "../../io.ts";
import { wellFormed } from "./capability_lines.ts";
import { attempted, type Finding, fine } from "./finding.ts";
import { listing, uniqueIds } from "./listings.ts";
import { transfer } from "./messages.ts";
import type { Recorder } from "./recorder.ts";
import { StatusLines } from "./status_lines.ts";

/** What is examined. */
export interface Examined {
  /** Connected, and not signed in. */
  readonly client: Pop3Client;
  /** Heard all of it from the beginning. */
  readonly recorder: Recorder;
  /** Signs in. */
  readonly signIn: () => Promise<void>;
  /** Whether CAPA may be sent. @default {true} */
  readonly capa?: boolean;
}

/** How many NOOPs tell how fast a server answers. */
const NOOPS = 5;

/**
 * Findings, as they are made. What ends the session ends this with its error.
 *
 * @throws {ServerRefusal} of the sign-in or of LIST: without them there is nothing to look at.
 */
export async function* examine(
  { client, recorder, signIn, capa = true }: Examined,
): AsyncGenerator<Finding, void, undefined> {
  const status = new StatusLines();
  const heard = (): void => status.look(recorder.take());
  yield greeting(client, recorder);
  heard();
  const before = capa ? await offered(client) : undefined;
  heard();
  if (capa) yield fine("capabilities before the sign-in", named(before));
  yield encryption(client, before);
  const start = performance.now();
  await signIn();
  yield fine("sign-in", `in ${(performance.now() - start).toFixed(1)} ms`);
  heard();
  const after = capa ? await offered(client) : undefined;
  heard();
  if (capa) {
    yield fine("capabilities after the sign-in", named(after));
    yield* wellFormed([before, after]);
  }
  const capabilities = after ?? parseCapabilities([]);
  const entries = await client.list();
  yield* listing(client, recorder, entries);
  heard();
  yield* uniqueIds(client, entries, capabilities);
  heard();
  yield* transfer(client, recorder, entries, status, capabilities);
  yield await attempted("answers", () => speed(client, recorder));
  heard();
  yield status.finding();
  yield await attempted("RSET and QUIT", () => goodbye(client));
}

function greeting(client: Pop3Client, { wait }: Recorder): Finding {
  const words = client.greeting === "" ? "no text" : JSON.stringify(oneLine(client.greeting));
  const apop = /<[^<>\s]+@[^<>\s]+>/.test(client.greeting) ? ", with a timestamp for APOP" : "";
  return fine("greeting", `${words}${apop}, after ${wait.toFixed(1)} ms`);
}

function encryption(client: Pop3Client, capabilities: Capabilities | undefined): Finding {
  if (client.secure) return fine("encryption", "this session has TLS");
  if (capabilities?.has("STLS") === true) {
    return fine("encryption", "this session is plain text; STLS is offered (--stls)");
  }
  return fine("encryption", "this session is plain text, and STLS is not offered (see RFC 8314)");
}

/** `undefined` where the server has no CAPA. */
async function offered(client: Pop3Client): Promise<Capabilities | undefined> {
  try {
    return await client.capa();
  } catch (error) {
    if (error instanceof ServerRefusal) return undefined;
    throw error;
  }
}

function named(capabilities: Capabilities | undefined): string {
  if (capabilities === undefined) return "none: CAPA is refused (RFC 2449 is optional)";
  return capabilities.lines.map(oneLine).join(", ") || "none";
}

async function speed(client: Pop3Client, recorder: Recorder): Promise<Finding> {
  const waits: number[] = [];
  for (let count = 0; count < NOOPS; count++) {
    await client.noop();
    waits.push(recorder.wait);
  }
  const median = waits.toSorted((one, other) => one - other)[Math.floor(NOOPS / 2)] ?? 0;
  return fine("answers", `in ${median.toFixed(1)} ms (the median of ${NOOPS} NOOP)`);
}

/** RSET first: some servers delete what was read (MercuryP). */
async function goodbye(client: Pop3Client): Promise<Finding> {
  await client.rset();
  await client.quit();
  return fine("RSET and QUIT", "nothing was deleted");
}
