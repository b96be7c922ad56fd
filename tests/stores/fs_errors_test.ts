import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../lib/stores/errors.ts";
import { isRefused, toStoreError } from "../../lib/stores/fs_errors.ts";

function systemError(code: string, text = "it failed"): Error {
  return Object.assign(new Error(`${text} (os error 1)`), { code });
}

Deno.test("errors of the file system become store errors that say what to do", () => {
  const kinds: Record<string, string> = {
    ENOENT: "missing",
    ENOTDIR: "missing",
    EACCES: "denied",
    EROFS: "denied",
    ENOSPC: "input-output",
    EDQUOT: "input-output",
    EIO: "input-output",
    EMFILE: "input-output",
    EXDEV: "config",
    ENAMETOOLONG: "config",
    EWHATEVER: "input-output",
  };
  for (const [code, kind] of Object.entries(kinds)) {
    const cause = systemError(code);
    const error = toStoreError(cause, "store it");
    assert(error instanceof StoreError);
    assertEquals(error.kind, kind, code);
    assert(error.message.startsWith("Cannot store it: "), error.message);
    assertEquals(error.cause, cause);
  }
});

Deno.test("errors of Deno without a code are told by their class", () => {
  const missing = toStoreError(new Deno.errors.NotFound("gone"), "x");
  assert(missing instanceof StoreError);
  assertEquals(missing.kind, "missing");
  const denied = toStoreError(new Deno.errors.PermissionDenied("no"), "x");
  assert(denied instanceof StoreError);
  assertEquals(denied.kind, "denied");
  const unable = toStoreError(new Deno.errors.NotCapable('Requires read access to "y"'), "x");
  assert(unable instanceof StoreError);
  assertEquals(unable.kind, "denied");
  assert(unable.message.includes("Requires read access"), unable.message);
});

Deno.test("other errors stay what they are", () => {
  for (const error of [new TypeError("a bug"), new StoreError("gone", "Cannot x: y"), "text"]) {
    assertEquals(toStoreError(error, "x"), error);
  }
});

Deno.test("a refusal is told from other failures", () => {
  assert(isRefused(systemError("EROFS")));
  assert(isRefused(new Deno.errors.NotCapable("x")));
  assert(!isRefused(systemError("ENOSPC")));
  assert(!isRefused("text"));
});
