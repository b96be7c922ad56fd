/**
 * What izypop3 relies on in the packages of `@std`. These run against whichever is vendored, the
 * real packages or the stand-ins, and so keep the ones like the others.
 */
import {
  assertEquals,
  AssertionError,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { promptSecret } from "@std/cli/prompt-secret";
import { unicodeWidth } from "@std/cli/unicode-width";
import * as cli from "@std/cli";
import { ensureDir } from "@std/fs/ensure-dir";
import { exists } from "@std/fs/exists";
import { walk, type WalkOptions } from "@std/fs/walk";
import * as fs from "@std/fs";
import { BaseHandler, getLogger, type LogRecord, setup } from "@std/log";
import { permitted } from "../helpers/permissions.ts";

const FILES = { read: true, write: true } as const;

class Folder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "izypop3-std-" });

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Keeps what it is told to log. */
class Memory extends BaseHandler {
  readonly lines: string[] = [];

  override log(msg: string): void {
    this.lines.push(msg);
  }
}

Deno.test("assertEquals shows both sides of a difference", () => {
  const differing = () => assertEquals({ a: [1] }, { a: [2] });
  const error = assertThrows(differing, AssertionError, "Values are not equal");
  assertMatch(error.message, /-.*1[^]*\+.*2/);
});

Deno.test("assertRejects gives the error back and notices a wrong class", async () => {
  const error = new TypeError("no");
  assertStrictEquals(await assertRejects(() => Promise.reject(error), TypeError, "no"), error);
  await assertRejects(
    () => assertRejects(() => Promise.reject(error), RangeError),
    AssertionError,
  );
});

Deno.test("parseArgs nests names with dots, collects, negates and keeps the rest", () => {
  const words = ["--a.b", "x", "--no-c", "--t", "1", "--t=2", "word", "--", "-d"];
  const options = { string: ["a.b", "t"], boolean: ["c"], negatable: ["c"], collect: ["t"] };
  const found: Record<string, unknown> = parseArgs(words, { ...options, "--": true });
  assertEquals(found, { a: { b: "x" }, c: false, t: ["1", "2"], _: ["word"], "--": ["-d"] });
});

Deno.test("parseArgs hands flags that are not declared to `unknown`", () => {
  const seen: unknown[] = [];
  const unknown = (word: string, key?: string, value?: unknown) => {
    seen.push([word, key, value]);
    return false;
  };
  parseArgs(["--prot", "1", "--port", "2", "word"], { string: ["port"], unknown });
  assertEquals(seen, [["--prot", "prot", "1"], ["word", undefined, undefined]]);
});

Deno.test("unicodeWidth counts columns, not characters", () => {
  assertEquals(["izypop3", "天地", "e\u0301", "🦕", "ﾊ", "ｆ", "\t"].map(unicodeWidth), [
    ...[7, 4, 1, 2, 1, 2, 0],
  ]);
});

Deno.test("the packages export as a whole what they export by part", () => {
  assertStrictEquals(cli.parseArgs, parseArgs);
  assertStrictEquals(cli.promptSecret, promptSecret);
  assertStrictEquals(cli.unicodeWidth, unicodeWidth);
  assertStrictEquals(fs.ensureDir, ensureDir);
  assertStrictEquals(fs.exists, exists);
  assertStrictEquals(fs.walk, walk);
});

permitted(
  FILES,
  "ensureDir makes a folder with its parents, twice, but not over a file",
  async () => {
    await using folder = new Folder();
    await ensureDir(`${folder.path}/a/b`);
    await ensureDir(`${folder.path}/a/b`);
    await Deno.writeTextFile(`${folder.path}/file`, "");
    await assertRejects(
      () => ensureDir(`${folder.path}/file`),
      Error,
      "Failed to ensure directory exists: expected 'dir', got 'file'",
    );
  },
);

permitted(FILES, "exists tells files from folders and from nothing", async () => {
  await using folder = new Folder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  assertEquals(await exists(`${folder.path}/file`), true);
  assertEquals(await exists(`${folder.path}/file`, { isFile: true }), true);
  assertEquals(await exists(`${folder.path}/file`, { isDirectory: true }), false);
  assertEquals(await exists(folder.path, { isDirectory: true }), true);
  assertEquals(await exists(`${folder.path}/none`), false);
});

permitted(FILES, "walk finds what its options ask for", async () => {
  await using folder = new Folder();
  await ensureDir(`${folder.path}/in/deep`);
  for (const name of ["a.eml", "in/b.eml", "in/c.txt", "in/deep/d.eml"]) {
    await Deno.writeTextFile(`${folder.path}/${name}`, "");
  }
  const find = async (options?: WalkOptions) => {
    const found = await Array.fromAsync(walk(folder.path, options));
    return found.map((entry) => entry.path.slice(folder.path.length)).sort();
  };
  assertEquals(
    await find(),
    ["", "/a.eml", "/in", "/in/b.eml", "/in/c.txt", "/in/deep", "/in/deep/d.eml"],
  );
  assertEquals(await find({ exts: ["eml"] }), ["/a.eml", "/in/b.eml", "/in/deep/d.eml"]);
  assertEquals(await find({ maxDepth: 1, includeDirs: false }), ["/a.eml"]);
  assertEquals(await find({ includeFiles: false, skip: [/deep/] }), ["", "/in"]);
  assertEquals(await find({ match: [/[bc]\./] }), ["/in/b.eml", "/in/c.txt"]);
  await assertRejects(() => Array.fromAsync(walk(`${folder.path}/none`)), Deno.errors.NotFound);
});

Deno.test("a logger hands records of its level and above to its handlers", () => {
  const formatter = ({ levelName, loggerName, msg, args }: LogRecord) =>
    [levelName, loggerName, msg, ...args].join(" ");
  const memory = new Memory("DEBUG", { formatter });
  setup({ handlers: { memory }, loggers: { mine: { level: "INFO", handlers: ["memory"] } } });
  const logger = getLogger("mine");
  assertEquals(logger.info("told", 1), "told");
  logger.debug(() => {
    throw new Error("called for nothing");
  });
  logger.error(() => "made late");
  logger.warn({ a: "b" });
  getLogger("another").critical("unheard");
  assertEquals(memory.lines, ["INFO mine told 1", "ERROR mine made late", 'WARN mine {"a":"b"}']);
});
