/**
 * Moments as people write them: a date, a date with a time, or how long ago.
 *
 * @module
 */
import { UsageError } from "./errors.ts";
import { quoted } from "./option.ts";

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/**
 * The moment that `text` means, in ms since the epoch; without a zone it is UTC, without a time
 * the beginning of the day.
 *
 * @param label how to name it to whoever wrote it
 * @param now in ms since the epoch
 * @throws {UsageError} if it is no moment.
 */
export function parseSince(text: string, label: string, now: number): number {
  const moment = ago(text, now) ?? date(text);
  if (moment !== undefined) return moment;
  throw new UsageError(
    `Cannot use ${quoted(text)} for ${label}: it must be a date (2026-03-01), a date with a time ` +
      "(2026-03-01T08:30, UTC without a zone behind it), or how long ago (30m, 12h, 7d, 2w)",
  );
}

function ago(text: string, now: number): number | undefined {
  const [, count, unit = ""] = /^(\d{1,6})([mhdw])$/i.exec(text) ?? [];
  const length = UNITS[unit.toLowerCase()];
  return count === undefined || length === undefined ? undefined : now - Number(count) * length;
}

function date(text: string): number | undefined {
  const [, day, time = "T00:00", zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)(?:([T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i
      .exec(text) ?? [];
  if (day === undefined) return undefined;
  const zoned = zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2").toUpperCase();
  const moment = Date.parse(`${day}T${time.slice(1)}${zoned}`);
  const midnight = new Date(`${day}T00:00Z`);
  if (Number.isNaN(moment) || Number.isNaN(midnight.getTime())) return undefined;
  // JavaScript takes the 30th of February for a day in March.
  return midnight.toISOString().startsWith(day) ? moment : undefined;
}
