// Deno before 2.6 fetches types from npm when it first checks a module that imports a `node:` one,
// and packages from npm with less trust than the system has. Set-up lets it fetch both once with the
// trust settings that it needs for it, like for the stand-ins.
import { denoEnvironment } from "./npm.ts";

/** Says for which Deno, and into which cache, the types have been fetched. */
const MARKER = ".node-types";

/** Whether this version of Deno has to fetch them. */
export function needsNodeTypes(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 2 || (major === 2 && minor < 6);
}

/**
 * What comes from npm, as it is imported. Not named in `deno.json`: Deno 2.4 would fetch all that
 * is named there before it runs any task, set-up too, and so before it could be told whom to trust.
 */
export const NPM_IMPORTS: readonly string[] = [
  "npm:aws4fetch@^1.0.20",
  "npm:fast-check@^4.10.2",
  "npm:postal-mime@^4.0.0",
];

/** Fetches both unless that was done. Failing is no matter: Deno tries again, and says so. */
export async function fetchNodeTypes(vendor: string): Promise<void> {
  if (!needsNodeTypes(Deno.version.deno)) return;
  const wanted = ["node:crypto", ...NPM_IMPORTS];
  const done = `${Deno.version.deno} ${Deno.env.get("DENO_DIR") ?? ""} ${wanted.join(" ")}`;
  const marker = `${vendor}/${MARKER}`;
  Deno.mkdirSync(vendor, { recursive: true });
  try {
    if (Deno.readTextFileSync(marker) === done) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--check", wanted.map((name) => `import "${name}";`).join(" ")],
    env: denoEnvironment(),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  Deno.writeTextFileSync(marker, done);
}
