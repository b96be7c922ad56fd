import { S3Store } from "../../lib/stores/s3.ts";
import { MemoryS3 } from "../helpers/memory_s3.ts";
import { conformance } from "./conformance.ts";

conformance({
  name: "s3",
  needs: {},
  isShared: true,
  make: () => {
    const memory = new MemoryS3();
    return Promise.resolve({
      open: () =>
        S3Store.open({
          endpoint: "http://127.0.0.1",
          bucket: "mail",
          prefix: "users/joe%40example",
          accesskeyid: "AKIDEXAMPLE",
          secretaccesskey: "secret",
          fetch: memory.fetch,
        }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
});
