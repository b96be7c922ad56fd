/**
 * Stores on an object store in memory.
 *
 * @module
 */
import { S3Store, type S3StoreOptions } from "../../lib/stores/s3.ts";
import { ACCESS_KEY, type MemoryS3 } from "./memory_s3.ts";

export { ACCESS_KEY };

/** Opens a store on it that does not wait long. */
export function openS3(memory: MemoryS3, options: Partial<S3StoreOptions> = {}): Promise<S3Store> {
  return S3Store.open({
    endpoint: "http://127.0.0.1",
    bucket: "mail",
    prefix: "joe/",
    ...ACCESS_KEY,
    fetch: memory.fetch,
    retry: { attempts: 5, deadlineSeconds: 30, firstDelay: 1 },
    ...options,
  });
}
