/**
 * Run by a test: locks a maildrop, says so, and holds it until it is killed or told to go on.
 */
import { S3Store } from "../../../lib/stores/s3.ts";
import { holdLock } from "../../helpers/lock_holder.ts";

const [endpoint = "", accesskeyid = "", secretaccesskey = ""] = Deno.args;
const store = await S3Store.open({
  ...{ endpoint, accesskeyid, secretaccesskey, bucket: "mail", prefix: "joe/", leaseSeconds: 2 },
});
await holdLock(store);
