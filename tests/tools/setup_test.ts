import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { permitted } from "../helpers/permissions.ts";
import { PACKAGES } from "../../tools/offline/packages.ts";
import { needsNodeTypes, NPM_IMPORTS } from "../../tools/offline/node_types.ts";
import { readVersions } from "../../tools/offline/vendor.ts";
import { setup, type SetupOptions } from "../../tools/setup.ts";

const FILES = { read: true, write: true } as const;
const NAMES = PACKAGES.map((each) => each.name);
const DENO_JSON = new URL("../../deno.json", import.meta.url);

/** A checkout of its own, and a count of what the set-up asked of the network. */
class Checkout implements Disposable {
  readonly root = Deno.makeTempDirSync({ prefix: "izypop3-setup-" });
  probes = 0;
  fetches = 0;

  constructor() {
    Deno.copyFileSync(DENO_JSON, `${this.root}/deno.json`);
  }

  setup(options: Partial<SetupOptions> & { jsr?: boolean } = {}): Promise<string[]> {
    return setup({
      root: this.root,
      canReachJsr: () => {
        this.probes++;
        return Promise.resolve(options.jsr ?? false);
      },
      fetchNpm: (scratch) => {
        this.fetches++;
        return Promise.resolve(makeNpmPackage(scratch));
      },
      ...options,
    });
  }

  package(name: string): string {
    return `${this.root}/vendor/jsr.io/${name}`;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}

/** The least that the stand-ins are laid over. */
function makeNpmPackage(scratch: string): string {
  const folder = `${scratch}/deno-std`;
  const modules = ["assert/mod.js", "cli/mod.js", "cli/parse_args.js", "cli/prompt_secret.js"];
  for (const path of [...modules, "internal/os.js"]) {
    Deno.mkdirSync(`${folder}/${path.slice(0, path.indexOf("/"))}`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/${path}`, `export const path = "${path}";\n`);
  }
  return folder;
}

function list(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}

permitted(FILES, "set-up fills an empty vendor folder and leaves no scratch behind", async () => {
  using checkout = new Checkout();
  assertEquals(await checkout.setup(), NAMES);
  assertEquals(list(`${checkout.root}/vendor`), ["jsr.io"]);
  assertEquals(list(`${checkout.root}/vendor/jsr.io/@std`), ["assert", "cli", "fs", "log"]);
});

permitted(FILES, "set-up with nothing to do asks neither JSR nor npm", async () => {
  using checkout = new Checkout();
  await checkout.setup();
  assertEquals(await checkout.setup(), []);
  assertEquals([checkout.probes, checkout.fetches], [1, 1]);
});

permitted(FILES, "set-up adds nothing where JSR answers", async () => {
  using checkout = new Checkout();
  assertEquals(await checkout.setup({ jsr: true }), []);
  assertEquals(list(checkout.root), ["deno.json"]);
});

permitted(FILES, "set-up leaves a vendor folder that Deno began to Deno", async () => {
  using checkout = new Checkout();
  Deno.mkdirSync(checkout.package("@std/fs"), { recursive: true });
  Deno.writeTextFileSync(`${checkout.package("@std/fs")}/meta.json`, "{}");
  assertEquals(await checkout.setup(), []);
  assertEquals([checkout.probes, checkout.fetches], [0, 0]);
});

permitted(FILES, "set-up makes a package anew that is not whole", async () => {
  using checkout = new Checkout();
  await checkout.setup();
  Deno.removeSync(`${checkout.package("@std/cli")}/offline.txt`);
  Deno.removeSync(`${checkout.package("@std/cli")}/meta.json`);
  assertEquals(await checkout.setup(), ["@std/cli"]);
});

permitted(FILES, "set-up replaces stand-ins that were made from older sources", async () => {
  using checkout = new Checkout();
  await checkout.setup();
  Deno.writeTextFileSync(`${checkout.package("@std/log")}/offline.txt`, "older");
  assertEquals(await checkout.setup(), ["@std/log"]);
  assertEquals(await checkout.setup(), []);
});

permitted(FILES, "set-up takes old stand-ins out once JSR answers", async () => {
  using checkout = new Checkout();
  await checkout.setup();
  Deno.writeTextFileSync(`${checkout.package("@std/log")}/offline.txt`, "older");
  assertEquals(await checkout.setup({ jsr: true }), []);
  assertEquals(list(`${checkout.root}/vendor/jsr.io/@std`), ["assert", "cli", "fs"]);
});

permitted(FILES, "set-ups at the same time do not get in each other's way", async () => {
  using checkout = new Checkout();
  const both = Promise.withResolvers<void>();
  const fetchNpm = async (scratch: string) => {
    if (++checkout.fetches === 2) both.resolve();
    await both.promise;
    return makeNpmPackage(scratch);
  };
  await Promise.all([checkout.setup({ fetchNpm }), checkout.setup({ fetchNpm })]);
  assertEquals(list(`${checkout.root}/vendor`), ["jsr.io"]);
  assertEquals(await checkout.setup(), []);
});

permitted(FILES, "set-up that cannot fetch leaves nothing half done", async () => {
  using checkout = new Checkout();
  const fetchNpm = () => Promise.reject(new Error("no network"));
  await assertRejects(() => checkout.setup({ fetchNpm }), Error, "no network");
  assertEquals(list(`${checkout.root}/vendor`), []);
  assertEquals(await checkout.setup(), NAMES);
});

permitted(FILES, "set-up clears away what a killed one left an hour ago", async () => {
  using checkout = new Checkout();
  const vendor = `${checkout.root}/vendor`;
  for (const name of [".setup-old", ".setup-new"]) {
    Deno.mkdirSync(`${vendor}/${name}`, { recursive: true });
  }
  Deno.utimeSync(`${vendor}/.setup-old`, new Date(), new Date(Date.now() - 2 * 3600_000));
  await checkout.setup();
  assertEquals(list(vendor), [".setup-new", "jsr.io"]);
});

permitted(FILES, "a stand-in lists every file with its size and checksum", async () => {
  using checkout = new Checkout();
  await checkout.setup();
  const folder = checkout.package("@std/fs");
  const { latest } = JSON.parse(Deno.readTextFileSync(`${folder}/meta.json`));
  const meta = JSON.parse(Deno.readTextFileSync(`${folder}/${latest}_meta.json`));
  const files = list(`${folder}/${latest}/fs`).map((name) => `/fs/${name}`);
  assertEquals(Object.keys(meta.manifest).sort(), files);
  for (const path of files) {
    const octets = Deno.readFileSync(`${folder}/${latest}${path}`);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
    const hex = Array.from(digest, (each) => each.toString(16).padStart(2, "0")).join("");
    assertEquals(meta.manifest[path], { size: octets.length, checksum: `sha256-${hex}` });
  }
});

permitted(FILES, "a stand-in from npm names its types on top", async () => {
  using checkout = new Checkout();
  await checkout.setup();
  const version = readVersions(Deno.readTextFileSync(DENO_JSON)).get("@std/cli");
  const path = `${checkout.package("@std/cli")}/${version}/cli/parse_args.js`;
  assertMatch(Deno.readTextFileSync(path), /^\/\* @ts-self-types="\.\/parse_args\.d\.ts" \*\/\n/);
});

permitted({ read: true }, "there is a stand-in for every package of JSR in deno.json", () => {
  const versions = readVersions(Deno.readTextFileSync(DENO_JSON));
  assertEquals([...versions.keys()].sort(), [...NAMES].sort());
});

Deno.test("the versions of stand-ins are the least that deno.json allows", () => {
  const imports = { "@std/fs": "jsr:@std/fs@^1.0.24", "x": "npm:x@^2", "y": "jsr:@std/y@0.1/z" };
  const versions = readVersions(JSON.stringify({ imports }));
  assertEquals([...versions], [["@std/fs", "1.0.24"], ["@std/y", "0.1"]]);
});

Deno.test("types of Node's modules are fetched for Deno before 2.6 only", () => {
  const versions = ["2.4.2", "2.5.6", "2.6.0", "2.9.6", "2.10.0", "3.0.0"];
  assertEquals(versions.filter(needsNodeTypes), ["2.4.2", "2.5.6"]);
});

permitted(
  { read: true },
  "set-up fetches just the packages from npm that the library and its tests import",
  () => {
    const found = new Set<string>();
    const look = (folder: URL): void => {
      for (const { name, isDirectory } of Deno.readDirSync(folder)) {
        const url = new URL(isDirectory ? `${name}/` : name, folder);
        if (isDirectory) look(url);
        else if (name.endsWith(".ts")) {
          const imports = Deno.readTextFileSync(url).matchAll(/^import .* from "(npm:[^"]+)"/gm);
          for (const [, name = ""] of imports) found.add(name);
        }
      }
    };
    for (const folder of ["lib", "tests"]) look(new URL(`../../${folder}/`, import.meta.url));
    assertEquals([...found].sort(), [...NPM_IMPORTS].sort());
  },
);
