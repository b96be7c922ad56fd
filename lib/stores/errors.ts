/**
 * What can go wrong with a store, told apart by what the user can do about it.
 *
 * @module
 */

/**
 * - `missing`: the folder (or service) that should hold the messages is not there
 * - `gone`: this message is no longer there
 * - `in-use`: another session holds the lock
 * - `denied`: the system does not let us read or write there
 * - `input-output`: the disk is full or failing
 * - `corrupt`: what is stored is not what was stored
 * - `config`: the store's options make no sense
 * - `bad-tag`: a tag that is none of the six
 * - `unavailable`: the service that holds the messages cannot be reached, or is not there
 * - `temporary`: it could be reached but did not do it in time; the same may work later
 * - `protocol`: what it answered is not what such a service answers
 */
export type StoreErrorKind =
  | "missing"
  | "gone"
  | "in-use"
  | "denied"
  | "input-output"
  | "corrupt"
  | "config"
  | "bad-tag"
  | "unavailable"
  | "temporary"
  | "protocol";

/** A store could not do what was asked; the message says what, why and what to do. */
export class StoreError extends Error {
  /** Always `StoreError`. */
  override readonly name = "StoreError";
  /** What kind of thing went wrong. */
  readonly kind: StoreErrorKind;

  /** `message` reads `Cannot X: reason` and what to do. */
  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
