import { CommandError } from "./errors.ts";
import { NUMBER_DIGITS } from "./limits.ts";
import { readQuickly } from "./quick_command.ts";
import { CR, EMPTY, join, LF } from "./octets.ts";

/** A command of RFC 1939, 2449, 2595, 5034 or 6856, told apart by its verb in upper case. */
export type Command =
  | { readonly verb: "USER"; readonly name: string }
  | { readonly verb: "PASS"; readonly password: Uint8Array }
  | {
    readonly verb: "APOP";
    readonly name: string;
    /** 32 hex digits in lower case. */
    readonly digest: string;
  }
  | {
    readonly verb: "AUTH";
    /** In upper case; without it the client asks for a list of mechanisms. */
    readonly mechanism?: string;
    /** The initial response as it came: base64, or "=" for an empty one (RFC 5034 §4). */
    readonly initial?: string;
  }
  | { readonly verb: "CAPA" | "STLS" | "STAT" | "NOOP" | "RSET" | "QUIT" | "UTF8" }
  | {
    readonly verb: "LANG";
    /** A language tag, or "*" for the server's own choice (RFC 6856 §3). */
    readonly tag?: string;
  }
  | { readonly verb: "LIST" | "UIDL"; readonly number?: number }
  | { readonly verb: "RETR" | "DELE"; readonly number: number }
  | { readonly verb: "TOP"; readonly number: number; readonly lines: number };

/** The verbs, in upper case. */
export type Verb = Command["verb"];

const NUMBER = new RegExp(`^[0-9]{1,${NUMBER_DIGITS}}$`);
const LARGEST_NUMBER = 10 ** NUMBER_DIGITS - 1;
const DIGEST = /^[0-9a-f]{32}$/i;
const MECHANISM = /^[A-Z0-9_-]{1,20}$/i;
const INITIAL_RESPONSE = /^(=|[A-Za-z0-9+/]+={0,2})$/;
const LANGUAGE_TAG = /^(\*|[A-Za-z0-9]+(-[A-Za-z0-9]+)*)$/;
// deno-lint-ignore no-control-regex -- control characters are just what is looked for
const CONTROLS = /[\x00-\x1f\x7f]/;
/** C1 controls count as well where a log shows a name. */
// deno-lint-ignore no-control-regex -- as above
const ALL_CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;
const SPACE = 0x20;

/**
 * Reads a command line (without its ending), strictly: verbs in any case, arguments apart by one
 * space, spaces at the end tolerated. USER and PASS take all that stands behind the first space,
 * for names and passwords with spaces exist.
 *
 * @throws {CommandError} whose message is the text for `-ERR`; it repeats nothing of the line.
 */
export function parseCommand(line: Uint8Array): Command {
  return readQuickly(line) ?? parseFully(line);
}

function parseFully(line: Uint8Array): Command {
  const space = line.indexOf(SPACE);
  const verb = asciiText(space === -1 ? line : line.subarray(0, space)).toUpperCase();
  const rest = space === -1 ? undefined : line.subarray(space + 1);
  switch (verb) {
    case "USER":
      return { verb, name: nameFrom(verb, rest) };
    case "PASS":
      if (rest === undefined) throw new CommandError("PASS needs a password");
      return { verb, password: rest.slice() };
    case "APOP":
      return parseApop(rest);
    default:
      return parseWords(verb, wordsOf(rest));
  }
}

function parseWords(verb: string, words: readonly string[]): Command {
  const [first, second] = words;
  switch (verb) {
    case "CAPA":
    case "STLS":
    case "STAT":
    case "NOOP":
    case "RSET":
    case "QUIT":
    case "UTF8":
      expectWords(verb, words, 0, 0);
      return { verb };
    case "LIST":
    case "UIDL":
      expectWords(verb, words, 0, 1);
      return first === undefined ? { verb } : { verb, number: messageNumber(first) };
    case "RETR":
    case "DELE":
      expectWords(verb, words, 1, 1);
      return { verb, number: messageNumber(first) };
    case "TOP":
      expectWords(verb, words, 2, 2);
      return { verb, number: messageNumber(first), lines: wholeNumber(second, "A line count") };
    case "AUTH":
      expectWords(verb, words, 0, 2);
      return parseAuth(first, second);
    case "LANG":
      expectWords(verb, words, 0, 1);
      if (first === undefined) return { verb };
      if (!LANGUAGE_TAG.test(first)) throw new CommandError("LANG takes a language tag or *");
      return { verb, tag: first };
    default:
      throw new CommandError("Unknown command");
  }
}

function parseApop(rest: Uint8Array | undefined): Command {
  const argument = decodeName("APOP", rest).trimEnd();
  const space = argument.lastIndexOf(" ");
  const digest = argument.slice(space + 1);
  if (space < 1 || !DIGEST.test(digest)) {
    throw new CommandError("APOP needs a name and a digest of 32 hex digits");
  }
  return { verb: "APOP", name: argument.slice(0, space), digest: digest.toLowerCase() };
}

function parseAuth(mechanism: string | undefined, initial: string | undefined): Command {
  if (mechanism === undefined) return { verb: "AUTH" };
  if (!MECHANISM.test(mechanism)) throw new CommandError("AUTH needs the name of a mechanism");
  if (initial === undefined) return { verb: "AUTH", mechanism: mechanism.toUpperCase() };
  if (!INITIAL_RESPONSE.test(initial)) {
    throw new CommandError("AUTH needs an initial response in base64, or = for an empty one");
  }
  return { verb: "AUTH", mechanism: mechanism.toUpperCase(), initial };
}

function nameFrom(verb: string, rest: Uint8Array | undefined): string {
  const name = decodeName(verb, rest);
  if (name === "") throw new CommandError(`${verb} needs a name`);
  return name;
}

function decodeName(verb: string, octets: Uint8Array | undefined): string {
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw new CommandError(`${verb} needs a name in ASCII or UTF-8`);
  }
  if (CONTROLS.test(name)) throw new CommandError(`${verb} takes no control characters`);
  return name;
}

/** Octets as text; any that is not printable ASCII is an error. */
function asciiText(octets: Uint8Array): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets);
  if (!/^[\x20-\x7e]*$/.test(text)) {
    throw new CommandError("Commands are made of printable ASCII characters");
  }
  return text;
}

function wordsOf(rest: Uint8Array | undefined): readonly string[] {
  if (rest === undefined) return [];
  const text = asciiText(rest).trimEnd();
  return text === "" ? [] : text.split(" ");
}

function expectWords(verb: Verb, words: readonly string[], least: number, most: number): void {
  if (words.includes("")) throw new CommandError("Arguments are apart by one space");
  if (words.length >= least && words.length <= most) return;
  const wanted = least === most ? `${most}` : `${least} to ${most}`;
  throw new CommandError(`${verb} takes ${most === 0 ? "no" : wanted} ${plural(most)}`);
}

function plural(count: number): string {
  return count === 1 ? "argument" : "arguments";
}

function messageNumber(word: string | undefined): number {
  const number = wholeNumber(word, "A message number");
  if (number === 0) throw new CommandError("Message numbers start at 1");
  return number;
}

function wholeNumber(word: string | undefined, what: string): number {
  if (word === undefined || !NUMBER.test(word)) {
    throw new CommandError(`${what} is made of 1 to ${NUMBER_DIGITS} decimal digits`);
  }
  return Number(word);
}

/** The command for a log: on one line, and never with a secret. */
export function describeCommand(command: Command): string {
  switch (command.verb) {
    case "PASS":
      return "PASS ***";
    case "APOP":
      return `APOP ${printable(command.name)} ***`;
    case "AUTH":
      return command.initial === undefined
        ? printable(argumentsOf(command).join(" "))
        : `AUTH ${printable(command.mechanism ?? "")} ***`;
    default:
      return printable(argumentsOf(command).join(" "));
  }
}

/** What may be kept of a command that is to be described later: a secret does not stay in memory. */
export function withoutSecret(command: Command): Command {
  switch (command.verb) {
    case "PASS":
      return { verb: "PASS", password: EMPTY };
    case "APOP":
      return { ...command, digest: "" };
    case "AUTH":
      return command.initial === undefined ? command : { ...command, initial: "" };
    default:
      return command;
  }
}

function printable(text: string): string {
  return text.replace(ALL_CONTROLS, "?");
}

/**
 * The command as a client sends it, with CRLF.
 *
 * @throws {CommandError} if an argument would break the line or the syntax; never with a secret.
 */
export function encodeCommand(command: Command): Uint8Array {
  const encoder = new TextEncoder();
  const words = argumentsOf(command).map(checked(command)).join(" ");
  if (command.verb !== "PASS") return encoder.encode(`${words}\r\n`);
  if (command.password.includes(CR) || command.password.includes(LF)) {
    throw new CommandError("Cannot send PASS: a password holds no line ends");
  }
  return join(join(encoder.encode(`${words} `), command.password), Uint8Array.of(CR, LF));
}

/** The verb and its arguments; a password is left out. */
function argumentsOf(command: Command): readonly string[] {
  switch (command.verb) {
    case "USER":
      return [command.verb, command.name];
    case "APOP":
      return [command.verb, command.name, command.digest];
    case "AUTH":
      if (command.mechanism === undefined && command.initial === undefined) return [command.verb];
      return [command.verb, command.mechanism ?? "", command.initial].filter((word) =>
        word !== undefined
      );
    case "LANG":
      return command.tag === undefined ? [command.verb] : [command.verb, command.tag];
    case "LIST":
    case "UIDL":
      return command.number === undefined ? [command.verb] : [command.verb, `${command.number}`];
    case "RETR":
    case "DELE":
      return [command.verb, `${command.number}`];
    case "TOP":
      return [command.verb, `${command.number}`, `${command.lines}`];
    default:
      return [command.verb];
  }
}

/** Refuses arguments that the peer would take for something else. */
function checked(command: Command): (word: string, index: number) => string {
  const numeric = "number" in command;
  return (word, index) => {
    const isName = index === 1 && (command.verb === "USER" || command.verb === "APOP");
    if (word === "" || CONTROLS.test(word) || (word.includes(" ") && !isName)) {
      throw new CommandError(`Cannot send ${command.verb}: an argument is empty or not one word`);
    }
    const least = command.verb === "TOP" && index === 2 ? 0 : 1;
    const value = Number(word);
    if (
      numeric && index > 0 &&
      !(Number.isInteger(value) && value >= least && value <= LARGEST_NUMBER)
    ) {
      throw new CommandError(`Cannot send ${command.verb}: ${word} is not a number it takes`);
    }
    return word;
  };
}
