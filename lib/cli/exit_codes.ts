/**
 * The one place where errors become exit codes (those of sysexits.h) and words for people.
 *
 * @module
 */
import { PasswdFileError } from "../auth/errors.ts";
import { BusyError, SignInError } from "../client/errors.ts";
import { knownCode, meansLater } from "../client/refusal_kind.ts";
import { refusedAtSignIn } from "../client/sign_in.ts";
import { ConfigError, InputError, UsageError } from "../config/errors.ts";
import {
  CertificateError,
  ConnectionError,
  type ConnectionErrorKind,
  TimeoutError,
} from "../net/errors.ts";
import { MessageSetError, ProtocolError, ServerRefusal } from "../protocol/errors.ts";
import { StoreError, type StoreErrorKind } from "../stores/errors.ts";
import {
  CannotCreateError,
  ExplainedError,
  InterruptedError,
  OutputClosedError,
  OutputError,
  PartialFailure,
  WorkerFailure,
} from "./errors.ts";

/** What the program's exit code means. */
export const EXIT = {
  done: 0,
  usage: 64,
  badData: 65,
  inputMissing: 66,
  unavailable: 69,
  bug: 70,
  cannotCreate: 73,
  inputOutput: 74,
  temporary: 75,
  protocol: 76,
  notAllowed: 77,
  config: 78,
} as const;

const CONNECTION_CODES: Readonly<Record<ConnectionErrorKind, number>> = {
  refused: EXIT.unavailable,
  "unknown-host": EXIT.unavailable,
  unreachable: EXIT.unavailable,
  "in-use": EXIT.unavailable,
  denied: EXIT.notAllowed,
  tls: EXIT.protocol,
  lost: EXIT.temporary,
};

const STORE_CODES: Readonly<Record<StoreErrorKind, number>> = {
  missing: EXIT.inputMissing,
  gone: EXIT.inputMissing,
  "in-use": EXIT.temporary,
  denied: EXIT.notAllowed,
  "input-output": EXIT.inputOutput,
  corrupt: EXIT.badData,
  config: EXIT.config,
  "bad-tag": EXIT.usage,
  unavailable: EXIT.unavailable,
  temporary: EXIT.temporary,
  protocol: EXIT.protocol,
};

/** The exit code for what ended the program. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof MessageSetError) return EXIT.usage;
  if (error instanceof ConfigError) return EXIT.config;
  if (error instanceof PasswdFileError) {
    return error.kind === "content" ? EXIT.config : EXIT.inputMissing;
  }
  if (error instanceof InputError) return EXIT.inputMissing;
  if (error instanceof ServerRefusal) return refusalCode(error);
  if (error instanceof ConnectionError) return CONNECTION_CODES[error.kind];
  if (error instanceof StoreError) return STORE_CODES[error.kind];
  if (error instanceof CertificateError || error instanceof SignInError) return EXIT.notAllowed;
  if (error instanceof TimeoutError) return EXIT.temporary;
  if (error instanceof ProtocolError) return EXIT.protocol;
  if (error instanceof OutputError) return EXIT.inputOutput;
  if (error instanceof CannotCreateError) return EXIT.cannotCreate;
  if (error instanceof OutputClosedError) return EXIT.done;
  if (error instanceof InterruptedError || error instanceof WorkerFailure) return error.exitCode;
  if (error instanceof PartialFailure || error instanceof ExplainedError) {
    return exitCodeOf(error.cause);
  }
  if (error instanceof Deno.errors.Interrupted) return 130;
  if (error instanceof Deno.errors.NotCapable) return EXIT.notAllowed;
  return EXIT.bug;
}

/** What to tell people about it, without our name before it; `undefined` where nothing is to say. */
export function describeFailure(error: unknown): string | undefined {
  if (error instanceof OutputClosedError || error instanceof InterruptedError) return undefined;
  if (error instanceof PartialFailure || error instanceof Deno.errors.Interrupted) return undefined;
  if (error instanceof Deno.errors.NotCapable) return `Cannot work: ${error.message}`;
  if (
    exitCodeOf(error) !== EXIT.bug || error instanceof ExplainedError ||
    error instanceof BusyError || error instanceof WorkerFailure
  ) return messageOf(error);
  return `Cannot go on: ${messageOf(error)} (this is a fault of izypop3; please report it, with ` +
    `what you did${placeOf(error)})`;
}

/** RFC 2449 §8 and RFC 3206 tell refusals apart; without a code the words and the command do. */
function refusalCode(refusal: ServerRefusal): number {
  const { command } = refusal;
  const code = knownCode(refusal);
  if (code === "AUTH") return EXIT.notAllowed;
  if (code === "SYS/PERM") return EXIT.unavailable;
  if (meansLater(refusal)) return EXIT.temporary;
  if (refusedAtSignIn(refusal)) return EXIT.notAllowed;
  return /^(RETR|TOP|DELE)\b/.test(command) ? EXIT.inputMissing : EXIT.unavailable;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first line of the stack that says where; it makes a report useful. */
function placeOf(error: unknown): string {
  const [, place] = (error instanceof Error ? error.stack ?? "" : "").split("\n    at ");
  return place === undefined ? "" : ` and: at ${place}`;
}
