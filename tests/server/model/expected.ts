/** What the model is told, and what it tells. */

import { isUtf8 } from "node:buffer";
import { latin1 } from "../../helpers/random.ts";
import type { ModelMaildrop } from "./maildrop.ts";

/** What must come back: a status line, and for a multi-line reply its lines or its octets. */
export interface Expected {
  readonly status: RegExp;
  /** The lines of a listing, in whatever order if it is CAPA's. */
  readonly lines?: readonly string[];
  readonly unordered?: boolean;
  /** The octets of a message, un-stuffed. */
  readonly message?: string;
  /** The message that must come without UTF-8 in its header, since the client did not say UTF8. */
  readonly inAscii?: string;
  /** The server closes behind it. */
  readonly closes?: boolean;
}

/** What the server is told to be. */
export interface ModelSite {
  readonly commitMode: boolean;
  readonly tls: boolean;
  readonly requireTls: boolean;
  readonly loginDelay: boolean;
  /** By every spelling of their names; two spellings may be one user. */
  readonly users: ReadonlyMap<string, ModelUser>;
  /** A token that lets this user in. */
  readonly token: string;
  readonly tokenUser: ModelUser;
}

/** Somebody with a password and a maildrop. */
export interface ModelUser {
  readonly name: string;
  readonly password: string;
  readonly drop: ModelMaildrop;
  /** Whether LOGIN-DELAY keeps them out. */
  delayed: boolean;
}

/** A response code in brackets is there exactly when it is told (RFC 2449 §8, RFC 3206). */
export const OK: Expected = { status: /^\+OK($| (?!\[))/ };
export const ERR: Expected = { status: /^-ERR (?!\[)/ };

/** Whether a line of a header is a field in UTF-8 (RFC 6532), given an octet a code unit. */
export function isUtf8Field(line: string): boolean {
  return /^[!-9;-~]+:.*[\x80-\xff]/.test(line) && isUtf8(latin1(line));
}
