/** A message of 50 MB in a table of MariaDB: it goes in one statement, and comes back in slices. */
import { assert } from "@std/assert";
import { mariaTable, TOKEN } from "../helpers/cloud_tables.ts";
import { MARIADB, startSharedMariaDb } from "../helpers/mariadb.ts";
import { permitted } from "../helpers/permissions.ts";
import { memoryFor } from "../stores/large_message.ts";

const database = await startSharedMariaDb();

/** As `tests/stores/large_test.ts` has it. */
const BOUND = 250_000;

permitted(
  { ...MARIADB, read: true, run: true, env: true },
  "cloud: 50 MB come through",
  async () => {
    await using table = await mariaTable(database);
    await table.execute("set global max_allowed_packet = 256 * 1024 * 1024");
    await using served = table.gateway.serve();
    const memory = await memoryFor({
      modhandler: "cloud",
      dataservice: served.url,
      accesstoken: TOKEN,
      tablename: table.tablename,
      encoding: "plain",
    }, 50_000_000);
    assert(memory < BOUND, `${memory} KB`);
  },
);
