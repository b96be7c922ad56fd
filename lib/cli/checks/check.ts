/**
 * What `izypop3 test` checks are made of.
 *
 * @module
 */
import type { Workshop } from "./workshop.ts";

/** Something that must be true of server, client and stores together. */
export interface Check {
  readonly name: string;
  /** Throws where it is not true. */
  readonly run: (shop: Workshop) => Promise<void>;
}

/** What a check found to be otherwise. */
export class CheckError extends Error {
  override readonly name = "CheckError";
}

/** Throws unless both are the same, as JSON. */
export function same(what: string, found: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new CheckError(`${what} is ${a}, not ${b}`);
}

/** Throws unless the text begins as it must. */
export function begins(what: string, found: string, wanted: string): void {
  if (found.startsWith(wanted)) return;
  throw new CheckError(`${what} is ${JSON.stringify(found)}, not ${wanted}…`);
}

/** The error that `work` throws; throws if it throws none. */
export async function failure(what: string, work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new CheckError(`${what} went well, and must not`);
}
