/**
 * The one place that turns errors into `-ERR` replies.
 *
 * @module
 */

import { SignInUnavailableError } from "../auth/errors.ts";
import { CommandError } from "../protocol/errors.ts";
import { StoreError, type StoreErrorKind } from "../stores/errors.ts";
import { err, type Outcome } from "./outcome.ts";

/**
 * The reply for an error that a command ended in. The words of a store stay in the log (as the
 * outcome's `fault`): they may name folders. Codes are those of RFC 3206 and RFC 2449 §8.1.
 */
export function refusalOf(error: unknown): Outcome {
  if (error instanceof CommandError) return err(error.message);
  if (error instanceof StoreError) {
    const refusal = STORE_REFUSALS[error.kind];
    // Another session of the same user is no fault of anybody.
    return error.kind === "in-use" ? refusal : { ...refusal, fault: error };
  }
  if (error instanceof SignInUnavailableError) {
    const code = error.permanent ? "SYS/PERM" : "SYS/TEMP";
    return { ...err("Nobody can sign in this way right now.", code), fault: error };
  }
  return { ...err("Something went wrong here, try again later.", "SYS/TEMP"), fault: error };
}

const STORE_REFUSALS: Readonly<Record<StoreErrorKind, Outcome>> = {
  "missing": err("The maildrop is not there.", "SYS/PERM"),
  "gone": err("This message is no longer there.", "SYS/TEMP"),
  "in-use": err("The maildrop is in use by another session.", "IN-USE"),
  "denied": err("The maildrop cannot be opened.", "SYS/PERM"),
  "input-output": err("The maildrop cannot be read right now, try again later.", "SYS/TEMP"),
  "corrupt": err("What is stored here is damaged.", "SYS/PERM"),
  "config": err("The maildrop is not set up as it must be.", "SYS/PERM"),
  "bad-tag": err("The maildrop is not set up as it must be.", "SYS/PERM"),
  "unavailable": err("The maildrop cannot be reached right now, try again later.", "SYS/TEMP"),
  "temporary": err("The maildrop cannot be reached right now, try again later.", "SYS/TEMP"),
  "protocol": err("The maildrop cannot be read right now, try again later.", "SYS/TEMP"),
};
