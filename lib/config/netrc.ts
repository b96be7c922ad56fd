/**
 * `~/.netrc`, where curl, ftp and others find passwords by the name of the machine.
 *
 * @module
 */

/** What the file says of a machine. */
export interface NetrcEntry {
  readonly login: string | undefined;
  readonly password: string | undefined;
}

interface Machine {
  readonly name: string | undefined;
  login?: string;
  password?: string;
}

/**
 * The entry for `hostname`: the first of that machine whose login is `login`, or any if that is
 * not given; else `default`. A `login` that differs excludes an entry.
 */
export function findInNetrc(
  text: string,
  hostname: string,
  login: string | undefined,
): NetrcEntry | undefined {
  const wanted = hostname.toLowerCase();
  const machines = readMachines(text);
  const fits = (machine: Machine): boolean =>
    login === undefined || machine.login === undefined || machine.login === login;
  const found =
    machines.find((machine) => machine.name?.toLowerCase() === wanted && fits(machine)) ??
      machines.find((machine) => machine.name === undefined && fits(machine));
  return found === undefined ? undefined : { login: found.login, password: found.password };
}

function readMachines(text: string): Machine[] {
  const machines: Machine[] = [];
  const words = tokens(text);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const current = machines.at(-1);
    if (word === "default") machines.push({ name: undefined });
    else if (word === "machine") machines.push({ name: words[++at] ?? "" });
    else if (word === "login" && current !== undefined) current.login = words[++at] ?? "";
    else if (word === "password" && current !== undefined) current.password = words[++at] ?? "";
    else if (word === "account") at++;
  }
  return machines;
}

/** Words between blanks, or in quotes with `\"` and `\\`; no comments, no macros. */
function tokens(text: string): string[] {
  // A macro goes up to an empty line.
  const plain = text.replace(/^[ \t]*macdef\b[^]*?(?:\n\r?\n|(?![^]))/gm, "");
  const words: string[] = [];
  for (const line of plain.split(/\r?\n/)) {
    for (const [word] of line.matchAll(/"(?:[^"\\]|\\.)*"|\S+/g)) {
      // Only where a name or value could not begin: passwords have # too.
      if (word.startsWith("#") && !expectsValue(words.at(-1))) break;
      words.push(
        word.length > 1 && word.startsWith('"') && word.endsWith('"') ? unquoted(word) : word,
      );
    }
  }
  return words;
}

function expectsValue(word: string | undefined): boolean {
  return word === "machine" || word === "login" || word === "password" || word === "account";
}

function unquoted(word: string): string {
  const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
  return word.slice(1, -1).replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char);
}
