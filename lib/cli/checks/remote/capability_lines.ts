/**
 * Whether the lines of CAPA say what a client can understand.
 *
 * @module
 */
import type { Capabilities } from "../../../protocol/capability.ts";
import { REPLY_LINE_LIMIT } from "../../../protocol/limits.ts";
import { oneLine } from "../../io.ts";
import { type Finding, judged } from "./finding.ts";

/** The capabilities that have parameters, and what those must be. */
const PARAMETERS: Readonly<Record<string, RegExp>> = {
  EXPIRE: /^ (NEVER|\d+)( USER)?$/i, // RFC 2449 §6.7
  "LOGIN-DELAY": /^ \d+( USER)?$/i, // §6.5
  SASL: /^( [A-Z0-9_-]{1,20})+$/i, // RFC 5034 §3; names as in RFC 4422 §3.1
  IMPLEMENTATION: /^ [!-~]/, // RFC 2449 §6.9
};

/** Of a server without CAPA there is nothing to say. */
export function* wellFormed(
  answers: readonly (Capabilities | undefined)[],
): Generator<Finding, void, undefined> {
  const lines = new Set(answers.flatMap((capabilities) => capabilities?.lines ?? []));
  if (lines.size === 0) return;
  const faults = [...lines].flatMap(faultsOf);
  yield judged("capabilities are well-formed", faults, `${lines.size} lines`);
}

function faultsOf(line: string): string[] {
  const shown = JSON.stringify(oneLine(line).slice(0, 60));
  // Without its line end, which is gone by now.
  if (line.length > REPLY_LINE_LIMIT - 2) {
    return [`${shown}… has over ${REPLY_LINE_LIMIT} octets (RFC 2449 §3)`];
  }
  const upper = line.toUpperCase();
  for (const [name, parameters] of Object.entries(PARAMETERS)) {
    if (!upper.startsWith(name)) continue;
    const rest = line.slice(name.length);
    if (parameters.test(rest)) return [];
    if (parameters.test(` ${rest}`)) return [`${shown} lacks the space behind ${name}`];
    if (/^( |$)/.test(rest)) return [`${shown} has not the parameters of ${name}`];
  }
  return [];
}
