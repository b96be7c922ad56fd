/**
 * What can go wrong with a connection, told apart by what the user can do about it.
 *
 * @module
 */

/**
 * - `refused`: nobody listens there, or a firewall says so
 * - `unknown-host`: the name does not resolve
 * - `unreachable`: no route
 * - `in-use`: the port that we want to listen on is taken
 * - `denied`: the system does not let us (a port below 1024, say)
 * - `tls`: the TLS handshake failed, but not because of the certificate
 * - `lost`: an established connection broke
 */
export type ConnectionErrorKind =
  | "refused"
  | "unknown-host"
  | "unreachable"
  | "in-use"
  | "denied"
  | "tls"
  | "lost";

/** A connection could not be made, or broke. */
export class ConnectionError extends Error {
  /** `ConnectionError`. */
  override readonly name = "ConnectionError";
  /** What can be done about it depends on this. */
  readonly kind: ConnectionErrorKind;

  /** `message` reads `Cannot X: reason`, and says what to do. */
  constructor(kind: ConnectionErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The peer's certificate is not to be trusted; the message says why and what to do. */
export class CertificateError extends Error {
  /** `CertificateError`. */
  override readonly name = "CertificateError";
}

/** The peer made no progress for too long. */
export class TimeoutError extends Error {
  /** `TimeoutError`. */
  override readonly name = "TimeoutError";
  /** How long we waited, in seconds. */
  readonly seconds: number;

  /** `what` reads `Cannot X`. */
  constructor(what: string, seconds: number) {
    super(`${what}: no progress for ${seconds} seconds`);
    this.seconds = seconds;
  }
}
