import { MaildirStore } from "../../lib/stores/maildir.ts";
import { conformance } from "./conformance.ts";

conformance({
  name: "maildir",
  needs: { read: true, write: true },
  isShared: true,
  make: async () => {
    const path = await Deno.makeTempDir();
    return {
      open: () => MaildirStore.open({ path }),
      [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
    };
  },
});
