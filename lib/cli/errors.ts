/**
 * What can go wrong between the program and its surroundings.
 *
 * @module
 */

/** What we print cannot be written: the disk is full, say. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

/** The place where messages are to go cannot be made. */
export class CannotCreateError extends Error {
  override readonly name = "CannotCreateError";
}

/** Whoever read our output went away (`| head`): no fault, only nothing more to do. */
export class OutputClosedError extends Error {
  override readonly name = "OutputClosedError";
}

/** Somebody stopped us with a signal. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  /** 128 and the number of the signal. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("Cannot go on: stopped by a signal");
    this.exitCode = exitCode;
  }
}

/** An error in the words of the command that met it; `cause` is the error and has the exit code. */
export class ExplainedError extends Error {
  override readonly name = "ExplainedError";

  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/** A worker could not start; it has told us why, and with which exit code we should end. */
export class WorkerFailure extends Error {
  override readonly name = "WorkerFailure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Part of the work failed, and what failed was told already; `cause` has the first reason. */
export class PartialFailure extends Error {
  override readonly name = "PartialFailure";
}
