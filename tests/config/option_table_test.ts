import { assertEquals, assertMatch } from "@std/assert";
import type { OptionTable } from "../../lib/config/option.ts";
import { readValue } from "../../lib/config/option.ts";
import { OPTION_TABLES } from "../../lib/config/option_table.ts";
import { variableName } from "../../lib/config/resolve.ts";

for (const [command, options] of Object.entries(OPTION_TABLES)) {
  const table: OptionTable = options;
  Deno.test(`${command}: every default is a value that the option takes`, () => {
    for (const [name, spec] of Object.entries(table)) {
      if (spec.default === undefined) continue;
      readValue(spec, { written: spec.default, source: "default", label: name });
    }
  });

  Deno.test(`${command}: names, aliases and variables are each there once`, () => {
    const names = Object.entries(table).flatMap(([name, { alias }]) =>
      alias ? [name, alias] : name
    );
    assertEquals(new Set(names).size, names.length);
    const variables = Object.keys(table).map(variableName);
    assertEquals(new Set(variables).size, variables.length);
  });

  Deno.test(`${command}: every secret has a file and a command form`, () => {
    for (const [name, spec] of Object.entries(table)) {
      if (spec.kind !== "secret") continue;
      assertEquals(table[`${name}-file`]?.rivals, spec.rivals);
      assertEquals(table[`${name}-command`]?.rivals, spec.rivals);
    }
  });

  Deno.test(`${command}: descriptions are short and without a full stop`, () => {
    for (const { about } of Object.values(table)) {
      assertMatch(about, /^[^.].{5,90}[^.]$/);
    }
  });
}

Deno.test("a variable's name is the option's in upper case, dots and dashes as underscores", () => {
  assertEquals(variableName("mimestore.path"), "IZYPOP3_MIMESTORE_PATH");
  assertEquals(variableName("pass-file"), "IZYPOP3_PASS_FILE");
});
