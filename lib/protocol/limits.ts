/**
 * Every bound on what a peer can make us hold, in octets unless the name says otherwise.
 *
 * @module
 */

/** A command line with its CRLF (RFC 2449 §4). */
export const COMMAND_LINE_LIMIT = 255;

/** A SASL continuation line with its CRLF: OAuth tokens pass 4 KiB, nothing sane passes this. */
export const SASL_LINE_LIMIT = 64 * 1024;

/** A reply line with its CRLF that we send (RFC 1939 §3). */
export const REPLY_LINE_LIMIT = 512;

/** A reply line that we accept: real servers put whole URLs behind `-ERR`. */
export const REPLY_LINE_ACCEPTED = 8 * 1024;

/** Lines of one listing (LIST, UIDL) that we accept: all are held, with their ids a GB or so. */
export const LISTING_LINES_ACCEPTED = 2_000_000;

/** Octets of one listing that we accept: as many lines with ids of 70 characters, and more. */
export const LISTING_OCTETS_ACCEPTED = 256 * 1024 * 1024;

/** A message may be so many times larger than LIST said: some servers tell compressed sizes ... */
export const MESSAGE_OVERRUN_FACTOR = 16;

/** ... and so many octets more than that, for servers that give no sizes at all. */
export const MESSAGE_OVERRUN = 256 * 1024 * 1024;

/** Message numbers have at most this many digits, so they stay exact as JavaScript numbers. */
export const NUMBER_DIGITS = 10;

/** A UIDL value (RFC 1939 §7). */
export const UIDL_LIMIT = 70;

/** One read from a socket. */
export const READ_CHUNK = 64 * 1024;

/** One read of a client, of which there are few: large messages come in fewer and larger parts. */
export const CLIENT_READ_CHUNK = 256 * 1024;

/** Replies that gather before one write; a body of this size or more goes out in blocks of it. */
export const WRITE_CHUNK = 64 * 1024;

/** A message that is read and sent in one piece: with its status line and end it fits in a write. */
export const SMALL_MESSAGE = 60 * 1024;

/** A message that is read before it is asked for: what each session may hold then. */
export const READ_AHEAD = 16 * 1024;

/** Replies of a pipelining client that wait to be written; beyond it no more input is read. */
export const WRITE_BACKLOG = 256 * 1024;

/**
 * Bad commands before a sign-in, after which the connection is closed: who tries out each command
 * where it does not belong may go on, a web browser may not.
 */
export const BAD_COMMANDS_BEFORE_SIGN_IN = 25;

/** Failed sign-ins after which the connection is closed. */
export const FAILED_SIGN_INS = 3;

/** Commands that a client sends ahead of their replies: hides the delay of any usual network. */
export const PIPELINE_COMMANDS = 100;

/** Announced octets of replies under way: what is fetched in vain when a session is cut short. */
export const PIPELINE_OCTETS = 4 * 1024 * 1024;

/** Lines of a reply to CAPA that we accept. */
export const CAPABILITIES_ACCEPTED = 1_000;

/** A user name in a SASL message, in UTF-8: RFC 4616 §2 wants that much, file names allow no more. */
export const SASL_NAME_LIMIT = 255;

/** A password in a SASL message: more than any pass phrase, less than what would cost us time. */
export const SASL_PASSWORD_LIMIT = 1024;

/** A SCRAM message: its name, nonces and extensions. */
export const SCRAM_MESSAGE_LIMIT = 4 * 1024;

/** SCRAM iterations that a client computes for a server: about a second, not a day. */
export const SCRAM_ITERATIONS_ACCEPTED = 5_000_000;

/** Iterations a line of the users file may ask for; each sign-in then costs about two seconds. */
export const PASSWD_ITERATIONS_ACCEPTED = 10_000_000;

/** A reply of an OAuth introspection server. */
export const INTROSPECTION_REPLY_ACCEPTED = 64 * 1024;

/** A text header of the PROXY protocol with its CRLF (version 1). */
export const PROXY_LINE_LIMIT = 107;

/** Seconds for a proxy's header to arrive; HAProxy wants three at least: one lost packet. */
export const PROXY_HEADER_SECONDS = 5;

/** A header that is looked through for UTF-8; what has no blank line until then is no header. */
export const HEADER_LIMIT = 1024 * 1024;

/** A header field that is held to be written anew in ASCII; To fields of a thousand people exist. */
export const HEADER_FIELD_LIMIT = 64 * 1024;

/** Parts of a message whose headers are looked through: what has more was made to cost time. */
export const MIME_PARTS = 1_000;

/** A line that begins a MIME part: its boundary has 70 characters at most (RFC 2046 §5.1.1). */
export const MIME_DELIMITER_LINE = 256;
