/** A message of 50 MB in a table of MariaDB: it goes in one statement, and comes back in slices. */
import { mariaTable } from "../helpers/cloud_tables.ts";
import { MARIADB, startSharedMariaDb } from "../helpers/mariadb.ts";
import { permitted } from "../helpers/permissions.ts";
import { checkLargeInTable } from "../stores/large_message.ts";

const database = await startSharedMariaDb();

permitted(
  { ...MARIADB, read: true, run: true, env: true },
  "cloud: 50 MB come through",
  async () => {
    await using table = await mariaTable(database);
    await table.execute("set global max_allowed_packet = 256 * 1024 * 1024");
    await checkLargeInTable(table);
  },
);
