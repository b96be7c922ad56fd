/**
 * Whether the folders are as we know them, told by their times of last change alone.
 *
 * A time is taken for proof only if it was some while past when the folder was listed: a change
 * that comes within the same tick of the file system's clock leaves the time as it is.
 *
 * @module
 */
import { ABSENT, folderTime } from "./scan.ts";
import type { Layout } from "./layout.ts";

/** The clocks of file systems tick at least so often, ms ... */
const TICK = 50;
/** ... but for those that count in seconds, or in two of them. */
const COARSE_TICK = 2100;
/** So long after a change of our own a large folder is taken for known without being listed, ms. */
const TRUST = 1000;
/** A folder with more messages than this is large: listing it takes over 5 ms. */
const LARGE = 4096;

interface Known {
  /** NaN where nothing is known. */
  readonly time: number;
  /** Whether a change since then would show. */
  readonly sure: boolean;
  /** Until when it may be used although it is not sure. */
  readonly until: number;
}

const UNKNOWN: Known = { time: NaN, sure: false, until: 0 };
/** One for all: most stores lack most folders. */
const SURELY_ABSENT: Known = { time: ABSENT, sure: true, until: 0 };

/** What we know of the times of the folders. */
export class Watch {
  readonly #layout: Layout;
  readonly #known: Known[];

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#known = layout.folders.map(() => UNKNOWN);
  }

  /** Takes times over that were sure when they were recorded; NaN for what was not. */
  restore(times: readonly number[]): void {
    times.slice(0, this.#known.length).forEach((time, tag) => {
      this.#known[tag] = Number.isNaN(time) ? UNKNOWN : surely(time);
    });
  }

  /** What to record: the sure times. */
  times(): number[] {
    return this.#known.map((known) => known.sure ? known.time : NaN);
  }

  /** Nothing is known any more. */
  forget(): void {
    this.#known.fill(UNKNOWN);
  }

  /** The folders (places among the tags) that have to be listed. */
  stale(): number[] {
    const stale: number[] = [];
    for (let tag = 0; tag < this.#known.length; tag++) {
      const known = this.#known[tag] ?? UNKNOWN;
      // A folder that comes into being changes the time of the root.
      const isBelow = this.#layout.rootHoldsMail && tag > 0;
      if (isBelow && known.time === ABSENT && stale[0] !== 0) continue;
      if (!this.#isFresh(tag, known)) stale.push(tag);
    }
    return stale;
  }

  /** The folder's time now; to be asked before it is listed. */
  timeNow(tag: number): number {
    const parent = this.#layout.parents[tag];
    if (parent !== undefined && folderTime(parent, false) === ABSENT) return ABSENT;
    return folderTime(this.#layout.folders[tag] ?? "", tag === 0 && this.#layout.rootHoldsMail);
  }

  /**
   * The folder was listed after its time had been found to be `time` at the moment `asked`.
   * Where not all in it could be read, it is listed again before long.
   */
  listed(tag: number, time: number, asked: number, complete: boolean): void {
    const tick = time % 1000 === 0 ? COARSE_TICK : TICK;
    const sure = complete && (time === ABSENT || asked - time > tick);
    this.#known[tag] = sure ? surely(time) : { time, sure, until: complete ? 0 : asked + TRUST };
  }

  /** Which folders have the times that we know: to be asked before changing something in them. */
  asKnown(): boolean[] {
    const first = this.timeNow(0) === this.#known[0]?.time;
    const root = first && this.#layout.rootHoldsMail;
    return this.#known.map(({ time }, tag) => {
      if (tag === 0) return first;
      if (root && time === ABSENT) return true;
      return this.timeNow(tag) === time;
    });
  }

  /** We have changed something in the folder, which holds so many messages. */
  touched(tag: number, wasCurrent: boolean, messages: number): void {
    const before = this.#known[tag] ?? UNKNOWN;
    if (!wasCurrent) {
      this.#known[tag] = UNKNOWN;
      return;
    }
    const until = before.sure ? Date.now() + TRUST : before.until;
    this.#known[tag] = {
      time: this.timeNow(tag),
      sure: false,
      until: messages > LARGE ? until : 0,
    };
  }

  #isFresh(tag: number, known: Known): boolean {
    if (this.timeNow(tag) !== known.time) return false;
    return known.sure || Date.now() < known.until;
  }
}

function surely(time: number): Known {
  return time === ABSENT ? SURELY_ABSENT : { time, sure: true, until: 0 };
}
