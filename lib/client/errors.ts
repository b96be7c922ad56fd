/**
 * What can go wrong on our side of a session, before the server has a say.
 *
 * @module
 */

/** The sign-in cannot be done as asked: nothing secret was sent. */
export class SignInError extends Error {
  /** `SignInError`. */
  override readonly name = "SignInError";
}

/** A command was given while the messages of another one are still being read. */
export class BusyError extends Error {
  /** `BusyError`. */
  override readonly name = "BusyError";
}
