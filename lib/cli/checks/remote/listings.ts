/**
 * Whether STAT, LIST and UIDL agree and are as RFC 1939 wants them.
 *
 * @module
 */
import type { Pop3Client } from "../../../client/client.ts";
import type { ListEntry, UidlEntry } from "../../../client/listings.ts";
import type { Capabilities } from "../../../protocol/capability.ts";
import { ServerRefusal } from "../../../protocol/errors.ts";
import { UIDL_LIMIT } from "../../../protocol/limits.ts";
import { attempted, type Finding, fine, judged, stray } from "./finding.ts";
import type { Recorder } from "./recorder.ts";

/** LIST as it must be: its lines, and the same from STAT and from LIST of one message. */
export async function* listing(
  client: Pop3Client,
  recorder: Recorder,
  entries: readonly ListEntry[],
): AsyncGenerator<Finding, void, undefined> {
  yield judged("LIST", listFaults(entries, recorder.take()), `${entries.length} messages`);
  const octets = entries.reduce((sum, { size }) => sum + size, 0);
  yield await attempted("STAT agrees with LIST", async () => {
    const stat = await client.stat();
    const said = `${stat.count} messages of ${stat.octets} octets`;
    return stat.count === entries.length && stat.octets === octets
      ? fine("STAT agrees with LIST", said)
      : stray("STAT agrees with LIST", `${said}, where LIST has ${entries.length} of ${octets}`);
  });
  const [first] = entries;
  if (first !== undefined) {
    const name = `LIST ${first.number} agrees with LIST`;
    yield await attempted(name, async () => {
      const { size } = await client.listOne(first.number);
      return size === first.size
        ? fine(name, `${size} octets`)
        : stray(name, `${size} octets, where LIST says ${first.size}`);
    });
  }
  yield await missingNumber(client, Math.max(0, ...entries.map(({ number }) => number)) + 1);
}

/** UIDL as it must be: ids that tell messages apart. */
export async function* uniqueIds(
  client: Pop3Client,
  entries: readonly ListEntry[],
  capabilities: Capabilities,
): AsyncGenerator<Finding, void, undefined> {
  let uids: readonly UidlEntry[];
  try {
    uids = await client.uidl();
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    yield refused("UIDL", capabilities);
    return;
  }
  const shared = uids.length - new Set(uids.map(({ uid }) => uid)).size;
  const own = shared === 0 ? "each of its own" : `${shared} of them given to a copy`;
  yield judged("UIDL", uidFaults(uids, entries), `${uids.length} ids, ${own}`);
  const [first] = uids;
  if (first === undefined) return;
  const name = `UIDL ${first.number} agrees with UIDL`;
  yield await attempted(name, async () => {
    const { uid } = await client.uidlOne(first.number);
    return uid === first.uid
      ? fine(name, "the same id")
      : stray(name, "it gives another id than the listing");
  });
}

/** An optional command that the server has not got: only announcing it would be wrong. */
export function refused(verb: "UIDL" | "TOP", capabilities: Capabilities): Finding {
  return capabilities.has(verb)
    ? stray(verb, "announced in CAPA, and refused")
    : fine(verb, "not offered (RFC 1939 §7 makes it optional)");
}

async function missingNumber(client: Pop3Client, number: number): Promise<Finding> {
  const name = "a message that is not there is refused";
  try {
    await client.listOne(number);
    return stray(name, `LIST ${number} gets +OK (RFC 1939 §5)`);
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    return fine(name, `LIST ${number} gets -ERR`);
  }
}

function listFaults(entries: readonly ListEntry[], reply: string): string[] {
  const faults: string[] = [];
  const lines = reply.split("\n").slice(1, -2);
  const odd = lines.find((line) => !/^\d{1,10} \d{1,15}(\s.*)?\r$/.test(line));
  if (odd !== undefined) {
    faults.push(`the line ${JSON.stringify(odd.trimEnd().slice(0, 60))} is not "NUMBER SIZE" CRLF`);
  }
  const gap = entries.findIndex(({ number }, index) => number !== index + 1);
  if (gap >= 0) {
    faults.push(
      `line ${gap + 1} is of message ${entries[gap]?.number}: a new session counts from 1`,
    );
  }
  return faults;
}

function uidFaults(uids: readonly UidlEntry[], entries: readonly ListEntry[]): string[] {
  const faults: string[] = [];
  const sizes = new Map(entries.map(({ number, size }) => [number, size]));
  const seen = new Map<string, number>();
  for (const { number, uid } of uids) {
    const before = seen.get(uid);
    if (uid === "") faults.push(`message ${number} has no id`);
    else if (before !== undefined) {
      // RFC 1939 §7 lets copies of one message share an id.
      if (sizes.get(before) === sizes.get(number)) continue;
      faults.push(`messages ${before} and ${number} share an id, and are no copies`);
    } else if (uid.length > UIDL_LIMIT) {
      faults.push(`message ${number}'s id has ${uid.length} characters, over ${UIDL_LIMIT}`);
    } else if (!/^[\x21-\x7e]+$/.test(uid)) {
      faults.push(`message ${number}'s id has other characters than 0x21 to 0x7E`);
    }
    seen.set(uid, number);
  }
  const numbers = new Set(uids.map(({ number }) => number));
  const without = entries.filter(({ number }) => !numbers.has(number));
  if (without.length > 0) faults.push(`${without.length} messages of LIST are missing`);
  return faults;
}
