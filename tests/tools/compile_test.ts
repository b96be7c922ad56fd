import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  compileArguments,
  PACKAGES,
  planBuilds,
  TARGETS,
  unneededPackages,
} from "../../tools/compile.ts";
import { permitted } from "../helpers/permissions.ts";

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

permitted(
  { read: true, write: true },
  "what only tests need is not put into the program",
  async () => {
    const store = await Deno.makeTempDir();
    try {
      for (
        const name of ["@types+node@22.1.0", "aws4fetch@1.0.20", "fast-check@4.1.0", "node_modules"]
      ) {
        await Deno.mkdir(`${store}/${name}`);
      }
      const unneeded = await unneededPackages(store);
      assertEquals(unneeded, [
        `${store}/@types+node@22.1.0/node_modules/@types/node`,
        `${store}/fast-check@4.1.0/node_modules/fast-check`,
      ]);
      const args = compileArguments({ target: undefined, output: "x" }, LINUX, unneeded);
      assertEquals(args.filter((_, at) => args[at - 1] === "--exclude"), unneeded);
      assertEquals(await unneededPackages(`${store}/nowhere`), []);
    } finally {
      await Deno.remove(store, { recursive: true });
    }
  },
);

permitted(
  { read: true },
  "the packages that the program runs are those that lib/ imports",
  async () => {
    const found = new Set<string>();
    for await (const path of sources(new URL("../../lib/", import.meta.url))) {
      const text = await Deno.readTextFile(path);
      for (const [, name] of text.matchAll(/"npm:((?:@[^/"]+\/)?[^@"]+)/g)) found.add(name ?? "");
    }
    assertEquals([...found].sort(), [...PACKAGES]);
  },
);

async function* sources(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}
