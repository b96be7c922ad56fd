import { mariaTable } from "../../helpers/cloud_tables.ts";
import { MARIADB_PROGRAMS } from "../../helpers/mariadb.ts";
import { conformance } from "../conformance.ts";

conformance({
  name: "cloud on MariaDB",
  needs: { net: true, write: true, programs: MARIADB_PROGRAMS },
  isShared: true,
  make: async () => {
    const table = await mariaTable();
    return {
      open: () => table.open({ groupid: 7 }),
      [Symbol.asyncDispose]: () => table[Symbol.asyncDispose](),
    };
  },
});
