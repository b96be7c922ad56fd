/**
 * What a server counts of its work, for Prometheus.
 *
 * @module
 */

import type { TlsFacts } from "../net/transport.ts";
import { type MetricFamily, renderMetrics } from "./metrics/families.ts";
import { Counters, Histogram } from "./metrics/instruments.ts";
import type { Ending, SessionSummary } from "./summary.ts";

/** What came of an attempt to sign in. */
export type SignInResult =
  | "ok"
  | "wrong"
  | "in_use"
  | "login_delay"
  | "unavailable"
  | "broken_off";

/** Why somebody was refused something. */
export type RefusalCause =
  | "max_connections"
  | "max_per_ip"
  | "no_proxy_header"
  | "require_tls"
  | "wrong_credentials"
  | "in_use"
  | "login_delay"
  | "unavailable"
  | "too_many_failed_sign_ins"
  | "too_many_bad_commands";

/** A session that goes on, for what is counted only at its end. */
export interface LiveSession {
  /** Messages that were sent. */
  readonly messages: number;
  /** Octets that were sent. */
  readonly octets: number;
}

const ENDINGS: readonly Ending[] = [
  ...["quit", "closed by client", "connection lost", "idle time-out", "server shutdown"] as const,
  ...["turned away", "TLS handshake failed", "no PROXY header"] as const,
  "message could not be sent",
];

const CAUSES: readonly RefusalCause[] = [
  ...["max_connections", "max_per_ip", "no_proxy_header", "require_tls"] as const,
  ...["wrong_credentials", "in_use", "login_delay", "unavailable"] as const,
  ...["too_many_failed_sign_ins", "too_many_bad_commands"] as const,
];

/** Results of signing in that are refusals, and how those are called. */
const REFUSED_SIGN_INS: Readonly<Partial<Record<SignInResult, RefusalCause>>> = {
  wrong: "wrong_credentials",
  in_use: "in_use",
  login_delay: "login_delay",
  unavailable: "unavailable",
};

/**
 * The counters of one server. Give it to `Pop3Server.start`, and serve {@linkcode render} over HTTP.
 *
 * @example
 * ```ts
 * import { ServerMetrics } from "@izyware/izypop3/server";
 *
 * const metrics = new ServerMetrics();
 * metrics.render().includes("# TYPE izypop3_sessions_total counter"); // true
 * ```
 */
export class ServerMetrics {
  readonly #sessions = new Counters(
    "izypop3_sessions_total",
    "Connections that were accepted, those that were turned away included.",
  );
  readonly #ended = new Counters(
    "izypop3_sessions_ended_total",
    "Sessions by how they ended.",
    ["ending"],
    ENDINGS.map((ending) => [wordOf(ending)]),
  );
  readonly #signIns = new Counters(
    "izypop3_sign_ins_total",
    "Attempts to sign in by mechanism (USER stands for USER and PASS) and what came of them.",
    ["mechanism", "result"],
  );
  readonly #delays = new Counters(
    "izypop3_sign_in_delays_total",
    "Answers to attempts to sign in that were delayed because others had failed.",
  );
  readonly #delaySeconds = new Counters(
    "izypop3_sign_in_delay_seconds_total",
    "How long they were delayed.",
  );
  readonly #refusals = new Counters(
    "izypop3_refusals_total",
    "Refusals by cause.",
    ["cause"],
    CAUSES.map((cause) => [cause]),
  );
  readonly #handshakes = new Counters(
    "izypop3_tls_handshakes_total",
    "TLS handshakes by how they began, the version that was agreed on, and what came of them.",
    ["way", "version", "result"],
  );
  readonly #messages = new Counters(
    "izypop3_messages_sent_total",
    "Messages that were retrieved.",
  );
  readonly #octets = new Counters(
    "izypop3_sent_bytes_total",
    "Octets of replies that were sent, those of TLS not counted.",
  );
  readonly #deleted = new Counters(
    "izypop3_messages_deleted_total",
    "Messages that QUIT deleted.",
  );
  readonly #unknown = new Counters(
    "izypop3_unknown_commands_total",
    "Lines that could not be read as a command.",
  );
  readonly #commands = new Map<string, Histogram>();
  readonly #live = new Set<LiveSession>();

  /** A connection was accepted; what it sends is read from `session` until {@linkcode ended}. */
  began(session: LiveSession): void {
    this.#sessions.add(1);
    this.#live.add(session);
  }

  /** A session is over; without `session` it ended before it {@linkcode began}. */
  ended(summary: SessionSummary, session?: LiveSession): void {
    if (session === undefined) this.#sessions.add(1);
    else this.#live.delete(session);
    this.#ended.add(1, wordOf(summary.ended));
    this.#messages.add(summary.messages ?? 0);
    this.#octets.add(summary.octets ?? 0);
    this.#deleted.add(summary.deleted ?? 0);
  }

  /** An attempt to sign in was answered. */
  signedIn(mechanism: string, result: SignInResult): void {
    this.#signIns.add(1, mechanism, result);
    const cause = REFUSED_SIGN_INS[result];
    if (cause !== undefined) this.refused(cause);
  }

  /** The answer to an attempt to sign in has to wait. */
  delayed(milliseconds: number): void {
    this.#delays.add(1);
    this.#delaySeconds.add(milliseconds / 1000);
  }

  /** Somebody was refused something. */
  refused(cause: RefusalCause): void {
    this.#refusals.add(1, cause);
  }

  /** A handshake is over; `facts` are there if it went well and they are known. */
  handshake(way: "stls" | "implicit", result: "ok" | "failed", facts?: TlsFacts): void {
    this.#handshakes.add(1, way, facts?.version ?? "unknown", result);
  }

  /** The verb of a line was answered; `undefined` if it had none. `since` is by `performance.now`. */
  command(verb: string | undefined, since: number): void {
    const seconds = (performance.now() - since) / 1000;
    if (verb === undefined) this.#unknown.add(1);
    const name = verb ?? "unknown";
    const known = this.#commands.get(name);
    if (known !== undefined) return known.observe(seconds);
    const histogram = new Histogram();
    this.#commands.set(name, histogram);
    histogram.observe(seconds);
  }

  /** All that was counted, for another form than text. */
  families(): readonly MetricFamily[] {
    let messages = 0;
    let octets = 0;
    for (const session of this.#live) {
      messages += session.messages;
      octets += session.octets;
    }
    return [
      this.#sessions.family(),
      gauge("izypop3_sessions", "Sessions at the moment.", this.#live.size),
      this.#ended.family(),
      this.#signIns.family(),
      this.#delays.family(),
      this.#delaySeconds.family(),
      this.#refusals.family(),
      this.#handshakes.family(),
      this.#messages.family(messages),
      this.#octets.family(octets),
      this.#deleted.family(),
      this.#unknown.family(),
      {
        name: "izypop3_command_duration_seconds",
        help: "From a command's line to its reply on its way, by command.",
        type: "histogram",
        samples: [...this.#commands].flatMap(([command, each]) => each.samples({ command })),
      },
    ];
  }

  /** All that was counted, in Prometheus' text format 0.0.4. */
  render(): string {
    return renderMetrics(this.families());
  }
}

/** A number that goes up and down, as a family. */
export function gauge(
  name: string,
  help: string,
  value: number,
  labels: Readonly<Record<string, string>> = {},
): MetricFamily {
  return { name, help, type: "gauge", samples: [{ labels, value }] };
}

/** Values of labels are in one style, whatever the log says. */
function wordOf(ending: Ending): string {
  return ending.toLowerCase().replaceAll(/[^a-z]+/g, "_");
}
