/**
 * Whether status lines are as RFC 1939 wants them; the client takes more than that.
 *
 * @module
 */
import { REPLY_LINE_LIMIT } from "../../../protocol/limits.ts";
import { oneLine } from "../../io.ts";
import { type Finding, judged } from "./finding.ts";

/** Gathers the faults of all status lines of a session. */
export class StatusLines {
  readonly #faults = new Set<string>();
  #count = 0;

  /** Looks at the status line that `reply` (one character an octet) begins with. */
  look(reply: string): void {
    const end = reply.indexOf("\n");
    // What asks for the next line of a sign-in (RFC 5034) is none.
    if (end < 0 || /^\+[ \r\n]/.test(reply)) return;
    this.#count++;
    const line = reply.slice(0, end + 1);
    const shown = JSON.stringify(oneLine(line.trimEnd()).slice(0, 60));
    if (!line.endsWith("\r\n")) this.#faults.add(`${shown} ends in a bare LF, not in CRLF`);
    if (!/^(\+OK|-ERR)([ \r]|$)/.test(line)) {
      this.#faults.add(`${shown} does not begin with an upper-case +OK or -ERR (RFC 1939 §3)`);
    }
    if (line.length > REPLY_LINE_LIMIT) {
      this.#faults.add(
        `${shown}… has ${line.length} octets, over ${REPLY_LINE_LIMIT} (RFC 1939 §3)`,
      );
    }
  }

  /** What was found. */
  finding(): Finding {
    return judged("status lines", [...this.#faults], `${this.#count} seen, all well-formed`);
  }
}
