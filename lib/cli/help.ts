/**
 * What `help` and `--help` print, made from the tables.
 *
 * @module
 */
import { expectation, type OptionSpec, type OptionTable } from "../config/option.ts";
import { type Command, COMMANDS } from "./command_table.ts";

/** Where the descriptions begin. */
const INDENT = 30;
/** Where lines break. */
const WIDTH = 96;

/** The help of the whole program. */
export function programHelp(): string {
  const names = Object.entries(COMMANDS).map(([name, { about }]) => row(name, about, 14));
  return [
    "izypop3 - POP3 server, client and stores of messages",
    "",
    "Usage: izypop3 COMMAND [flags]",
    "",
    "Commands:",
    ...names,
    row("help", "print this, or with a command behind it that command's flags", 14),
    "",
    "izypop3 --version prints the version. Each command has --help.",
    "The old form with word pairs works too: izypop3 method serverpop3 port 1110 password 12345",
    "",
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(name: string, command: Command): string {
  return [
    `izypop3 ${name} - ${command.about}`,
    "",
    ...wrap(`Usage: izypop3 ${name} ${command.usage}`, 7),
    "",
    "Flags:",
    ...flags(command.options),
    row("  --help", "print this"),
    "",
    ...wrap(
      "Each flag is also a variable (--mimestore.path is IZYPOP3_MIMESTORE_PATH) and a key in " +
        "the file of --config. Flags win over variables, variables over the file.",
      0,
    ),
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

/** How a flag is written: `--port N`. */
export function flagSyntax(name: string, spec: OptionSpec): string {
  if (spec.kind === "boolean") return spec.default === "true" ? `--no-${name}` : `--${name}`;
  return `--${name} ${placeholder(spec)}`;
}

/** What a flag does, with its other name and what it may be. */
export function flagFacts(spec: OptionSpec): string {
  const facts = spec.kind === "boolean" && spec.default === "true"
    ? [`do not ${spec.about}`]
    : [spec.about];
  if (spec.kind === "choice" && choices(spec).length > SHORT) facts.push(expectation(spec));
  if (spec.alias !== undefined) facts.push(`also --${spec.alias}`);
  return facts.join("; ");
}

/** A flag's default in words, if it has one. */
export function flagDefault(spec: OptionSpec): string | undefined {
  // What is on by default is listed as the flag that turns it off.
  if (spec.kind === "boolean" && spec.default === "true") return undefined;
  return spec.default ?? spec.fallback;
}

function flags(options: OptionTable): readonly string[] {
  return Object.entries(options).flatMap(([name, spec]) => {
    const given = flagDefault(spec);
    const text = flagFacts(spec) + (given === undefined ? "" : ` (default: ${given})`);
    return row(`  ${flagSyntax(name, spec)}`, text);
  });
}

/** Longer lists of choices stand in the description. */
const SHORT = 24;

function choices(spec: OptionSpec): string {
  return (spec.choices ?? []).join("|");
}

function placeholder(spec: OptionSpec): string {
  if (spec.value !== undefined) return spec.value;
  switch (spec.kind) {
    case "choice":
      return choices(spec).length > SHORT ? "WORD" : choices(spec);
    case "integer":
      return "N";
    case "seconds":
      return "SECONDS";
    case "octets":
      return "OCTETS";
    case "secret":
      return "SECRET";
    default:
      return "TEXT";
  }
}

function row(left: string, right: string, indent: number = INDENT): string {
  const gap = left.length + 2 > indent
    ? `\n${" ".repeat(indent)}`
    : " ".repeat(indent - left.length);
  return `${left}${gap}${wrap(right, indent, WIDTH - indent).join("\n").trimStart()}`;
}

/** Breaks a text into lines; all but the first are indented. */
function wrap(text: string, indent: number, width: number = WIDTH): readonly string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, index) => index === 0 ? line : " ".repeat(indent) + line);
}
