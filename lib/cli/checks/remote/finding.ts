/**
 * What an examination of a server finds.
 *
 * @module
 */

import { ServerRefusal } from "../../../protocol/errors.ts";
import { oneLine } from "../../io.ts";

/** One line of the report. */
export interface Finding {
  readonly name: string;
  /** False where the server strays from the RFCs. */
  readonly passed: boolean;
  /** What was seen, or where it strays. */
  readonly text: string;
}

/** Nothing is wrong with this. */
export function fine(name: string, text: string): Finding {
  return { name, passed: true, text };
}

/** Here the server strays. */
export function stray(name: string, text: string): Finding {
  return { name, passed: false, text };
}

/** Of several faults the first few, and how many more there are. */
export function judged(name: string, faults: readonly string[], otherwise: string): Finding {
  if (faults.length === 0) return fine(name, otherwise);
  const more = faults.length > 3 ? `; and ${faults.length - 3} more` : "";
  return stray(name, faults.slice(0, 3).join("; ") + more);
}

/** What `work` finds; a refusal of what no server may refuse is a fault. */
export async function attempted(name: string, work: () => Promise<Finding>): Promise<Finding> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    return stray(name, oneLine(error.message));
  }
}
