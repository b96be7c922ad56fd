/**
 * The errors of a POP3 conversation, whichever end we are.
 *
 * "The server said no" ({@linkcode ServerRefusal}) and "the conversation is broken"
 * ({@linkcode ProtocolError}) are different types: after the first the session goes on,
 * after the second nothing that the peer sends can be trusted any more.
 *
 * @module
 */

/** The server answered `-ERR`: the session goes on, this one command failed. */
export class ServerRefusal extends Error {
  /** The name of this type, as it shows in front of the message. */
  override readonly name = "ServerRefusal";
  /** The verb (and number) that was refused, never with a secret: `RETR 3`. */
  readonly command: string;
  /** The server's own words behind `-ERR` and the response code. */
  readonly text: string;
  /** The response code in upper case, without brackets: `IN-USE`, `SYS/TEMP` (RFC 2449 §8). */
  readonly code: string | undefined;

  /** Of `command`, refused with `text` and perhaps a response code. */
  constructor(command: string, text: string, code?: string) {
    super(`The server refused ${command}: ${text === "" ? "it gave no reason" : text}`);
    this.command = command;
    this.text = text;
    this.code = code;
  }
}

/** The peer did not speak POP3 as it must: the connection is of no more use. */
export class ProtocolError extends Error {
  /** The name of this type, as it shows in front of the message. */
  override readonly name = "ProtocolError";
}

/** A command line that RFC 1939 does not allow; the message is the text of the `-ERR` reply. */
export class CommandError extends Error {
  /** The name of this type, as it shows in front of the message. */
  override readonly name = "CommandError";
}

/** A message set (`--query`) that cannot be read; the message names the part at fault. */
export class MessageSetError extends Error {
  /** The name of this type, as it shows in front of the message. */
  override readonly name = "MessageSetError";
}
