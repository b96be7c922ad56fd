/**
 * Run by a test: locks a table's group, says so, and holds it until it is killed.
 */
import { CloudStore } from "../../../lib/stores/cloud.ts";

const [dataservice = "", accesstoken = ""] = Deno.args;
const store = await CloudStore.open({
  dataservice,
  accesstoken,
  tablename: "izypop3",
  leaseSeconds: 1,
});
await store.lock("the one to be killed");
console.log("locked");
setInterval(() => {}, 1000);
