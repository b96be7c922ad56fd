/** docs/server.md says which test proves which clause: here is whether those tests are there. */
import { assert, assertEquals } from "@std/assert";
import { permitted } from "../helpers/permissions.ts";

const ROOT = new URL("../../", import.meta.url);
const READ = { read: true } as const;

interface Row {
  readonly clause: string;
  /** File below tests/, and a part of a test's name. */
  readonly proofs: readonly (readonly [file: string, name: string])[];
}

/** The rows of all tables that begin with a clause and end with tests. */
function rowsOf(page: string): Row[] {
  const tables = page.split(/\n{2,}/).map((block) => block.split("\n"));
  return tables.filter(([head = ""]) => /^\| clause .*\| tests +\|$/.test(head))
    .flatMap((lines) => lines.slice(2).filter((line) => line.startsWith("| ")))
    .map((line) => {
      const [clause = "", , tests = ""] = line.split("|").slice(1, -1).map((cell) => cell.trim());
      return { clause, proofs: proofsOf(tests) };
    });
}

function proofsOf(cell: string): [string, string][] {
  let file = "";
  const proofs: [string, string][] = [];
  for (const piece of cell.split("; ")) {
    const [, named, name = ""] = /^(?:(\S+_test\.ts): )?(.*)$/.exec(piece) ?? [];
    // A semicolon within a test's name: both halves are looked for.
    file = named ?? file;
    proofs.push([file, name]);
  }
  return proofs;
}

/** All string literals of a file; what is filled into a template is left out of it. */
function literalsOf(source: string): string[] {
  const literals = source.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g);
  return [...literals].flatMap(([, plain, template]) =>
    plain !== undefined ? [plain] : (template ?? "").split(/\$\{[^}]*\}/)
  );
}

permitted(READ, "each test that docs/server.md names for a clause is there", async () => {
  const rows = rowsOf(await Deno.readTextFile(new URL("docs/server.md", ROOT)));
  const missing: string[] = [];
  for (const { clause, proofs } of rows) {
    for (const [file, name] of proofs) {
      const source = await Deno.readTextFile(new URL(`tests/${file}`, ROOT)).catch(() => "");
      const isThere = name !== "" && literalsOf(source).some((literal) => literal.includes(name));
      if (!isThere) missing.push(`${clause}: ${file}: ${name}`);
    }
  }
  assertEquals(missing, []);
  assert(rows.length > 60, `only ${rows.length} rows were found`);
});

Deno.test("a name that no test has is noticed", () => {
  const rows = rowsOf(
    "| clause | wants | tests |\n| --- | --- | --- |\n| §1 | x | a_test.ts: b; c |",
  );
  assertEquals(rows, [{ clause: "§1", proofs: [["a_test.ts", "b"], ["a_test.ts", "c"]] }]);
  assertEquals(literalsOf('test("one"); test(`two ${three} four`)'), ["one", "two ", " four"]);
});
