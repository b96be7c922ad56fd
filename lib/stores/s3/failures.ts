/**
 * What an object store does not do, told apart by what one can do about it. Only its error code is
 * shown: its words may hold the id of the access key, and what was signed.
 *
 * @module
 */
import { StoreError, type StoreErrorKind } from "../errors.ts";

const CODES: Readonly<Record<string, readonly [StoreErrorKind, string]>> = {
  NoSuchBucket: ["missing", "create the bucket, or correct its name"],
  AccessDenied: ["denied", "check what the access key may do"],
  InvalidAccessKeyId: ["denied", "check accesskeyid"],
  SignatureDoesNotMatch: ["denied", "check secretaccesskey and region"],
  ExpiredToken: ["denied", "the session token has run out"],
  InvalidToken: ["denied", "check the session token"],
  RequestTimeTooSkewed: ["denied", "set this machine's clock"],
  AuthorizationHeaderMalformed: ["config", "check region"],
  PermanentRedirect: ["config", "check endpoint and region"],
  EntityTooSmall: ["config", "raise partOctets"],
  EntityTooLarge: ["config", "it takes no object so large"],
  QuotaExceeded: ["input-output", "its storage is used up"],
  ConditionalRequestConflict: ["temporary", "try again later"],
  OperationAborted: ["temporary", "try again later"],
  RequestTimeout: ["temporary", "try again later"],
  SlowDown: ["temporary", "try again later"],
};

/** An answer with a status that was not asked for. */
export function answerFailure(what: string, status: number, body: string): StoreError {
  const code = /<Code>([A-Za-z0-9.]{1,60})<\/Code>/.exec(body)?.[1] ?? "";
  const [kind, advice] = CODES[code] ?? byStatus(status);
  const shown = code === "" ? `HTTP status ${status}` : `${code} (HTTP status ${status})`;
  return new StoreError(kind, `Cannot ${what}: the object store says ${shown}; ${advice}`);
}

function byStatus(status: number): readonly [StoreErrorKind, string] {
  if (status === 401 || status === 403) return ["denied", "check the access key"];
  if (status === 404) return ["missing", "check endpoint and bucket"];
  if (status === 408 || status === 409 || status === 425 || status === 429) {
    return ["temporary", "try again later"];
  }
  if (status === 501) return ["config", "it lacks what this store needs of it"];
  if (status >= 500) return ["temporary", "try again later"];
  if (status >= 300 && status < 400) return ["config", "check endpoint and region"];
  return ["protocol", "check endpoint"];
}
