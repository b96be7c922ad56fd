/**
 * `deno task setup`: makes the checkout ready for use, and costs next to nothing when it is.
 *
 * The packages named in `deno.json` come from JSR, and Deno fetches them by itself. Where JSR
 * cannot be reached, this puts stand-ins into `vendor/`, made from an npm package and from
 * `tools/offline/`. Packages that are there already are left alone.
 *
 * @module
 */
import { addPackage, fingerprint, missingPackages, readVersions } from "./offline/vendor.ts";
import { fetchFromNpm } from "./offline/npm.ts";

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
  const missing = missingPackages(vendor, current);
  if (missing.length === 0 || await options.canReachJsr()) return [];
  // Below vendor/, as a rename must not cross file systems.
  const scratch = makeScratch(vendor);
  try {
    const from = { npm: await options.fetchNpm(scratch), versions, fingerprint: current };
    for (const each of missing) await addPackage(each, from, { vendor, scratch });
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
  return missing.map((each) => each.name);
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
  const base = Deno.env.get("JSR_URL") ?? "https://jsr.io";
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const response = await fetch(new URL("/@std/assert/meta.json", base), { signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const isOffline = Deno.args.includes("--offline");
  const canReachJsr = isOffline ? () => Promise.resolve(false) : probeJsr;
  try {
    const added = await setup({ root: Deno.cwd(), canReachJsr, fetchNpm: fetchFromNpm });
    if (added.length > 0) {
      console.error(
        `setup: JSR cannot be reached; put stand-ins for ${added.join(", ")} in vendor/`,
      );
    }
  } catch (error) {
    console.error(`setup: ${error instanceof Error ? error.message : error}`);
    console.error(
      "setup: JSR could not be reached either. Needed is one of them, once: check the network, the\n" +
        "proxy (HTTPS_PROXY) and its certificate (DENO_CERT), then run `deno task setup` again.",
    );
    Deno.exitCode = 1;
  }
}
