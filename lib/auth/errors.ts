/**
 * What can go wrong with signing in, other than a wrong password.
 *
 * @module
 */

/** Whether somebody may sign in cannot be told, through no fault of theirs. */
export class SignInUnavailableError extends Error {
  /** The name of this type, as it shows in front of the message. */
  override readonly name = "SignInUnavailableError";
  /** Whether it stays so until an administrator does something: `SYS/PERM`, not `SYS/TEMP`. */
  readonly permanent: boolean;

  /** `message` reads `Cannot X: reason`; it is for the log, not for the client. */
  constructor(message: string, options: ErrorOptions & { readonly permanent: boolean }) {
    super(message, options);
    this.permanent = options.permanent;
  }
}

/** The users file cannot be used; the message names the file and the line, and never a secret. */
export class PasswdFileError extends Error {
  /** The name of this type, as it shows in front of the message. */
  override readonly name = "PasswdFileError";
  /** The file is not there, cannot be read, or what it says cannot be understood. */
  readonly kind: "missing" | "unreadable" | "content";

  /** `message` reads `Cannot X: reason`. */
  constructor(kind: PasswdFileError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
