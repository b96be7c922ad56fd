/**
 * `deno task setup`: makes the checkout ready for use, and costs next to nothing when it is.
 *
 * The packages named in `deno.json` come from JSR, and Deno fetches them by itself. Where JSR
 * cannot be reached, this puts stand-ins into `vendor/`, made from an npm package and from
 * `tools/offline/`. Packages that are there already are left alone. With `--offline` JSR is not
 * asked.
 *
 * @module
 */
import { PACKAGES } from "./offline/packages.ts";
import {
  addPackage,
  fingerprint,
  packageState,
  readVersions,
  removePackage,
} from "./offline/vendor.ts";
import { fetchNodeTypes } from "./offline/node_types.ts";
import { fetchFromNpm } from "./offline/npm.ts";

/** A small file that every package on JSR has, and how long to wait for it. */
const PROBE_URL = "https://jsr.io/@std/assert/meta.json";
const PROBE_TIMEOUT_MS = 3000;

/** A scratch folder of this age was left by a set-up that was killed. */
const ABANDONED_AFTER_MS = 3600_000;

/** What {@linkcode setup} works on. */
export interface SetupOptions {
  /** The checkout, with its `deno.json`. */
  readonly root: string;
  /** Whether JSR answers; asked at most once, and only when something is missing. */
  readonly canReachJsr: () => Promise<boolean>;
  /** Gets the npm package and says where it is unpacked. */
  readonly fetchNpm: (scratch: string) => Promise<string>;
}

/** Fills `vendor/` where that is needed; gives back the names of the packages it added. */
export async function setup(options: SetupOptions): Promise<string[]> {
  const vendor = `${options.root}/vendor`;
  const versions = readVersions(Deno.readTextFileSync(`${options.root}/deno.json`));
  const current = await fingerprint(versions);
  const states = PACKAGES.map((each) => packageState(vendor, each.name, current));
  // Where Deno has fetched one it can fetch the others too, when it needs them.
  const isFilledByDeno = states.includes("real");
  const outdated = PACKAGES.filter((_, index) => states[index] === "outdated");
  const absent = isFilledByDeno ? [] : PACKAGES.filter((_, index) => states[index] === "absent");
  const wanted = [...outdated, ...absent];
  if (wanted.length === 0) return [];
  if (await options.canReachJsr()) {
    for (const each of outdated) removePackage(vendor, each.name);
    return [];
  }
  // Below vendor/, as a rename must not cross file systems.
  const scratch = makeScratch(vendor);
  try {
    const from = { npm: await options.fetchNpm(scratch), versions, fingerprint: current };
    for (const each of wanted) await addPackage(each, from, { vendor, scratch });
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
  return wanted.map((each) => each.name);
}

function makeScratch(vendor: string): string {
  Deno.mkdirSync(vendor, { recursive: true });
  for (const { name } of Deno.readDirSync(vendor)) {
    if (name.startsWith(".setup-")) removeIfAbandoned(`${vendor}/${name}`);
  }
  return Deno.makeTempDirSync({ dir: vendor, prefix: ".setup-" });
}

function removeIfAbandoned(scratch: string): void {
  const madeAt = Deno.statSync(scratch).mtime?.getTime() ?? Date.now();
  if (Date.now() - madeAt > ABANDONED_AFTER_MS) Deno.removeSync(scratch, { recursive: true });
}

async function probeJsr(): Promise<boolean> {
  try {
    const response = await fetch(PROBE_URL, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function main(args: readonly string[]): Promise<void> {
  // Whoever names a mirror of JSR knows that it can be reached; Deno keeps it in another folder.
  if (Deno.env.get("JSR_URL") !== undefined) return;
  const canReachJsr = args.includes("--offline") ? () => Promise.resolve(false) : probeJsr;
  const added = await setup({ root: Deno.cwd(), canReachJsr, fetchNpm: fetchFromNpm });
  if (added.length > 0) {
    console.error(`setup: JSR cannot be reached; put stand-ins for ${added.join(", ")} in vendor/`);
  }
  await fetchNodeTypes(`${Deno.cwd()}/vendor`);
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(`setup: ${error instanceof Error ? error.message : error}`);
    Deno.exitCode = 1;
  }
}
