/**
 * Which command may run when, and what runs it: the state rules of RFC 1939 as data.
 *
 * @module
 */

import type { Command, Verb } from "../protocol/command.ts";
import { apop, capa, pass, quit, user } from "./auth_commands.ts";
import { dele, list, noop, retr, rset, stat, top, uidl } from "./drop_commands.ts";
import { err, type Outcome } from "./outcome.ts";
import type { Phase, SessionState } from "./session_state.ts";

/** The command of one verb. */
export type CommandOf<V extends Verb> = Command & { readonly verb: V };

/** The rule of one verb. */
export interface CommandRule<V extends Verb> {
  /** The phases in which it may run. */
  readonly phases: readonly Phase[];
  run(state: SessionState, command: CommandOf<V>): Outcome | Promise<Outcome>;
}

/** A rule for each verb: a missing one does not compile. */
export type CommandTable = { readonly [V in Verb]: CommandRule<V> };

const BEFORE: readonly Phase[] = ["authorization"];
const AFTER: readonly Phase[] = ["transaction"];
const ALWAYS: readonly Phase[] = ["authorization", "transaction"];

/** The rules of all commands. */
export const COMMANDS: CommandTable = {
  USER: { phases: BEFORE, run: user },
  PASS: { phases: BEFORE, run: pass },
  APOP: { phases: BEFORE, run: apop },
  AUTH: { phases: BEFORE, run: notOffered },
  STLS: { phases: BEFORE, run: notOffered },
  UTF8: { phases: BEFORE, run: notOffered },
  LANG: { phases: ALWAYS, run: notOffered },
  CAPA: { phases: ALWAYS, run: capa },
  QUIT: { phases: ALWAYS, run: quit },
  STAT: { phases: AFTER, run: stat },
  LIST: { phases: AFTER, run: list },
  UIDL: { phases: AFTER, run: uidl },
  RETR: { phases: AFTER, run: retr },
  TOP: { phases: AFTER, run: top },
  DELE: { phases: AFTER, run: dele },
  NOOP: { phases: AFTER, run: noop },
  RSET: { phases: AFTER, run: rset },
};

/** Runs a command if its rule lets it; `undefined` if this is not the phase for it. */
export function runCommand<V extends Verb>(
  state: SessionState,
  command: CommandOf<V>,
): Outcome | Promise<Outcome> | undefined {
  const rule: CommandRule<V> = COMMANDS[command.verb];
  return rule.phases.includes(state.phase) ? rule.run(state, command) : undefined;
}

function notOffered(_state: SessionState, command: Command): Outcome {
  return err(`${command.verb} is not offered here.`);
}
