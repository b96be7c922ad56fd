/**
 * What the data service and the way to it do not do, told apart by what one can do about it.
 *
 * @module
 */
import { StoreError, type StoreErrorKind } from "../errors.ts";

/** What database and gateway say, by words, since the wire has no codes for it. */
const REASONS: readonly (readonly [RegExp, StoreErrorKind, string])[] = [
  [
    /max_allowed_packet|packet too large|post_max_size|request (?:entity )?too large/i,
    "config",
    "raise max_allowed_packet there to more than twice the largest message",
  ],
  [
    /deadlock|lock wait timeout|restarting transaction|too many connections|gone away|lost connection|timed? ?out|try (?:it )?(?:again|later)|read[- ]only/i,
    "temporary",
    "try again later",
  ],
  [
    /doesn't exist|does not exist|no such table|unknown (?:database|table)/i,
    "missing",
    "create the table as docs/cloud.sql shows, or correct tablename",
  ],
  [
    /token|denied|unauthori[sz]ed|not authori[sz]ed|forbidden|permission|not permitted|not allowed/i,
    "denied",
    "check accesstoken, and what its owner may do",
  ],
  [
    /too long|unknown column|collation|incorrect string value|doesn't have a default/i,
    "config",
    "make the table as docs/cloud.sql shows",
  ],
];

const REASON_LENGTH = 200;

/** The service answered `FAIL`. */
export function failure(what: string, reason: string, token: string | undefined): StoreError {
  const said = shown(reason, token);
  for (const [pattern, kind, advice] of REASONS) {
    if (pattern.test(reason)) {
      return new StoreError(kind, `Cannot ${what}: the data service says "${said}"; ${advice}`);
    }
  }
  return new StoreError("input-output", `Cannot ${what}: the data service says "${said}"`);
}

/** The service, or what stands before it, answered with another status than 200. */
export function httpFailure(what: string, status: number): StoreError {
  const [kind, advice] = statusAdvice(status);
  return new StoreError(
    kind,
    `Cannot ${what}: the data service answered with HTTP status ${status}; ${advice}`,
  );
}

function statusAdvice(status: number): readonly [StoreErrorKind, string] {
  if (status === 401 || status === 403) return ["denied", "check accesstoken"];
  if (status === 404 || status === 410) return ["unavailable", "check dataservice"];
  if (status === 413) return ["config", "let it take larger requests, or lower batchoctets"];
  if (status === 408 || status === 425 || status === 429) return ["temporary", "try again later"];
  if (status === 411 || status === 501) return ["protocol", "it does not take such a request"];
  if (status >= 500) return ["temporary", "try again later, or look at its log"];
  if (status >= 300 && status < 400) return ["protocol", "it redirects: give the final URL"];
  return ["protocol", "what answers is no data service; check dataservice"];
}

/** The service's own words, on one line, without the token and not without end. */
function shown(reason: string, token: string | undefined): string {
  const hidden = token === undefined || token === "" ? reason : reason.replaceAll(token, "***");
  // deno-lint-ignore no-control-regex -- they are what must not reach a terminal
  const line = hidden.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ").trim();
  return line.length > REASON_LENGTH ? `${line.slice(0, REASON_LENGTH)}…` : line;
}
