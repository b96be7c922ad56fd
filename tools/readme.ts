/**
 * `deno task readme`: writes the tables of flags into `README.md`, between its markers, from the
 * option table. A test fails while they are not the same.
 *
 * @module
 */
import { COMMANDS } from "../lib/cli/command_table.ts";
import { flagDefault, flagFacts, flagSyntax } from "../lib/cli/help.ts";
import type { OptionTable } from "../lib/config/option.ts";

/** The README with its tables as they must be. */
export function withTables(readme: string): string {
  let text = readme;
  for (const [name, { options }] of Object.entries(COMMANDS)) {
    const [start, end] = [`<!-- flags of ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) {
      throw new Error(`Cannot write the flags of ${name}: README.md has no ${start} … ${end}`);
    }
    text = `${text.slice(0, from)}${start}\n\n${flagTable(options)}\n\n${text.slice(to)}`;
  }
  return text;
}

function flagTable(options: OptionTable): string {
  const rows = Object.entries(options).map(([name, spec]) => {
    const cells = [`\`${flagSyntax(name, spec)}\``, flagDefault(spec) ?? "", flagFacts(spec)];
    return cells.map((cell) => cell.replaceAll("|", "\\|"));
  });
  return aligned([["flag", "default", "what it does"], ...rows]);
}

/** Cells of the same width, as `deno fmt` would have it. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((column) => {
    return Math.max(...rows.map((row) => row[column]?.length ?? 0));
  });
  const line = (cells: readonly string[], fill: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head, " "), line(["", "", ""], "-"), ...body.map((row) => line(row, " "))]
    .join("\n");
}

if (import.meta.main) {
  const path = new URL("../README.md", import.meta.url);
  Deno.writeTextFileSync(path, withTables(Deno.readTextFileSync(path)));
}
