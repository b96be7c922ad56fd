// A stand-in for @std/fs: what izypop3 uses of it, and its nearest kin.
export * from "./ensure_dir.ts";
export * from "./exists.ts";
export * from "./walk.ts";
