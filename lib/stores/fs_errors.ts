/**
 * The errors of the file system, told apart by what the user can do about them.
 *
 * @module
 */
import { StoreError, type StoreErrorKind } from "./errors.ts";

interface Advice {
  readonly kind: StoreErrorKind;
  readonly reason: string;
}

/** By the code that the system gave; what is not here is told by the class of the error. */
const BY_CODE: Readonly<Record<string, Advice>> = {
  ENOENT: { kind: "missing", reason: "it is not there; create it, or correct the path" },
  ENOTDIR: { kind: "missing", reason: "a part of the path is a file, not a folder" },
  EISDIR: { kind: "missing", reason: "it is a folder, not a file" },
  EACCES: { kind: "denied", reason: "the system does not permit it; check owner and mode" },
  EPERM: { kind: "denied", reason: "the system does not permit it; check owner and mode" },
  EROFS: { kind: "denied", reason: "the file system is read-only" },
  ENOSPC: { kind: "input-output", reason: "the disk is full; free some space and try again" },
  EDQUOT: { kind: "input-output", reason: "the disk quota is used up; free some space" },
  EFBIG: { kind: "input-output", reason: "the file system does not take a file so large" },
  EIO: { kind: "input-output", reason: "the disk fails; check it before anything else" },
  EMFILE: { kind: "input-output", reason: "too many files are open; raise the limit (ulimit -n)" },
  ENFILE: { kind: "input-output", reason: "the system has too many files open" },
  EXDEV: { kind: "config", reason: "its folders are on several file systems; use a single one" },
  ENAMETOOLONG: {
    kind: "config",
    reason: "the path, or the file's name, is too long; use a shorter one",
  },
  ELOOP: { kind: "config", reason: "symbolic links go round in a circle" },
};

/** Whether the system said that something is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound;
}

/** Whether something is there already. */
export function isPresent(error: unknown): boolean {
  return error instanceof Deno.errors.AlreadyExists;
}

/** Whether the system refuses writing there: no permission, or a read-only file system. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && adviceFor(error)?.kind === "denied";
}

/** Whether there is no room: the disk is full, or the user's share of it. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/**
 * What to throw in place of `error`: a {@linkcode StoreError} that reads
 * `Cannot <what>: <reason>` for errors of the file system, others as they are.
 */
export function toStoreError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const advice = adviceFor(error);
  if (advice === undefined) return error;
  return new StoreError(advice.kind, `Cannot ${what}: ${advice.reason}`, { cause: error });
}

/** What `work` gives; its errors as {@linkcode toStoreError} makes them. */
export function orStoreError<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error, what);
  }
}

/** As {@linkcode orStoreError}, for work that takes its time. */
export async function orStoreErrorLater<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error, what);
  }
}

function adviceFor(error: Error): Advice | undefined {
  if (error instanceof Deno.errors.NotCapable) {
    return { kind: "denied", reason: `Deno was started without the permission (${error.message})` };
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  if (error instanceof Deno.errors.NotFound) return BY_CODE["ENOENT"];
  if (error instanceof Deno.errors.PermissionDenied) return BY_CODE["EACCES"];
  const isSystem = code !== "" || error.message.includes("(os error");
  return isSystem ? { kind: "input-output", reason: error.message } : undefined;
}
