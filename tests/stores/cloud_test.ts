import { memoryTable } from "../helpers/cloud_tables.ts";
import { conformance } from "./conformance.ts";

conformance({
  name: "cloud",
  needs: {},
  isShared: true,
  make: () => {
    const table = memoryTable();
    return Promise.resolve({
      open: () => table.open(),
      [Symbol.asyncDispose]: () => table[Symbol.asyncDispose](),
    });
  },
});
