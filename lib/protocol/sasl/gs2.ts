/**
 * The GS2 header (RFC 5801 §4), with which the messages of SCRAM and OAUTHBEARER begin:
 * `n,,` or `y,a=name,`.
 *
 * @module
 */

import { SaslError } from "../sasl.ts";
import { readName } from "./text.ts";

/** What a GS2 header says. */
export interface Gs2Header {
  /** The header itself, with its last comma. */
  readonly text: string;
  /** The authorization identity, prepared. */
  readonly authzid: string | undefined;
}

/** `y`, a client that could bind and believes that we cannot, is as good as `n`: it is right. */
const HEADER = /^[ny],(?:a=([^,]*))?,/;

/**
 * Reads the header at the beginning of a message.
 *
 * @throws {SaslError} if there is none, or one with channel binding, which we do not offer.
 */
export function readGs2Header(message: string): Gs2Header {
  if (message.startsWith("p=")) {
    throw new SaslError("Channel binding is not offered here.");
  }
  const match = HEADER.exec(message);
  if (match === null) throw new SaslError("The message does not begin with a GS2 header.");
  const [text, name] = match;
  return { text, authzid: name === undefined ? undefined : readSaslName(name) };
}

/** The header of a client that binds to no channel. */
export function writeGs2Header(authzid?: string): string {
  return authzid === undefined ? "n,," : `n,a=${escapeSaslName(authzid)},`;
}

/** A name as it stands in a message: comma and equals sign would end it (RFC 5802 §5.1). */
export function escapeSaslName(name: string): string {
  if (name.includes("\0")) throw new SaslError("Cannot send this user name: it has a NUL.");
  return name.replaceAll("=", "=3D").replaceAll(",", "=2C");
}

/**
 * The way back, prepared.
 *
 * @throws {SaslError} if an equals sign stands for anything else (RFC 5802 §5.1), or for what
 *   {@linkcode readName} throws.
 */
export function readSaslName(text: string): string {
  if (/=(?!2C|3D)/.test(text)) throw new SaslError("The user name is escaped wrongly.");
  return readName(text.replaceAll("=2C", ",").replaceAll("=3D", "="));
}
