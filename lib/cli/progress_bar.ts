/**
 * How far a download is, on one line of the terminal. Not the bar of `@std/cli`, which writes to a
 * stream of its own on a timer; ours is drawn as octets come, and is gone when it is done.
 *
 * @module
 */
import type { DownloadProgress } from "../client/progress.ts";
import type { Io } from "./io.ts";

/** Drawn no more often than this, in ms. */
const PAUSE = 100;
const WIDTH = 24;
/** Back to the left, and away with what stands there. */
const CLEAR = "\r\x1b[K";

/** How far some work is; where nobody knows how many messages there are, octets tell. */
export type WorkProgress = Omit<DownloadProgress, "messagesTotal"> & {
  readonly messagesTotal?: number;
};

/** A progress bar; disposing it takes it away. */
export class ProgressBar implements Disposable {
  readonly #io: Io;
  readonly #title: string;
  readonly #columns: number | undefined;
  readonly #started = performance.now();
  #drawn = 0;
  #visible = false;

  /** A bar where there is a terminal and nobody objects; elsewhere it shows nothing. */
  static start(io: Io, title: string, wanted: boolean): ProgressBar {
    const dumb = io.environment("TERM") === "dumb";
    return new ProgressBar(io, title, wanted && !dumb ? io.errorColumns() : undefined);
  }

  private constructor(io: Io, title: string, columns: number | undefined) {
    this.#io = io;
    this.#title = title;
    this.#columns = columns;
  }

  /** Draws how far it is, unless it was drawn a moment ago. */
  show(progress: WorkProgress): void {
    if (this.#columns === undefined) return;
    const now = performance.now();
    if (this.#drawn !== 0 && now - this.#drawn < PAUSE) return;
    this.#drawn = now;
    this.#visible = true;
    const line = progressLine(this.#title, progress, (now - this.#started) / 1000);
    this.#io.writeError(`${CLEAR}${line.slice(0, this.#columns - 1)}`);
  }

  /** Takes it away until it is drawn again: something else wants the line. */
  hide(): void {
    if (this.#visible) this.#io.writeError(CLEAR);
    this.#visible = false;
  }

  /** Takes it away. */
  [Symbol.dispose](): void {
    this.hide();
  }
}

/** `retr [#####-------] 12/99  40%  1.2 MB of 3.0 MB  350 KB/s  0:05 left`. */
export function progressLine(title: string, progress: WorkProgress, seconds: number): string {
  const { messages, messagesTotal, octets, octetsTotal } = progress;
  const part = octetsTotal === 0
    ? messages / Math.max(1, messagesTotal ?? Infinity)
    : octets / octetsTotal;
  const full = Math.floor(Math.min(1, part) * WIDTH);
  const bar = `[${"#".repeat(full)}${"-".repeat(WIDTH - full)}]`;
  const percent = `${Math.floor(Math.min(1, part) * 100)}%`.padStart(4);
  const speed = seconds > 0.5 ? `  ${amount(octets / seconds)}/s` : "";
  const left = seconds > 1 && octets > 0 ? (octetsTotal - octets) * seconds / octets : 0;
  const count = messagesTotal === undefined ? `${messages}` : `${messages}/${messagesTotal}`;
  return `${title} ${bar} ${count} ${percent}  ${amount(octets)} of ` +
    `${amount(octetsTotal)}${speed}${left > 0 ? `  ${duration(left)} left` : ""}`;
}

/** `0:05`, `12:34`, `1:02:03`. */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const pair = (part: number): string => `${part}`.padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0
    ? `${hours}:${pair(minutes)}:${pair(whole % 60)}`
    : `${minutes}:${pair(whole % 60)}`;
}

/** Octets for people: `1.2 MB`. */
export function amount(octets: number): string {
  if (octets < 1000) return `${Math.round(octets)} B`;
  if (octets < 1e6) return `${(octets / 1e3).toFixed(1)} KB`;
  return octets < 1e9 ? `${(octets / 1e6).toFixed(1)} MB` : `${(octets / 1e9).toFixed(2)} GB`;
}
