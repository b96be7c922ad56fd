import { mariaTable } from "../../helpers/cloud_tables.ts";
import { MARIADB, startSharedMariaDb } from "../../helpers/mariadb.ts";
import { conformance } from "../conformance.ts";

const database = await startSharedMariaDb();

conformance({
  name: "cloud on MariaDB",
  needs: MARIADB,
  isShared: true,
  make: async () => {
    const table = await mariaTable(database);
    return {
      open: () => table.open({ groupid: 7 }),
      [Symbol.asyncDispose]: () => table[Symbol.asyncDispose](),
    };
  },
});
