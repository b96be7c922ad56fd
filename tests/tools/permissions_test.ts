import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { permitted, whatIsMissing } from "../helpers/permissions.ts";

const HELPER = new URL("../helpers/permissions.ts", import.meta.url);
const CHILD = { run: true, read: true, write: true } as const;

/** What `deno test` reports of a module that uses the helper. */
async function report(flags: readonly string[], registrations: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "izypop3-permitted-" });
  try {
    const path = `${folder}/some_test.ts`;
    await Deno.writeTextFile(path, `import { permitted } from "${HELPER}";\n${registrations}`);
    const args = ["test", "--no-config", "--no-check", "--no-prompt", ...flags, path];
    const env = { NO_COLOR: "1" };
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, env }).output();
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a test without needs is never held up", () => {
  assertEquals(whatIsMissing({}), undefined);
});

permitted(CHILD, "a test is ignored by name of the permissions that are not granted", async () => {
  const needs = "{ net: true, read: true, sys: true }";
  const output = await report(["--allow-read"], `permitted(${needs}, "asks", () => {});`);
  assertMatch(output, /^asks \(needs --allow-net --allow-sys\) \.\.\. ignored/m);
});

permitted(CHILD, "a test runs, with its steps, where its permissions are granted", async () => {
  const flags = ["--allow-net", "--allow-sys=hostname"];
  const test = `async (t) => { await t.step("first", () => {}); }`;
  const output = await report(flags, `permitted({ net: true, sys: true }, "asks", ${test});`);
  assertStringIncludes(output, "1 passed (1 step)");
});

permitted(CHILD, "a test is ignored by name of the programs that are not installed", async () => {
  const flags = ["--allow-read", "--allow-env", "--allow-run"];
  const needs = `{ programs: ["izypop3-no-such-program"] }`;
  const output = await report(flags, `permitted(${needs}, "asks", () => {});`);
  assertMatch(output, /^asks \(needs program izypop3-no-such-program\) \.\.\. ignored/m);
});

permitted(CHILD, "programs are not looked for without permission to look", async () => {
  const output = await report([], `permitted({ programs: ["sh"] }, "asks", () => {});`);
  assertMatch(output, /^asks \(needs --allow-read --allow-env --allow-run\) \.\.\. ignored/m);
});

permitted({ programs: ["sh"] }, "a program that is installed is found", () => {
  assertEquals(whatIsMissing({ programs: ["sh"] }), undefined);
});
