// Fetches the npm package that the stand-ins are made from. No registry is named here: Deno's and
// npm's own clients do the work, so that mirrors, proxies and credentials are honoured.
import { NPM_PACKAGE } from "./packages.ts";

const SPECIFIER = `${NPM_PACKAGE.name}@${NPM_PACKAGE.version}`;

interface Attempt {
  /** What was tried, for the error message. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Unpacks the package below `scratch` and gives back its folder. */
export async function fetchFromNpm(scratch: string): Promise<string> {
  const failures: string[] = [];
  for (const attempt of [withDeno(), withNpm()]) {
    const folder = `${scratch}/${attempt.title.replace(" ", "-")}`;
    Deno.mkdirSync(folder, { recursive: true });
    // Deno reads the package's name from here, npm pays no attention to it.
    const imports = { [NPM_PACKAGE.name]: `npm:${SPECIFIER}` };
    const config = { nodeModulesDir: "auto", lock: false, imports };
    Deno.writeTextFileSync(`${folder}/deno.json`, JSON.stringify(config));
    const failure = await run(attempt, folder);
    if (failure === undefined) return `${folder}/node_modules/${NPM_PACKAGE.name}`;
    failures.push(`  ${attempt.title} ${SPECIFIER}: ${failure}`);
  }
  throw new Error(`Cannot fetch packages: JSR does not answer, nor does npm.
${failures.join("\n")}
One of the two is needed, once. Check the network, the proxy (HTTPS_PROXY) and its certificate
(DENO_CERT, or npm's cafile), then run \`deno task setup\` again.`);
}

/** For a Deno that fetches: by itself it does not trust what the system does, say a proxy's CA. */
export function denoEnvironment(): Record<string, string> {
  return { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system" };
}

function withDeno(): Attempt {
  return { title: "deno install", command: Deno.execPath(), args: ["install", "--quiet"] };
}

function withNpm(): Attempt {
  // Without a prefix npm would use a folder further up that has a node_modules.
  const args = ["install", "--prefix=.", "--loglevel=error", "--ignore-scripts", SPECIFIER];
  return Deno.build.os === "windows"
    ? { title: "npm install", command: "cmd", args: ["/c", "npm", ...args] }
    : { title: "npm install", command: "npm", args };
}

/** Gives back why it failed, or `undefined` when it did not. */
async function run(attempt: Attempt, cwd: string): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(attempt.command, {
      args: [...attempt.args],
      cwd,
      env: denoEnvironment(),
      stdin: "null",
      stdout: "null",
    }).output();
    return success ? undefined : summary(new TextDecoder().decode(stderr));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The lines that say why, without the traces of where in the client it happened. */
function summary(stderr: string): string {
  const [message = ""] = stderr.split("Stack backtrace:");
  const lines = message.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.filter((line) => !/^npm (warn|error\s+at )/.test(line)).slice(0, 5).join("\n    ");
}
