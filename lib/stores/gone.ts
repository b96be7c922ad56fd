import { StoreError } from "./errors.ts";
import type { MimeItem } from "./mime_store.ts";

/** The error for messages that are no longer there. */
export function goneError(items: readonly Pick<MimeItem, "name">[]): StoreError {
  const names = items.slice(0, 3).map((item) => item.name).join(", ");
  const more = items.length > 3 ? ` and ${items.length - 3} more` : "";
  const is = items.length > 1 ? "they are" : "it is";
  return new StoreError("gone", `Cannot find ${names}${more}: ${is} no longer in the store`);
}
