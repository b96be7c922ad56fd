/**
 * The rules of the house, read from the import lines: which file may know which.
 */
import { assertEquals } from "@std/assert";
import { ENTRY_POINTS } from "./entry_points.ts";
import { permitted } from "./helpers/permissions.ts";

/** Folders (or files) of lib by floor; a file imports from its own floor or a lower one. */
const FLOORS: Readonly<Record<string, number>> = {
  "protocol": 0,
  "log.ts": 1,
  "net": 1,
  "auth": 2,
  "stores": 3,
  "server": 4,
  "client": 4,
  "config": 5,
  "tasks": 5,
  "cli": 6,
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

interface Source {
  /** Below the root, with slashes: `lib/net/listener.ts`. */
  readonly path: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const ROOT = new URL("../", import.meta.url);
const READ = { read: true } as const;

permitted(READ, "every file of lib stands on a floor", async () => {
  const homeless = (await sources()).filter(({ path }) => floorOf(path) === undefined);
  assertEquals(homeless.map(({ path }) => path), []);
});

permitted(READ, "a file imports from its own floor or a lower one", async () => {
  const upward = await importsWhere(({ from, to }) => (floorOf(to) ?? 0) > (floorOf(from) ?? 0));
  assertEquals(upward, []);
});

permitted(READ, "server and client do not know each other", async () => {
  const between = await importsWhere(({ from, to }) =>
    floorOf(from) === 4 && floorOf(to) === 4 && homeOf(from) !== homeOf(to)
  );
  assertEquals(between, []);
});

/** What signing in takes besides an authenticator. */
const SIGN_IN_TOOLS = ["lib/auth/sasl_server.ts", "lib/auth/throttle.ts"];

permitted(READ, "the server knows stores and authenticators as types only", async () => {
  const values = await importsWhere(({ from, to, typeOnly }) =>
    homeOf(from) === "server" && from !== "lib/server/mod.ts" && !typeOnly &&
    (homeOf(to) === "auth" || homeOf(to) === "stores") && !to.endsWith("/errors.ts") &&
    !SIGN_IN_TOOLS.includes(to)
  );
  assertEquals(values, []);
});

// Types are gone at run time, and a table and its rows may well name each other's.
permitted(READ, "no file imports itself through others, but for types", async () => {
  const graph = new Map<string, readonly string[]>();
  for (const { path, imports } of await sources()) {
    graph.set(path, imports.filter(({ typeOnly }) => !typeOnly).map(({ to }) => to));
  }
  assertEquals(findCycle(graph), undefined);
});

permitted(READ, "tests, tools and benchmarks are not imported", async () => {
  assertEquals(await importsWhere(({ to }) => /^(tests|tools|bench)\//.test(to)), []);
});

permitted(READ, "only lib/log.ts imports @std/log", async () => {
  const importers = await importsWhere(({ to }) => to.startsWith("@std/log"));
  assertEquals(importers, ["lib/log.ts → @std/log"]);
});

permitted(
  READ,
  "besides @std and node: a request's signature and the reading of headers come from outside",
  async () => {
    const strangers = await importsWhere(({ to }) => !/^(lib\/|@std\/|node:|[a-z]+\.ts$)/.test(to));
    assertEquals([...new Set(strangers)], [
      "lib/stores/header_facts.ts → npm:postal-mime@^4.0.0",
      "lib/stores/s3/client.ts → npm:aws4fetch@^1.0.20",
    ]);
  },
);

permitted(READ, "tests take one package from npm, in one place", async () => {
  const imports = (await readSources("tests")).flatMap((source) => source.imports);
  const fromNpm = imports.filter(({ to }) => to.startsWith("npm:"));
  assertEquals(fromNpm.map(({ from, to }) => `${from} → ${to}`), [
    "tests/helpers/property.ts → npm:fast-check@^4.10.2",
  ]);
});

permitted(READ, "what reads headers is loaded when one is read, not before", async () => {
  const [source] = (await sources()).filter(({ path }) => path === "lib/stores/header_facts.ts");
  const values = source?.code.match(/^import (?!type ).*postal-mime/gm);
  assertEquals(values, null);
});

permitted(READ, "the protocol floor has no Deno, no waiting, no clock, no chance", async () => {
  const pattern =
    /\bDeno\.|\basync\b|\bawait\b|\bsetTimeout\b|\bDate\b|\bMath\.random\b|\bcrypto\b/;
  assertEquals(await filesWith(pattern, ({ path }) => homeOf(path) === "protocol"), []);
});

permitted(READ, "console and Deno.exit are for the command line", async () => {
  const pattern = /\bconsole\.|\bDeno\.exit(Code)?\b/;
  assertEquals(await filesWith(pattern, ({ path }) => homeOf(path) !== "cli"), []);
});

permitted(READ, "nothing is called defined that may not be (no x!)", async () => {
  assertEquals(await filesWith(/[\w)\]]!(?=[.;,)\]])/, () => true), []);
});

permitted(READ, "files are not too long", async () => {
  const long = (await sources()).filter(({ code }) => code.split("\n").length > 320);
  assertEquals(long.map(({ path }) => path), []);
});

permitted(READ, "the entry points export what they are known for", async () => {
  const { exports }: { exports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const found: Record<string, readonly string[]> = {};
  for (const [name, file] of Object.entries(exports)) {
    found[name] = exportedNames(await Deno.readTextFile(new URL(file, ROOT)));
  }
  assertEquals(found, ENTRY_POINTS);
});

Deno.test("a cycle is found", () => {
  const graph = new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", []], ["d", ["b"]]]);
  assertEquals(findCycle(graph), ["b", "d", "b"]);
});

function homeOf(path: string): string | undefined {
  return /^lib\/([^/]+)/.exec(path)?.[1];
}

function floorOf(path: string): number | undefined {
  return FLOORS[homeOf(path) ?? ""];
}

let read: Promise<readonly Source[]> | undefined;

function sources(): Promise<readonly Source[]> {
  return read ??= readSources("lib");
}

async function readSources(folder: string): Promise<readonly Source[]> {
  const found: Source[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await readSources(path));
    else if (name.endsWith(".ts")) found.push(readSource(path, await readText(path)));
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

function readSource(path: string, text: string): Source {
  const code = withoutComments(text);
  const statements = code.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']/gm,
  );
  const dynamic = code.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g);
  const imports = [
    ...[...statements].map(([, type, to = ""]) => [to, type !== undefined] as const),
    ...[...dynamic].map(([, to = ""]) => [to, false] as const),
  ].map(([to, typeOnly]) => ({ from: path, to: resolved(path, to), typeOnly }));
  return { path, code, imports };
}

/** Comments become blanks; a `//` inside a string is left alone where no blank stands before it. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|\s)\/\/.*$/gm, "$1");
}

function resolved(from: string, to: string): string {
  if (!to.startsWith(".")) return to;
  return new URL(to, new URL(from, ROOT)).href.slice(ROOT.href.length);
}

async function importsWhere(condition: (each: Import) => boolean): Promise<readonly string[]> {
  const all = (await sources()).flatMap(({ imports }) => imports);
  return all.filter(condition).map(({ from, to }) => `${from} → ${to}`);
}

async function filesWith(
  pattern: RegExp,
  condition: (source: Source) => boolean,
): Promise<readonly string[]> {
  return (await sources()).filter(condition).flatMap(({ path, code }) => {
    const found = pattern.exec(withoutStrings(code));
    return found === null ? [] : [`${path}: ${found[0]}`];
  });
}

function withoutStrings(code: string): string {
  return code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
}

/** The first way found that leads from a file back to itself. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): readonly string[] | undefined => {
    const start = way.indexOf(path);
    if (start >= 0) return [...way.slice(start), path];
    if (done.has(path)) return undefined;
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...way, path]);
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Entry points hold nothing but `export { … }` lists, so that this reads all they export. */
function exportedNames(text: string): readonly string[] {
  const code = withoutComments(text);
  const lists = code.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}/gm);
  const names = [...lists].flatMap(([, list = ""]) => list.split(","))
    .map((name) => name.trim().replace(/^type\s+/, "").replace(/^.*\sas\s+/, ""))
    .filter((name) => name !== "");
  const others = [...code.matchAll(/^export\s+(?!type\s+\{|\{)(.*)$/gm)].map(([line]) => line);
  return [...names, ...others].sort();
}
