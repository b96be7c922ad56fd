/**
 * Run by a test: locks a maildrop, says so, and holds it until it is killed.
 */
import { S3Store } from "../../../lib/stores/s3.ts";

const [endpoint = "", accesskeyid = "", secretaccesskey = ""] = Deno.args;
const store = await S3Store.open({
  ...{ endpoint, accesskeyid, secretaccesskey, bucket: "mail", prefix: "joe/", leaseSeconds: 1 },
});
await store.lock("the one to be killed");
console.log("locked");
setInterval(() => {}, 1000);
