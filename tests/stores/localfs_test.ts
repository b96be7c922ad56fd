import { LocalFsStore } from "../../lib/stores/localfs.ts";
import { conformance } from "./conformance.ts";

conformance({
  name: "localfs",
  needs: { read: true, write: true },
  isShared: true,
  make: async () => {
    const path = await Deno.makeTempDir();
    return {
      open: () => LocalFsStore.open({ path }),
      [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
    };
  },
});
