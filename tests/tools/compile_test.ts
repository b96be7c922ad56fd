import { assert, assertEquals, assertThrows } from "@std/assert";
import { compileArguments, planBuilds, TARGETS } from "../../tools/compile.ts";

const LINUX = "x86_64-unknown-linux-gnu";
const WINDOWS = "x86_64-pc-windows-msvc";

Deno.test("compile without words builds dist/izypop3 for this machine", () => {
  assertEquals(planBuilds([], LINUX), [{ target: undefined, output: "dist/izypop3" }]);
  assertEquals(planBuilds([], WINDOWS), [{ target: undefined, output: "dist/izypop3.exe" }]);
});

Deno.test("compile builds the targets that are named, each into a file of its own", () => {
  assertEquals(planBuilds(["aarch64-apple-darwin", WINDOWS], LINUX), [
    { target: "aarch64-apple-darwin", output: "dist/izypop3-aarch64-apple-darwin" },
    { target: WINDOWS, output: `dist/izypop3-${WINDOWS}.exe` },
  ]);
});

Deno.test("compile --all builds all five targets", () => {
  assertEquals(planBuilds(["--all"], LINUX).map((build) => build.target), [...TARGETS]);
  assertEquals(TARGETS.length, 5);
});

Deno.test("compile refuses a target that it does not know", () => {
  assertThrows(() => planBuilds(["sparc"], LINUX), Error, "Cannot compile for sparc");
});

Deno.test("no program is granted all permissions, or may run more than one shell", () => {
  for (const build of [...planBuilds([], LINUX), ...planBuilds(["--all"], LINUX)]) {
    const args = compileArguments(build, LINUX);
    assert(
      !args.some((word) => ["-A", "--allow-all", "--allow-run", "--allow-sys"].includes(word)),
    );
    const shell = build.target === WINDOWS ? "cmd" : "sh";
    assert(args.includes(`--allow-run=${shell}`), `${build.target} runs ${shell}`);
  }
});
