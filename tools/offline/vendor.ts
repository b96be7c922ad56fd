// Writes the stand-in packages into the vendor folder, in the layout that Deno itself uses there.
import { NPM_PACKAGE, type OfflinePackage, PACKAGES } from "./packages.ts";

/** The folder below `vendor/` that stands for the registry. */
const REGISTRY_FOLDER = "jsr.io";

/** Written into each stand-in: tells it from a real package, and an old one from a new one. */
const MARKER = "offline.txt";

const HERE = import.meta.dirname ?? "tools/offline";

/** The versions that `deno.json` asks for at least, by package; the stand-ins carry these. */
export type Versions = ReadonlyMap<string, string>;

/** Reads {@linkcode Versions} from the text of a `deno.json`. */
export function readVersions(denoJson: string): Versions {
  const config: { imports?: Record<string, string> } = JSON.parse(denoJson);
  const specifiers = Object.values(config.imports ?? {});
  return new Map(specifiers.flatMap((specifier) => {
    const [, name, version] = /^jsr:(@[^@]+)@\^?(\d[^/]*)/.exec(specifier) ?? [];
    return name === undefined || version === undefined ? [] : [[name, version]];
  }));
}

/** A text that changes whenever the stand-ins do. */
export async function fingerprint(versions: Versions): Promise<string> {
  const paths = PACKAGES.flatMap((each) => listFiles(`${HERE}/${each.overlay}`));
  const parts = paths.sort().map((path) => Deno.readTextFileSync(path));
  const recipe = JSON.stringify([PACKAGES, NPM_PACKAGE, [...versions]]);
  return await sha256(new TextEncoder().encode([recipe, ...parts].join("\0")));
}

/**
 * What a vendor folder has of a package: nothing whole, the `real` one that Deno fetched, or a
 * stand-in that is `current` or `outdated`.
 */
export type PackageState = "absent" | "real" | "current" | "outdated";

/** Looks at one package; costs two small reads. */
export function packageState(vendor: string, name: string, fingerprint: string): PackageState {
  const folder = packageFolder(vendor, name);
  const marker = readIfThere(`${folder}/${MARKER}`);
  if (marker !== undefined) return marker === fingerprint ? "current" : "outdated";
  return readIfThere(`${folder}/meta.json`) === undefined ? "absent" : "real";
}

/** Takes a package out, so that Deno fetches it anew. */
export function removePackage(vendor: string, name: string): void {
  Deno.removeSync(packageFolder(vendor, name), { recursive: true });
}

/** Makes one package in a folder of its own, then puts it into place in one step. */
export async function addPackage(
  each: OfflinePackage,
  from: { readonly npm: string; readonly versions: Versions; readonly fingerprint: string },
  to: { readonly vendor: string; readonly scratch: string },
): Promise<void> {
  const version = from.versions.get(each.name);
  if (version === undefined) throw new Error(`Cannot add ${each.name}: deno.json has no version`);
  const made = `${to.scratch}/${each.name.replace("/", "+")}`;
  writeModules(each, from.npm, `${made}/${version}`);
  await writeMetadata(each, version, made);
  Deno.writeTextFileSync(`${made}/${MARKER}`, from.fingerprint);
  // Another set-up may have been faster, and its Deno be reading what it put there.
  if (packageState(to.vendor, each.name, from.fingerprint) === "current") return;
  putInPlace(made, packageFolder(to.vendor, each.name), to.scratch);
}

function packageFolder(vendor: string, name: string): string {
  return `${vendor}/${REGISTRY_FOLDER}/${name}`;
}

/** The npm modules, then ours over them; a module is told of its types by a comment on top. */
function writeModules(each: OfflinePackage, npm: string, to: string): void {
  for (const folder of each.fromNpm) copyFolder(`${npm}/${folder}`, `${to}/${folder}`);
  const overlay = `${to}/${each.overlay}`;
  copyFolder(`${HERE}/${each.overlay}`, overlay);
  for (const path of listFiles(overlay).filter((path) => path.endsWith(".d.ts"))) {
    const module = path.replace(/\.d\.ts$/, ".js");
    const types = path.slice(path.lastIndexOf("/") + 1);
    const code = Deno.readTextFileSync(module);
    Deno.writeTextFileSync(module, `/* @ts-self-types="./${types}" */\n${code}`);
  }
}

/** What Deno asks of a registry: which versions there are, and each file of ours with its hash. */
async function writeMetadata(each: OfflinePackage, version: string, to: string): Promise<void> {
  const [scope, name] = each.name.slice(1).split("/");
  const root = `${to}/${version}`;
  const manifest: Record<string, { size: number; checksum: string }> = {};
  for (const path of listFiles(root).sort()) {
    const octets = Deno.readFileSync(path);
    const checksum = `sha256-${await sha256(octets)}`;
    manifest[path.slice(root.length)] = { size: octets.length, checksum };
  }
  writeJson(`${to}/meta.json`, { scope, name, latest: version, versions: { [version]: {} } });
  writeJson(`${to}/${version}_meta.json`, { manifest, moduleGraph2: {}, exports: each.exports });
}

/** An older package moves out of the way first: a folder cannot be renamed onto a full one. */
function putInPlace(made: string, place: string, scratch: string): void {
  Deno.mkdirSync(place.slice(0, place.lastIndexOf("/")), { recursive: true });
  try {
    Deno.renameSync(place, `${scratch}/old-${crypto.randomUUID()}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  try {
    Deno.renameSync(made, place);
  } catch (error) {
    // Another set-up put the same package there since we looked.
    if (readIfThere(`${place}/${MARKER}`) === undefined) throw error;
  }
}

function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory ? listFiles(path) : [path];
  });
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const path of listFiles(from)) {
    const target = `${to}${path.slice(from.length)}`;
    Deno.mkdirSync(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    Deno.copyFileSync(path, target);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function writeJson(path: string, value: unknown): void {
  Deno.writeTextFileSync(path, JSON.stringify(value, undefined, 2));
}

async function sha256(octets: BufferSource): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", octets);
  return Array.from(new Uint8Array(digest), (each) => each.toString(16).padStart(2, "0")).join("");
}
