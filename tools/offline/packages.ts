// What the stand-in packages are made of. Only what the real packages document is exported here,
// so that code which runs with these runs with the real ones.

/** The npm package that carries the real code of @std/assert and @std/cli, without types. */
export const NPM_PACKAGE = { name: "deno-std", version: "1.4.0" } as const;

/** One package as Deno is to find it in the vendor folder. */
export interface OfflinePackage {
  /** Its name in the import map of `deno.json`, which also has its version. */
  readonly name: `@std/${string}`;
  /** Folders that are copied from the npm package. */
  readonly fromNpm: readonly string[];
  /** The folder beside this file that is laid over them: `x.d.ts` gives `x.js` its types. */
  readonly overlay: string;
  /** Modules by the name under which they are exported. */
  readonly exports: Readonly<Record<string, string>>;
}

export const PACKAGES: readonly OfflinePackage[] = [
  {
    name: "@std/assert",
    fromNpm: ["assert", "internal"],
    overlay: "assert",
    exports: { ".": "./assert/mod.js" },
  },
  {
    name: "@std/cli",
    fromNpm: ["cli", "internal"],
    overlay: "cli",
    exports: {
      ".": "./cli/mod.js",
      "./parse-args": "./cli/parse_args.js",
      "./prompt-secret": "./cli/prompt_secret.js",
      "./unicode-width": "./cli/unicode_width.js",
    },
  },
  {
    name: "@std/fs",
    fromNpm: [],
    overlay: "fs",
    exports: {
      ".": "./fs/mod.ts",
      "./ensure-dir": "./fs/ensure_dir.ts",
      "./exists": "./fs/exists.ts",
      "./walk": "./fs/walk.ts",
    },
  },
  {
    name: "@std/log",
    fromNpm: [],
    overlay: "log",
    exports: { ".": "./log/mod.ts" },
  },
];
