/**
 * Deleting at the server what is safe in the store.
 *
 * @module
 */
import type { RemoteMessage } from "../../client/select.ts";
import { StoreError } from "../../stores/errors.ts";
import type { MimeItem, MimeStore } from "../../stores/mime_store.ts";
import { note } from "../io.ts";
import type { Task } from "./task.ts";

/** A message at the server, and what the store has of it. */
export interface SafeMessage {
  readonly message: RemoteMessage;
  readonly item: MimeItem;
}

const DAY = 86_400_000;

/** Whether anything is to be deleted at all. */
export function deletes({ settings }: Task): boolean {
  return settings.delete || settings["keep-days"] !== undefined;
}

/** Of these the ones whose time at the server is over, by `--delete` and `--keep-days`. */
export function dueForDeletion(
  { settings }: Task,
  messages: readonly SafeMessage[],
): readonly SafeMessage[] {
  const days = settings["keep-days"];
  if (days === undefined) return settings.delete ? messages : [];
  const latest = Date.now() - days * DAY;
  return messages.filter(({ item }) => item.created <= latest);
}

/**
 * Of these the ones that the store gives back as they came; the others are told, and `failed` is
 * the reason of the first of them.
 */
export async function verified(
  { io, signal }: Task,
  store: MimeStore,
  messages: readonly SafeMessage[],
): Promise<{ readonly good: readonly RemoteMessage[]; readonly failed: StoreError | undefined }> {
  const good: RemoteMessage[] = [];
  let failed: StoreError | undefined;
  for (const { message, item } of messages) {
    try {
      await verify(store, item, signal);
      good.push(message);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      failed ??= error;
      note(io, `message ${message.number} stays at the server: ${error.message}`);
    }
  }
  return { good, failed };
}

async function verify(store: MimeStore, item: MimeItem, signal: AbortSignal): Promise<void> {
  // Loaded when it is needed: most runs delete nothing, and it takes its time.
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  for await (const chunk of store.read(item, { form: "kept", signal })) hash.update(chunk);
  // A store that keeps no fingerprints has at least given all octets.
  if (item.fingerprint === "" || hash.digest("hex") === item.fingerprint) return;
  throw new StoreError(
    "corrupt",
    `Cannot trust ${item.name}: its octets are not those that were stored; move it away, and ` +
      "sync fetches the message again",
  );
}
