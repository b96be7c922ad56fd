/**
 * How a command line is to be read, by RFC 1939 §3, RFC 2449 §3 and §4, RFC 5034 §5 and RFC 6856:
 * without any code of ours. A line is a string with a code unit for each octet.
 */

/** A command as the model knows it; `undefined` stands for a line that is none. */
export type Said =
  | { readonly verb: "USER"; readonly name: string }
  | { readonly verb: "PASS"; readonly password: string }
  | { readonly verb: "APOP"; readonly name: string; readonly digest: string }
  | { readonly verb: "AUTH"; readonly mechanism?: string; readonly initial?: string }
  | { readonly verb: "LANG"; readonly tag?: string }
  | { readonly verb: "TOP"; readonly number: number; readonly lines: number }
  | { readonly verb: "RETR" | "DELE"; readonly number: number }
  | { readonly verb: "LIST" | "UIDL"; readonly number?: number }
  | { readonly verb: "CAPA" | "STLS" | "UTF8" | "STAT" | "NOOP" | "RSET" | "QUIT" };

/** RFC 2449 §4: octets of a command with its CRLF. */
const LONGEST = 255;

/** Reads a line without its ending, which had `ending` octets. */
export function read(line: string, ending: number): Said | undefined {
  if (line.length + ending > LONGEST) return undefined;
  const space = line.indexOf(" ");
  const verb = (space === -1 ? line : line.slice(0, space)).toUpperCase();
  const rest = space === -1 ? undefined : line.slice(space + 1);
  if (verb === "PASS") return rest === undefined ? undefined : { verb, password: rest };
  if (verb === "USER") {
    const name = rest === undefined ? undefined : nameIn(rest);
    return name === undefined ? undefined : { verb, name };
  }
  if (verb === "APOP") return readApop(rest ?? "");
  // Spaces at the end are forgiven; anything else must be apart by one.
  const words = (rest ?? "").replace(/ +$/, "").split(" ");
  const args = words.length === 1 && words[0] === "" ? [] : words;
  return args.every((each) => /^[\x21-\x7e]+$/.test(each)) ? readWords(verb, args) : undefined;
}

function readWords(verb: string, args: readonly string[]): Said | undefined {
  const [first, second] = args;
  switch (verb) {
    case "CAPA":
    case "STLS":
    case "UTF8":
    case "STAT":
    case "NOOP":
    case "RSET":
    case "QUIT":
      return args.length === 0 ? { verb } : undefined;
    case "LIST":
    case "UIDL":
      if (args.length === 0) return { verb };
      return args.length === 1 && isNumber(first) ? { verb, number: Number(first) } : undefined;
    case "RETR":
    case "DELE":
      return args.length === 1 && isNumber(first) ? { verb, number: Number(first) } : undefined;
    case "TOP":
      if (args.length !== 2 || !isNumber(first) || !isCount(second)) return undefined;
      return { verb, number: Number(first), lines: Number(second) };
    case "LANG":
      if (args.length === 0) return { verb };
      if (args.length > 1 || !/^(\*|[A-Za-z0-9]+(-[A-Za-z0-9]+)*)$/.test(first ?? "")) return;
      return { verb, tag: first ?? "" };
    case "AUTH":
      return readAuth(args);
  }
  return undefined;
}

function readAuth([mechanism, initial, ...more]: readonly string[]): Said | undefined {
  if (mechanism === undefined) return { verb: "AUTH" };
  if (more.length > 0 || !/^[A-Z0-9_-]{1,20}$/i.test(mechanism)) return undefined;
  if (initial === undefined) return { verb: "AUTH", mechanism: mechanism.toUpperCase() };
  if (!/^(=|[A-Za-z0-9+/]+={0,2})$/.test(initial)) return undefined;
  return { verb: "AUTH", mechanism: mechanism.toUpperCase(), initial };
}

function readApop(rest: string): Said | undefined {
  const [, octets = "", digest = ""] = /^(.+) ([0-9a-f]{32}) *$/is.exec(rest) ?? [];
  const name = nameIn(octets);
  return name === undefined ? undefined : { verb: "APOP", name, digest: digest.toLowerCase() };
}

/** The text of a name, which is UTF-8 without controls (RFC 6856 §2.2). */
export function nameIn(octets: string): string | undefined {
  try {
    const bytes = Uint8Array.from(octets, (each) => each.charCodeAt(0));
    const name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // deno-lint-ignore no-control-regex -- just those are meant
    return name === "" || /[\x00-\x1f\x7f]/.test(name) ? undefined : name;
  } catch {
    return undefined;
  }
}

/** A message number: decimal digits, and there is no message 0. */
function isNumber(word: string | undefined): boolean {
  return isCount(word) && Number(word) > 0;
}

function isCount(word: string | undefined): boolean {
  return /^[0-9]{1,10}$/.test(word ?? "");
}

/** The octets that a Base64 text stands for; `undefined` where it is not exactly that. */
export function fromBase64(text: string): string | undefined {
  const canonical = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  if (!canonical.test(text)) return undefined;
  const octets = atob(text);
  return btoa(octets) === text ? octets : undefined;
}
