/**
 * Run by a test: locks a table's group, says so, and holds it until it is killed or told to go on.
 */
import { CloudStore } from "../../../lib/stores/cloud.ts";
import { holdLock } from "../../helpers/lock_holder.ts";

const [dataservice = "", accesstoken = ""] = Deno.args;
const store = await CloudStore.open({
  dataservice,
  accesstoken,
  tablename: "izypop3",
  leaseSeconds: 2,
});
await holdLock(store);
