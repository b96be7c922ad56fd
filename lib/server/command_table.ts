/**
 * Which command may run when, and what runs it: the state rules of RFC 1939 as data.
 *
 * @module
 */

import type { Command, Verb } from "../protocol/command.ts";
import { apop, pass, quit, user } from "./auth_commands.ts";
import { capa } from "./capabilities.ts";
import { dele, list, noop, retr, rset, stat, top, uidl } from "./drop_commands.ts";
import { lang, stls, utf8 } from "./extension_commands.ts";
import { err, type Outcome } from "./outcome.ts";
import { auth } from "./sasl_command.ts";
import { maySignIn, type Phase, type SessionState } from "./session_state.ts";

/** The command of one verb. */
export type CommandOf<V extends Verb> = Command & { readonly verb: V };

/** The rule of one verb. */
export interface CommandRule<V extends Verb> {
  /** The phases in which it may run. */
  readonly phases: readonly Phase[];
  /** `private`: only over TLS, where the server requires that for signing in. */
  readonly channel?: "private";
  run(state: SessionState, command: CommandOf<V>): Outcome | Promise<Outcome>;
}

/** A rule for each verb: a missing one does not compile. */
export type CommandTable = { readonly [V in Verb]: CommandRule<V> };

const BEFORE: readonly Phase[] = ["authorization"];
const AFTER: readonly Phase[] = ["transaction"];
const ALWAYS: readonly Phase[] = ["authorization", "transaction"];

/** The rules of all commands. */
export const COMMANDS: CommandTable = {
  USER: { phases: BEFORE, channel: "private", run: user },
  PASS: { phases: BEFORE, channel: "private", run: pass },
  APOP: { phases: BEFORE, channel: "private", run: apop },
  AUTH: { phases: BEFORE, channel: "private", run: auth },
  STLS: { phases: BEFORE, run: stls },
  UTF8: { phases: BEFORE, run: utf8 },
  LANG: { phases: ALWAYS, run: lang },
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
  if (!rule.phases.includes(state.phase)) return undefined;
  return rule.channel === "private" && !maySignIn(state)
    ? refusePlain(state)
    : rule.run(state, command);
}

/** A client that says nothing but "not valid in this state" to its user helps nobody. */
function refusePlain({ services }: SessionState): Outcome {
  services.metrics?.refused("require_tls");
  const way = services.startTls
    ? "say STLS first, or use the port for TLS"
    : "use the port for TLS";
  return err(`Signing in needs TLS here: ${way}.`);
}
