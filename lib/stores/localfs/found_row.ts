/**
 * What the index says of a file that was found in a folder.
 *
 * @module
 */
import type { MessageFacts } from "../message_facts.ts";
import { CANONICAL, type IndexRow, STUFFING, UNSETTLED } from "./frames.ts";
import type { Naming } from "./layout.ts";
import type { Identity } from "./names.ts";
import type { FileFacts } from "./scan.ts";
import { withEnding } from "./table.ts";

/** A file that changed so shortly before it was measured may not be whole yet, ms. */
const SETTLING = 2000;

/** The row of a file that was measured just now. */
export function rowOf(
  facts: FileFacts,
  id: string,
  file: string,
  tag: number,
  naming: Naming,
  logged: Identity | undefined,
): IndexRow {
  const young = !isSettled(facts.mtime, Date.now());
  const name = file.slice(0, naming.nameLength(file));
  const { identity, flags } = naming.describe(name, logged);
  return {
    id,
    fingerprint: facts.fingerprint,
    name,
    identity: withEnding(file.slice(name.length), identity),
    tag,
    created: facts.mtime,
    date: facts.date,
    mtime: facts.mtime,
    size: facts.size,
    kept: facts.kept,
    flags: flagsOf(facts) + flags + (young ? UNSETTLED : 0),
  };
}

/** The flags that a message's octets decide. */
export function flagsOf(facts: MessageFacts): number {
  return (facts.canonical ? CANONICAL : 0) + (facts.stuffing ? STUFFING : 0);
}

/** Whether a file that changed at `mtime` has stopped growing; both in ms. */
export function isSettled(mtime: number, now: number): boolean {
  return now - mtime >= SETTLING;
}
