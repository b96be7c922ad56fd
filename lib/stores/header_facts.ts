/**
 * What a search wants to know of a message's header, read by `postal-mime`.
 *
 * @module
 */
import type { Email } from "npm:postal-mime@^4.0.0";
import { joined } from "../protocol/octets.ts";

/** Texts to search, as {@linkcode foldText} makes them. */
export interface HeaderFacts {
  /** `NAME <ADDRESS>` of all authors, with commas between. */
  readonly from: string;
  readonly subject: string;
  /** Whether the header has a field at all, and can be read. */
  readonly parsable: boolean;
}

/** Texts are cut there: whoever searches knows the beginning, and an index must not grow at will. */
export const TEXT_LIMIT = 2000;

const LF = 0x0a;
const NONE: HeaderFacts = { from: "", subject: "", parsable: false };
/** RFC 5322 §2.2: the characters of a field's name. */
const FIELD = /^[!-9;-~]+[ \t]*:/;

/** The facts of a header part, with or without its blank line. */
export async function headerFacts(head: Uint8Array): Promise<HeaderFacts> {
  // Loaded when first needed: most commands never look into a header.
  const { addressParser, decodeWords, default: PostalMime } = await import(
    "npm:postal-mime@^4.0.0"
  );
  let email: Email;
  try {
    email = await PostalMime.parse(inUtf8(head));
  } catch {
    return NONE;
  }
  if (!email.headerLines.some(({ line }) => FIELD.test(line))) return NONE;
  const authors = email.headers.filter(({ key }) => key === "from").flatMap(({ value }) => {
    const mailboxes = addressParser(value, { flatten: true });
    return mailboxes.length === 0 ? [decodeWords(value)] : mailboxes.map(mailboxText);
  });
  return {
    from: bounded(authors.join(", ")),
    subject: bounded(email.subject ?? ""),
    parsable: true,
  };
}

/**
 * A text in the form in which texts are compared: composed (NFC), without case, each run of
 * blanks one space.
 */
export function foldText(text: string): string {
  // Upper case, because it makes one of ß and ss, and of the two small sigmas.
  const folded = text.normalize("NFC").toUpperCase().normalize("NFC");
  return folded.replace(/\s+/g, " ").trim().toWellFormed();
}

function bounded(text: string): string {
  return foldText(text.slice(0, TEXT_LIMIT)).slice(0, TEXT_LIMIT).toWellFormed();
}

function mailboxText({ name, address }: { name: string; address?: string | undefined }): string {
  if (address === undefined || address === "") return name;
  return name === "" ? address : `${name} <${address}>`;
}

/**
 * Lines that are UTF-8 (RFC 6532) as they are, others as if in Windows-1252: what those meant who
 * wrote eight bits into headers before there was a rule.
 */
function inUtf8(head: Uint8Array): Uint8Array {
  if (isUtf8(head)) return head;
  const encoder = new TextEncoder();
  const western = new TextDecoder("windows-1252");
  const lines: Uint8Array[] = [];
  for (let at = 0; at < head.length;) {
    const end = head.indexOf(LF, at);
    const line = head.subarray(at, end === -1 ? head.length : end + 1);
    lines.push(isUtf8(line) ? line : encoder.encode(western.decode(line)));
    at += line.length;
  }
  return joined(lines);
}

function isUtf8(octets: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(octets);
    return true;
  } catch {
    return false;
  }
}
