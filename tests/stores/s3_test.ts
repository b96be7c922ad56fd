import { MemoryS3 } from "../helpers/memory_s3.ts";
import { openS3 } from "../helpers/s3_places.ts";
import { conformance } from "./conformance.ts";

conformance({
  name: "s3",
  needs: {},
  isShared: true,
  make: () => {
    const memory = new MemoryS3();
    return Promise.resolve({
      open: () => openS3(memory, { prefix: "users/joe%40example + (ü)*'!~/" }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
});
